"""How many requests a call counts as, whichever route it comes by."""

from __future__ import annotations

from starlette.responses import Response

from demo.web.errors import TOO_LARGE, refusal, too_many
from demo.web.limits import REQUESTS, Limits
from demo.web.visitor import current_visitor

WEIGHTS = {"read_image": 20, "read_picture": 20}
"""Calls that count as several requests; any other counts as one."""
PARTS_PER_REQUEST = 3_000
"""A thousand points, each `[x, y],`: drawn in a millisecond, which a usual call takes in all."""
BYTES_PER_REQUEST = 200_000
MAX_PARTS = 45_000
"""Lists, objects and commas: the largest drawing that is read has 32,000, and millions of empty
lists would keep Python busy for seconds."""


def weight_of(call: str) -> int:
    """How many requests the call of that name counts as."""
    return WEIGHTS.get(call, 1)


async def body_refusal(limits: Limits, body: bytes, *, for_script: bool = False) -> Response | None:
    """The response to a JSON body that is too long or over the visitor's limit; None within both.

    Before it is parsed: it counts by its points and its bytes.
    """
    parts = sum(map(body.count, (b"[", b"{", b",")))
    weight = 1 + parts // PARTS_PER_REQUEST + len(body) // BYTES_PER_REQUEST
    if wait := await charge(limits, weight):
        return too_many(wait, for_script=for_script)
    return refusal(TOO_LARGE, 413, for_script=for_script) if parts > MAX_PARTS else None


async def charge(limits: Limits, weight: int) -> float:
    """Counts what a request costs its visitor beyond the one that the gate has counted.

    Returns:
        Seconds until the visitor is within the limit; 0 if they are, or have no limits.
    """
    visitor = current_visitor()
    if not visitor.is_limited or weight <= 1:
        return 0.0
    return await limits.wait(REQUESTS, visitor.address, weight - 1)

"""How many requests a call counts as, whichever route it comes by."""

from __future__ import annotations

from demo.web.limits import REQUESTS, Limits
from demo.web.visitor import current_visitor

WEIGHTS = {"read_image": 20, "read_picture": 20}
"""Calls that count as several requests; any other counts as one."""


def weight_of(call: str) -> int:
    """How many requests the call of that name counts as."""
    return WEIGHTS.get(call, 1)


async def charge(limits: Limits, weight: int) -> float:
    """Counts what a request costs its visitor beyond the one that the gate has counted.

    Returns:
        Seconds until the visitor is within the limit; 0 if they are, or are the owner.
    """
    visitor = current_visitor()
    if visitor.is_owner or weight <= 1:
        return 0.0
    return await limits.wait(REQUESTS, visitor.address, weight - 1)

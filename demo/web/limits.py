"""How much one visitor may ask for in a while.

Knows counts and clocks, by way of the `limits` package; who a visitor is and how a refusal looks is
the gate's. Counts are kept in memory, or in Redis where copies of the app share them.
"""

from __future__ import annotations

import logging
import math
import re
import time
from typing import Any, cast

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

REQUESTS = "requests"
"""Whatever is asked of the server beside the page itself."""
RUNS = "runs"
"""Training runs, where visitors may train."""
KEYS = "keys"
"""Tries to open the page by an owner's link."""

KEY_TRIES = "20/minute"
_JUMP = 5.0
"""Seconds that the clock must have gone back until counts that it dates are thrown away."""
_PASSWORD = re.compile(r"//[^/\s]*@")
_PAUSE = 60.0
"""Seconds between two words in the log about a store of counts that does not answer."""

log = logging.getLogger(__name__)


class Limits:
    """Counts for each visitor and each kind of asking.

    Args:
        amounts: what is allowed of each kind, such as `{"requests": "100/second"}`.
        url: where counts are kept: `memory://`, or `redis://host:6379`.

    Raises:
        ValueError: an amount or the URL is none.
    """

    def __init__(self, amounts: dict[str, str], url: str = "memory://") -> None:
        self._items: dict[str, RateLimitItem] = {}
        for kind, amount in (amounts | {KEYS: KEY_TRIES}).items():
            try:
                self._items[kind] = parse(amount)
            except ValueError:
                raise ValueError(
                    f"{amount!r} is no limit for {kind}; one looks like 100/second or 6000/minute"
                ) from None
        storage = _storage(url)
        self._storage = storage
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._in_memory = url.startswith("memory:")
        self._offset = time.time() - time.monotonic()
        self._said = -math.inf

    async def wait(self, kind: str, who: str, cost: int = 1, *, count: bool = True) -> float:
        """Counts one more, and says for how many seconds it has to wait: 0 where it may go on.

        A store of counts that does not answer stops nobody.

        Args:
            cost: as how many it counts, where it is more work than others.
            count: whether it is counted at all, or only asked for.
        """
        await self._forget_after_a_jump()
        item = self._items[kind]
        look = self._counter.hit if count else self._counter.test
        try:
            if await look(item, kind, who, cost=min(cost, item.amount)):
                return 0.0
            reset, _ = await self._counter.get_window_stats(item, kind, who)
        except Exception as error:
            if time.monotonic() - self._said > _PAUSE:
                self._said = time.monotonic()
                log.error("limits are not held: their store does not answer (%s)", error)
            return 0.0
        return float(min(max(1.0, math.ceil(reset - time.time())), item.get_expiry()))

    async def _forget_after_a_jump(self) -> None:
        """A clock that was set back would keep visitors out until it has caught up."""
        offset = time.time() - time.monotonic()
        if offset < self._offset - _JUMP and self._in_memory:
            await cast(MemoryStorage, self._storage).reset()
        self._offset = offset


def _storage(url: str) -> Any:
    options: dict[str, Any] = {}
    if url.startswith("redis"):
        # Nobody waits long for a count; it goes by Redis's own package, `pip install redis`.
        options = {"implementation": "redispy", "socket_timeout": 0.2}
        options["socket_connect_timeout"] = 0.2
    try:
        return storage_from_string(f"async+{url}", **options)
    except Exception as error:  # each store has its own: a scheme, a package, an address
        reason = _PASSWORD.sub("//", f"{url}: {error}")
        raise ValueError(f"limits cannot be kept in {reason}") from None

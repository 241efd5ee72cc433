"""Rate limits of each visitor.

Counted in memory, or in Redis to share them among copies of the app.
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
"""All requests but those for the page's own files; see `FILES`."""
RUNS = "runs"
"""Training runs, where visitors may train."""
KEYS = "keys"
"""Wrong keys of the owner's."""

FILES = "files"
"""Bytes of Gradio's files, which browsers keep after the first visit."""

KEY_TRIES = "20/minute"
FILE_BYTES = "500000000/minute"
"""Three hundred visitors behind one address open the page in a minute, for the first time."""
_CLOCK_JUMP = 5.0
"""Seconds: a clock set back by more makes the counts, which are dated by it, worthless."""
_PASSWORD = re.compile(r"//[^/\s]*@")
_LOG_INTERVAL = 60.0
"""Seconds between two log lines about an unreachable Redis."""

log = logging.getLogger(__name__)


class Limits:
    """Counters for each visitor and each kind of request.

    Args:
        limits: by kind, such as `{"requests": "100/second"}`.
        url: of the counters: `memory://`, or `redis://host:6379`.

    Raises:
        ValueError: an invalid limit or URL.
    """

    def __init__(self, limits: dict[str, str], url: str = "memory://") -> None:
        self._items: dict[str, RateLimitItem] = {}
        for kind, limit in (limits | {KEYS: KEY_TRIES, FILES: FILE_BYTES}).items():
            try:
                self._items[kind] = parse(limit)
            except ValueError:
                raise ValueError(
                    f"{limit!r} is not a valid limit for {kind}; write 100/second or 6000/minute"
                ) from None
        storage = _storage(url)
        self._storage = storage
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._in_memory = url.startswith("memory:")
        self._offset = time.time() - time.monotonic()
        self._logged_at = -math.inf

    async def wait(self, kind: str, client: str, weight: int = 1, *, count: bool = True) -> float:
        """Seconds until one more request is within the limit; 0 if it is already.

        An unreachable Redis refuses nobody.

        Args:
            kind: one of those above.
            client: whose counter, such as an address.
            weight: how many requests it counts as.
            count: whether to count the request, or only to ask.
        """
        await self._reset_after_clock_jump()
        item = self._items[kind]
        check = self._counter.hit if count else self._counter.test
        try:
            if await check(item, kind, client, cost=min(weight, item.amount)):
                return 0.0
            reset, _ = await self._counter.get_window_stats(item, kind, client)
        except Exception as error:
            if time.monotonic() - self._logged_at > _LOG_INTERVAL:
                self._logged_at = time.monotonic()
                log.error("rate limits are off: their counters do not answer (%s)", error)
            return 0.0
        return float(min(max(1.0, math.ceil(reset - time.time())), item.get_expiry()))

    async def _reset_after_clock_jump(self) -> None:
        """A clock that was set back would lock visitors out until it has caught up."""
        offset = time.time() - time.monotonic()
        if offset < self._offset - _CLOCK_JUMP and self._in_memory:
            await cast(MemoryStorage, self._storage).reset()
        self._offset = offset


def _storage(url: str) -> Any:
    options: dict[str, Any] = {}
    if url.startswith("redis"):
        # A short timeout, as requests wait for it; needs `pip install redis`.
        options = {"implementation": "redispy", "socket_timeout": 0.2}
        options["socket_connect_timeout"] = 0.2
    try:
        return storage_from_string(f"async+{url}", **options)
    except Exception as error:  # a bad scheme, package or address: each storage has its own
        reason = _PASSWORD.sub("//", f"{url}: {error}")
        raise ValueError(f"rate limits cannot be counted in {reason}") from None

"""One connection of the server, closed where nothing comes, or nothing is taken, for too long.

Knows Uvicorn's protocol, which by itself only looks at how long it is between two requests.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, ip_network
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PAUSE = 20.0
"""Seconds in which a request must have come, but for its body, and a reader have read something."""
MAX_BODY_SECONDS = 300.0
"""Seconds that a body may take: ten megabytes from a poor phone."""
MAX_PER_ADDRESS = 1_000
"""Connections at once; a proxy's are not counted, as it has those of all visitors."""

_open: Counter[str] = Counter()


class Connection(H11Protocol):
    """Looked at every 20 seconds."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        _open[self._address] += 1
        if _open[self._address] > MAX_PER_ADDRESS and not self._is_proxy():
            transport.abort()
        self._looked_at: Any = None
        self._looks = 0
        self._unsent = 0
        self._timer = self.loop.call_later(PAUSE, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        _open[self._address] -= 1
        if not _open[self._address]:
            del _open[self._address]
        super().connection_lost(exc)

    def _is_proxy(self) -> bool:
        trusted = str(self.config.forwarded_allow_ips)
        try:
            address = ip_address(self._address)
            return trusted == "*" or any(
                address in ip_network(each.strip(), strict=False) for each in trusted.split(",")
            )
        except ValueError:
            return False

    def _look(self) -> None:
        request, unsent = self.cycle, self.transport.get_write_buffer_size()
        is_same = request is self._looked_at
        self._looks = self._looks + 1 if is_same else 0
        asks_nothing = request is None or request.response_complete
        takes_nothing = unsent > 0 and unsent == self._unsent
        is_never_asked = (
            request is not None and request.more_body and self._looks * PAUSE >= MAX_BODY_SECONDS
        )
        if (asks_nothing and is_same and not unsent) or takes_nothing or is_never_asked:
            self.transport.abort()
            return
        self._looked_at, self._unsent = request, unsent
        self._timer = self.loop.call_later(PAUSE, self._look)

"""Connections with timeouts: closed when the client sends or reads nothing for too long.

Uvicorn by itself has a timeout only between two requests.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, ip_network
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

TIMEOUT = 20.0
"""Seconds for a request's headers to arrive, and for a client to read some of its response."""
MAX_BODY_SECONDS = 300.0
"""Seconds for a body to arrive: ten megabytes over a poor phone connection."""
MAX_PER_ADDRESS = 1_000
"""Connections at once; a proxy is exempt, as it holds those of all visitors."""

_open: Counter[str] = Counter()


class Connection(H11Protocol):
    """One client's connection, checked every 20 seconds."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        _open[self._address] += 1
        if _open[self._address] > MAX_PER_ADDRESS and not self._is_proxy():
            transport.abort()
        self._checked_request: Any = None
        self._checks = 0
        self._unsent = 0
        self._timer = self.loop.call_later(TIMEOUT, self._check)

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

    def _check(self) -> None:
        request, unsent = self.cycle, self.transport.get_write_buffer_size()
        is_same = request is self._checked_request
        self._checks = self._checks + 1 if is_same else 0
        is_idle = request is None or request.response_complete
        reads_nothing = unsent > 0 and unsent == self._unsent
        sends_slowly = (
            request is not None and request.more_body and self._checks * TIMEOUT >= MAX_BODY_SECONDS
        )
        if (is_idle and is_same and not unsent) or reads_nothing or sends_slowly:
            self.transport.abort()
            return
        self._checked_request, self._unsent = request, unsent
        self._timer = self.loop.call_later(TIMEOUT, self._check)

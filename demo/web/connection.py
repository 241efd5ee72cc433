"""Connections with timeouts and room for everybody: idle ones make way for new ones.

Uvicorn by itself has a timeout only between two requests, and turns away whoever comes when all
connections are taken.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from demo.web.request import network_of

TIMEOUT = 20.0
"""Seconds for a request's headers to arrive, for more of its body, and for a client to read some of
its response; checked that often, so that it may take twice as long."""
MAX_BODY_SECONDS = 300.0
"""Seconds for a body to arrive: ten megabytes over a poor phone connection."""
MAX_CONNECTIONS = 4_000
"""At once; each takes some ten kilobytes and a file descriptor."""
MAX_PER_NETWORK = 1_000
"""Connections at once; a proxy is exempt, as it holds those of all visitors."""
MALFORMED_REQUEST = "This is not a valid HTTP request."
_MAX_READ = 65_536
"""Bytes that are read of a connection at once, and kept while its request waits for its turn."""
_HEAD = b"HTTP/1."
"""How a response begins."""
_SPARE = 8
"""Connections kept free, as an aborted one is counted until the event loop has closed it."""


class _Open:
    """The open connections of this process, by network; the idle ones in the order they became so.

    A connection that has sent nothing, or half a request's headers, is idle.
    """

    def __init__(self) -> None:
        self.per_network: Counter[str] = Counter()
        self.idle: dict[Connection, None] = {}

    def make_room(self, network: str | None = None) -> bool:
        """Closes the connection that has been idle longest, of that network or of any.

        Returns:
            Whether there was one.
        """
        for connection in self.idle:
            if network is None or connection.network == network:
                self.remove(connection)
                connection.transport.abort()
                return True
        return False

    def add(self, connection: Connection) -> None:
        self.per_network[connection.network] += 1
        connection.is_counted = True

    def remove(self, connection: Connection) -> None:
        """Counts it no longer: an aborted one at once, as it is closed only after the others that
        are accepted with it, among which may be one of the same network."""
        self.idle.pop(connection, None)
        if connection.is_counted:
            connection.is_counted = False
            self.per_network[connection.network] -= 1
            if not self.per_network[connection.network]:
                del self.per_network[connection.network]


class _Throttled:
    """Uvicorn's logger, with at most one warning a second: clients cause them at will."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("uvicorn.error")
        self._last = -math.inf
        self._unsaid = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)

    def warning(self, message: str, *args: Any) -> None:
        now = time.monotonic()
        if now - self._last < 1:
            self._unsaid += 1
            return
        more = f" ({self._unsaid:,} more like it since the last such line)" if self._unsaid else ""
        self._last, self._unsaid = now, 0
        self._logger.warning(message + more, *args)


class _WholeAnswers:
    """A transport that sends a response's head together with its body: one packet, not two."""

    def __init__(self, transport: Any, call_soon: Callable[[Callable[[], None]], Any]) -> None:
        self._transport, self._call_soon = transport, call_soon
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data.startswith(_HEAD) and not self._head:
            self._head = data
            self._call_soon(self._send_head)  # the body may come much later
        elif data:
            self._transport.write(self._head + data)
            self._head = b""

    def close(self) -> None:
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""


_open = _Open()
_throttled = _Throttled()


class Connection(H11Protocol):
    """One client's connection, checked every 20 seconds."""

    network = ""
    """The client's; empty for a proxy, which holds connections of many."""
    is_counted = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.transport: Any = _WholeAnswers(transport, self.loop.call_soon)
        transport.max_size = _MAX_READ  # of asyncio's: four times as much by itself
        self.logger = _throttled  # type: ignore[assignment]
        client = self.client[0] if self.client else ""
        self.network = "" if self._is_proxy(client) else network_of(client)
        _open.add(self)
        if len(self.connections) > MAX_CONNECTIONS - _SPARE:
            _open.make_room()
        if self.network and _open.per_network[self.network] > MAX_PER_NETWORK:
            _open.make_room(self.network) or transport.abort()
        _open.idle[self] = None
        self._checked_request: Any = None
        self._checks = 0
        self._unsent = 0
        self._received = self._checked_received = 0
        self._timer = self.loop.call_later(TIMEOUT, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        _open.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if not self._is_idle:
            _open.idle.pop(self, None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle and not self.transport.is_closing():
            _open.idle[self] = None

    def send_400_response(self, msg: str) -> None:
        """Uvicorn's, in the form of all errors; the request's own words are not repeated."""
        body = json.dumps({"error": MALFORMED_REQUEST}).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body)):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write(self.conn.send(h11.EndOfMessage()) or b"")
        self.transport.close()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _is_proxy(self, client: str) -> bool:
        trusted = str(self.config.forwarded_allow_ips)
        try:
            address = ip_address(client)
            return trusted == "*" or any(
                address in ip_network(each.strip(), strict=False) for each in trusted.split(",")
            )
        except ValueError:
            return False

    def _check(self) -> None:
        request, unsent = self.cycle, self.transport.get_write_buffer_size()
        is_same = request is self._checked_request
        self._checks = self._checks + 1 if is_same else 0
        reads_nothing = unsent > 0 and unsent == self._unsent
        awaits_body = not self._is_idle and request.more_body
        # While the app is busy nothing is read from the client, who cannot be blamed for that.
        is_silent = self._received == self._checked_received and not self.flow.read_paused
        is_slow = self._checks * TIMEOUT >= MAX_BODY_SECONDS
        if (
            (self._is_idle and is_same and not unsent)
            or reads_nothing
            or (awaits_body and is_same and (is_silent or is_slow))
        ):
            self.transport.abort()
            return
        self._checked_request, self._unsent = request, unsent
        self._checked_received = self._received
        self._timer = self.loop.call_later(TIMEOUT, self._check)

"""An id for each request, in the log and in the X-Request-ID header of its response."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.metrics import Metrics
from model.service.logs import request_id

_VALID = re.compile(r"[\w.-]{8,64}", re.ASCII)
"""Ids that are accepted from a proxy."""


class RequestIds:
    """ASGI middleware: gives each request an id, and counts its response.

    Args:
        app: the application behind it.
        metrics: counts responses by status.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = Headers(scope=scope).get("x-request-id", "")
        number = received if _VALID.fullmatch(received) else secrets.token_hex(8)
        request_id.set(number)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = number
                self._metrics.response(message["status"])
            await send(message)

        await self._app(scope, receive, send_with_id)

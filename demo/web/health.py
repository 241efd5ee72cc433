"""What whoever runs the app asks of it: whether it is well, and what it has counted.

Knows two routes, and the path and number of each request; the counters are `metrics`.
"""

from __future__ import annotations

import re
import secrets

import anyio
import numpy as np
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.access import OWNERS_ONLY, visitor
from demo.web.metrics import Metrics
from model.service.logs import request_id
from model.service.services import Services

_NUMBER = re.compile(r"[\w.-]{8,64}", re.ASCII)
"""What is taken for the number of a request, where a proxy has given it one."""


class Prefixed:
    """ASGI middleware: takes the page's own path off an address, where a proxy has left it on.

    Args:
        app: what lies behind.
        prefix: such as `/digits`; empty where the page has none.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._prefix and scope.get("path", "").startswith(f"{self._prefix}/"):
            scope = {**scope, "path": scope["path"][len(self._prefix) :]}
        await self._app(scope, receive, send)


class Numbered:
    """ASGI middleware: gives each request a number, in the log and in its answer, and counts it.

    Args:
        app: what lies behind.
        metrics: counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _NUMBER.fullmatch(given) else secrets.token_hex(8)
        request_id.set(number)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = number
                self._metrics.response(message["status"])
            await send(message)

        await self._app(scope, receive, counted)


def add_operations(app: FastAPI, services: Services, metrics: Metrics) -> None:
    """Adds `/healthz`, for everybody, and `/metrics`, for the owner."""
    stroke = np.zeros((1, 28, 28), np.float32)
    stroke[0, 4:24, 13:15] = 1

    async def healthz(_: Request) -> Response:
        reader = services.serving.reader
        try:
            (reading,) = reader.read(stroke)
            reads = bool(np.isfinite(reading.probabilities).all())
        except Exception:
            reads = False
        if not reads:
            return JSONResponse({"status": "the network does not read"}, 503)
        return JSONResponse({"status": "ready", "model": reader.version})

    async def counted(_: Request) -> Response:
        if not visitor().is_owner:
            return JSONResponse({"error": OWNERS_ONLY}, 403)
        # On a thread: the database is asked.
        text = await anyio.to_thread.run_sync(metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    app.router.routes.insert(0, Route("/healthz", healthz))
    app.router.routes.insert(0, Route("/metrics", counted))

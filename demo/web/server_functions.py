"""Server functions, which the page's scripts call: Gradio's route, answered without Gradio.

Faster than Gradio's own, without a session in memory, and with a sentence for a malformed call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import anyio
import gradio as gr
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.web.errors import REQUEST_FAILED, too_many
from demo.web.gradio_calls import parse_json, read_body
from demo.web.limits import Limits
from demo.web.turns import Turns
from demo.web.weights import body_refusal, charge, weight_of

PATHS = ("/gradio_api/component_server", "/gradio_api/component_server/")
"""As programs write it, and as the page's scripts do."""
MAX_THREADS = 40
"""For functions that wait for a disk or a database; those that read digits never wait."""
READING = "read_drawing"
"""Answered within its visitor's turn, as it takes the processor. Pictures wait among pictures; any
other waits for a disk or a database, and an outage of that must keep no drawing waiting."""


def server_functions(block: Any) -> list[tuple[str, Callable[..., Any]]]:
    """A component's functions that its scripts, or any HTTP client, can call, by name."""
    # `getattr` would run properties; `inspect.getattr_static` adds 0.1 s to start-up.
    found: dict[str, Any] = {}
    for scope in (*reversed(type(block).__mro__), block):
        found |= vars(scope)
    names = (name for name, value in found.items() if getattr(value, "_is_server_fn", False))
    return [(name, getattr(block, name)) for name in sorted(names)]


class ServerFunctions:
    """ASGI middleware in front of Gradio's route: nothing else of the app sees these calls, which
    come with every point of a stroke.

    Args:
        app: the application behind it.
        page: finished; has the functions.
        limits: of each visitor.
        turns: of all visitors.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks, limits: Limits, turns: Turns) -> None:
        self._app, self._limits, self._turns = app, limits, turns
        self._functions = {
            (number, name): function
            for number, block in page.blocks.items()
            for name, function in server_functions(block)
        }
        self._threads = anyio.CapacityLimiter(MAX_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        if response := await self._respond(receive):
            await response(scope, receive, send)

    async def _respond(self, receive: Receive) -> Response | None:
        body = await read_body(receive)
        if body is None:
            return None  # the client has disconnected
        async with self._turns.turn():
            taken = await self._take(body)
            del body  # a picture's: its text is enough while it waits
            if isinstance(taken, Response):
                return taken
            name, function, payload = taken
            if name == READING:
                return await self._answer(function, payload)
        return await self._answer(function, payload)

    async def _take(self, body: bytes) -> tuple[str, Callable[[Any], Any], Any] | Response:
        if refusal := await body_refusal(self._limits, body, for_script=True):
            return refusal
        call = parse_json(body)
        try:
            key, payload = (call["component_id"], call["fn_name"]), call["data"]
            function: Callable[[Any], Any] | None = self._functions.get(key)
        except (TypeError, KeyError):
            return JSONResponse({"error": REQUEST_FAILED}, 400)
        if function is None:
            return JSONResponse({"error": REQUEST_FAILED}, 404)
        if wait := await charge(self._limits, weight_of(key[1])):
            return too_many(wait, for_script=True)
        return key[1], function, payload

    async def _answer(self, function: Callable[[Any], Any], payload: Any) -> Response:
        if inspect.iscoroutinefunction(function):
            return JSONResponse(await function(payload))
        return JSONResponse(
            await anyio.to_thread.run_sync(function, payload, limiter=self._threads)
        )

"""What the page's scripts call on the server: Gradio's own route, answered without Gradio.

Knows the bytes that Gradio's scripts send; each function is its component's. Quicker than Gradio's
own way, with no session in memory, and with words for whatever is no call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import anyio
import gradio as gr
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.access import server_functions
from demo.web.errors import BROKEN
from demo.web.gradio_calls import parsed

PATHS = ("/gradio_api/component_server", "/gradio_api/component_server/")
"""As programs write it, and as the page's scripts do."""
AT_ONCE = 40
"""Functions that wait for a disk or a database; those that read wait for nothing."""


def add_calls(app: FastAPI, page: gr.Blocks) -> None:
    """Adds the route to an application, for all functions of a page that is laid out."""
    functions = {
        (number, name): call
        for number, block in page.blocks.items()
        for name, call in server_functions(block)
    }
    waiting = anyio.CapacityLimiter(AT_ONCE)

    async def answer(request: Request) -> Response:
        try:
            asked = parsed(await request.body())
            which, given = (asked["component_id"], asked["fn_name"]), asked["data"]
            call: Callable[[Any], Any] | None = functions.get(which)
        except (TypeError, KeyError):
            return JSONResponse({"error": BROKEN}, 400)
        if call is None:
            return JSONResponse({"error": BROKEN}, 404)
        if inspect.iscoroutinefunction(call):
            answered = await call(given)
        else:
            answered = await anyio.to_thread.run_sync(call, given, limiter=waiting)
        return JSONResponse(answered)

    for path in PATHS:
        app.router.routes.insert(0, Route(path, answer, methods=["POST"]))

"""The description of the endpoints, from which Gradio makes its page about the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.route_utils import get_root_url
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATHS = ("/gradio_api/info", "/gradio_api/info/")


def add_api_info(
    app: FastAPI, page: gr.Blocks, root_path: str, samples: Callable[[str, str], dict[str, str]]
) -> None:
    """Replaces Gradio's description by the same with other sample calls.

    Gradio's keeps the host by which the first visitor asked, and shows it to everybody.

    Args:
        app: the application, before Gradio is mounted on it.
        page: with the endpoints.
        root_path: the page's path or whole address behind a proxy; empty if it has none.
        samples: makes sample calls, by language, of an endpoint's name and the page's address.
    """

    def describe(request: Request) -> Response:
        root = get_root_url(request, PATHS[0], root_path)
        info: dict[str, Any] = dict(page.get_api_info())
        for name, endpoint in info["named_endpoints"].items():
            endpoint["code_snippets"] = samples(name, root)
        return JSONResponse(info)

    for path in PATHS:
        app.router.routes.insert(0, Route(path, describe))

"""Walks the routes of the application, Gradio's among them; the list of those that are open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.routing import Mount

from demo.application import Application
from demo.web.access import is_route

Route = tuple[str, str]
"""A method, and a path with places in it, such as `/versions/{name}`."""

LET_THROUGH = {
    # the page and what it is made of
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/static/{path:path}"),
    ("GET", "/static/{name:path}"),
    ("HEAD", "/static/{name:path}"),
    ("GET", "/assets/{name:path}"),
    ("HEAD", "/assets/{name:path}"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/scripts/{version}/{name:path}"),
    ("HEAD", "/scripts/{version}/{name:path}"),
    ("GET", "/theme.css"),
    ("GET", "/favicon.ico"),
    ("GET", "/robots.txt"),
    ("GET", "/manifest.json"),
    ("GET", "/config"),
    ("GET", "/config/"),
    ("GET", "/pwa_icon"),
    ("GET", "/pwa_icon/{size}"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/info/"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/app_id/"),
    ("GET", "/gradio_api/theme.css"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    # calls
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/component_server/"),
    ("POST", "/gradio_api/run/{api_name}"),
    ("POST", "/gradio_api/run/{api_name}/"),
    ("POST", "/gradio_api/api/{api_name}"),
    ("POST", "/gradio_api/api/{api_name}/"),
    ("POST", "/gradio_api/call/{api_name}"),
    ("POST", "/gradio_api/call/{api_name}/"),
    ("POST", "/gradio_api/call/v2/{api_name}"),
    ("POST", "/gradio_api/call/v2/{api_name}/"),
    ("GET", "/gradio_api/call/{api_name}/{event_id}"),
    ("GET", "/gradio_api/call/v2/{api_name}/{event_id}"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/queue/data"),
    ("POST", "/gradio_api/upload"),
    # ours
    ("GET", "/versions/{name}/{file}.{kind}"),
    ("HEAD", "/versions/{name}/{file}.{kind}"),
    ("POST", "/drawings/{name}"),
    ("GET", "/healthz"),
    ("HEAD", "/healthz"),
    ("GET", "/metrics"),
    ("HEAD", "/metrics"),
}
"""Every route that anybody can reach, looked at by somebody: one that is not here is a new one."""

SHUT = {
    ("GET", "/svelte/{path:path}"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("POST", "/gradio_api/vibe-edit"),
    ("GET", "/gradio_api/file={path_or_url:path}"),
    ("GET", "/gradio_api/proxy={url_path:path}"),
    ("GET", "/gradio_api/queue/status"),
    ("POST", "/gradio_api/stream/{event_id}"),
    ("POST", "/login"),
}
"""Some of those that nobody can: the walk must have come by them."""
FILLINGS = ("x", "1")
"""What is put in the places of a path: a word, and a number where a pattern asks for one."""


def routes(application: Application) -> Iterator[Route]:
    """Each method and path template that the application answers, Gradio's among them."""
    return walk(application.asgi.routes)


def walk(found: Iterable[Any], prefix: str = "") -> Iterator[Route]:
    """Goes into whatever holds routes: mounts, and routers that others include."""
    for route in found:
        if isinstance(route, Mount):
            yield from walk(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):  # FastAPI's, of no public name
            inside = prefix + route.include_context.prefix
            yield from walk(route.original_router.routes, inside)
        else:
            assert route.methods, f"what kind of a route is {route!r}?"
            for method in route.methods:
                yield method, prefix + route.path


def let_through(walked: set[Route]) -> set[Route]:
    """Those of which the gate lets anything through."""
    return {
        (method, template)
        for method, template in walked
        if any(is_route(method, path) for path in filled(template))
    }


def filled(template: str) -> list[str]:
    """Paths that a route answers."""
    return sorted({re.sub(r"{[^}]+}", filling, template) for filling in FILLINGS})

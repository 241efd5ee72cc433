"""The page's own path: taken off where a proxy has left it on, and nowhere else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from demo.web.root_path import StripRootPath


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(Request(scope).scope["path"])(scope, receive, send)


def test_it_is_taken_off_once_and_as_a_whole() -> None:
    for root_path, path, rest in (
        ("/digits", "/digits/healthz", "/healthz"),
        ("/digits", "/digits/", "/"),
        ("/digits", "/healthz", "/healthz"),
        ("/digits", "/digitsx/healthz", "/digitsx/healthz"),
        ("/digits", "/digits/digits/x", "/digits/x"),
        ("/digits", "/x/digits/y", "/x/digits/y"),
        ("", "/digits/healthz", "/digits/healthz"),
    ):
        client = TestClient(StripRootPath(tell, root_path))
        assert client.get(path).text == rest, (root_path, path)

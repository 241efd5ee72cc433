"""HTTP headers: those that make every response safe, and forged ones that are dropped."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]
_NOT_FRAMED = "frame-ancestors 'self'"
_FRAMED = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
"""Sites that may show the page in a frame of theirs."""
_FORGEABLE = (b"x-forwarded-host", b"x-gradio-server")
"""Gradio would take the page's own address from them, whoever sent them."""


def security_headers(*, framed: bool) -> list[tuple[str, str]]:
    """Headers of every response, the server's own included.

    Args:
        framed: whether the page is shown in a frame of Hugging Face's.
    """
    return [*_SAFE, ("Content-Security-Policy", _FRAMED if framed else _NOT_FRAMED)]


class DropForgeable:
    """ASGI middleware: drops the headers by which a client could rename the page for Gradio.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] not in _FORGEABLE]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)

"""The page's own path, taken off a request where a proxy has left it on."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class StripRootPath:
    """ASGI middleware: removes the root path from the front of a request's path.

    Args:
        app: the application behind it.
        root_path: such as `/digits`; empty if the page has none.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._root_path and scope.get("path", "").startswith(f"{self._root_path}/"):
            scope = {**scope, "path": scope["path"][len(self._root_path) :]}
        await self._app(scope, receive, send)

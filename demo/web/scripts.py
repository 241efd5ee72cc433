"""The page's scripts: ES modules, served from memory under an address that changes with them."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.errors import NOT_FOUND
from demo.web.page_files import compressed_response

FOLDER = Path(__file__).parents[1]
PRELOADED = ("draw/pad.js", "header/header.js")
"""What the first tab needs; browsers load it, and all that it imports, beside Gradio's scripts."""
_IMPORTED = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+)";$', re.MULTILINE)


@dataclass(frozen=True)
class Scripts:
    """Every script of the page.

    Attributes:
        files: compressed content by path, such as `draw/pad.js`.
        version: changes when any of them does.
    """

    files: dict[str, bytes]
    version: str

    def address(self, name: str) -> str:
        """Where a script is, as seen from the page; its imports lead to the same version."""
        return f"scripts/{self.version}/{name}"

    def early_imports(self) -> str:
        """Imports the first tab's scripts before Gradio has laid out the tab; for the page's head.

        Their components then mount at once: an import that starts only there takes 20 ms or more.
        """
        imports = "".join(
            f'import(new URL("{address}", document.baseURI))'
            f'.then((script) => {{ window.sketchpadScripts["{address}"] = script; }}, () => {{}});'
            for address in map(self.address, PRELOADED)
        )
        return f"<script>window.sketchpadScripts = {{}};{imports}</script>"

    def with_imports(self, *names: str) -> list[str]:
        """The scripts and everything that they import, each once."""
        found = dict.fromkeys(names)
        for name in (waiting := list(found)):
            content = gzip.decompress(self.files[name]).decode()
            for path in _IMPORTED.findall(content):
                imported = (FOLDER / name).parent.joinpath(path).resolve()
                key = imported.relative_to(FOLDER).as_posix()
                if key not in found:
                    found[key] = None
                    waiting.append(key)
        return list(found)


@cache
def load_scripts() -> Scripts:
    """Reads all scripts, once."""
    contents = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*.js"))
    }
    digest = hashlib.sha256(repr(contents).encode()).hexdigest()[:16]
    return Scripts({name: gzip.compress(content) for name, content in contents.items()}, digest)


def add_scripts(app: FastAPI) -> None:
    """Adds the scripts' route to an application, before all others."""

    def script(request: Request) -> Response:
        scripts = load_scripts()
        content = scripts.files.get(request.path_params["name"])
        if content is None:
            return JSONResponse({"error": NOT_FOUND}, 404)
        # A page made by another version of the app gets what there is, and must not keep it.
        is_current = request.path_params["version"] == scripts.version
        caching = "public, max-age=31536000, immutable" if is_current else "no-store"
        return compressed_response(request, content, caching, "text/javascript")

    app.router.routes.insert(0, Route("/scripts/{version}/{name:path}", script))


class PreloadScripts:
    """ASGI middleware: tells browsers, with the page itself, which scripts it will import first.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        scripts = load_scripts()
        self._links = ", ".join(
            f"<{scripts.address(name)}>; rel=modulepreload"
            for name in scripts.with_imports(*PRELOADED)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return

        async def with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = self._links
            await send(message)

        await self._app(scope, receive, with_links)

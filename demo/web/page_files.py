"""Gradio's files that the page is made of: compressed once, kept by browsers, no others served."""

from __future__ import annotations

import gzip
import mimetypes
import re
from functools import cache
from pathlib import Path

import gradio
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.errors import NOT_FOUND

_FOLDER = Path(gradio.__file__).parent / "templates" / "frontend"
_NAME = re.compile(r"/(?:assets|static/(?:js|img))/[\w-][\w.-]*", re.ASCII)
MAX_FILE = 200_000
"""Bytes; the page's largest file has 135,000. Gradio's plots, maps and films are larger."""
OVERHEAD = 10_000
"""Bytes that a request for a file counts as beside its content."""


@cache
def _paths() -> frozenset[str]:
    files = (file for file in _FOLDER.rglob("*") if file.is_file())
    paths = {f"/{f.relative_to(_FOLDER).as_posix()}" for f in files if f.stat().st_size <= MAX_FILE}
    return frozenset(filter(_NAME.fullmatch, paths))


@cache
def _compressed(path: str) -> bytes:
    return gzip.compress((_FOLDER / path[1:]).read_bytes(), mtime=0)


def _content(path: str) -> bytes | None:
    """A file, compressed; None if the page has no such file.

    Args:
        path: of the request, such as `/assets/index-DphvyggB.js`.
    """
    return _compressed(path) if path in _paths() else None


def page_file_cost(path: str) -> int:
    """What a request for a file counts as, in bytes."""
    return len(_content(path) or b"") + OVERHEAD


def compressed_response(request: Request, body: bytes, caching: str, kind: str) -> Response:
    """The response with a file that is kept compressed.

    Args:
        body: gzip's; decompressed for a client that does not take it.
        caching: for `Cache-Control`.
        kind: the file's media type.
    """
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type=kind)


def add_page_files(app: FastAPI) -> None:
    """Adds the files' routes to an application, before all others."""

    def page_file(request: Request) -> Response:
        path = request.scope["path"]
        body = _content(path)
        if body is None:
            return JSONResponse({"error": NOT_FOUND}, 404)
        is_hashed = path.startswith("/assets/")
        age = "max-age=31536000, immutable" if is_hashed else "max-age=86400"
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return compressed_response(request, body, f"public, {age}", kind)

    for kind in ("assets", "static"):
        app.router.routes.insert(0, Route(f"/{kind}/{{name:path}}", page_file))

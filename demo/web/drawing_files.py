"""Files of pen drawings to learn from, which the owner adds."""

from __future__ import annotations

import logging

import anyio
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.access import Access, log_change
from demo.web.errors import DRAWINGS
from model.service.drawing_files import DrawingFiles, DrawingFilesError
from model.service.services import Services

NOT_STORED = "The file could not be stored: {}."

log = logging.getLogger(__name__)


def add_drawing_files(app: FastAPI, services: Services, access: Access) -> None:
    """Adds the route to an application, before all others."""
    files = DrawingFiles(services.home.drawings)
    one_at_a_time = anyio.CapacityLimiter(1)  # checking a file takes memory

    async def add(request: Request) -> Response:
        if refusal := access.refusal("add_drawings"):
            return JSONResponse({"error": refusal}, 403)
        name = request.path_params["name"]
        content = await request.body()
        try:
            await anyio.to_thread.run_sync(files.add, name, content, limiter=one_at_a_time)
        except DrawingFilesError as error:
            return JSONResponse({"error": str(error)}, 422)
        except OSError as error:
            log.error("a file of drawings could not be stored: %s", error.strerror or error)
            return JSONResponse({"error": NOT_STORED.format(error.strerror or error)}, 507)
        log_change("add_drawings", name)
        return JSONResponse({"name": name})

    app.router.routes.insert(0, Route(f"{DRAWINGS}{{name}}", add, methods=["POST"]))

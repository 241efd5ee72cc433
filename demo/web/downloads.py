"""Trained networks, to download."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from demo.web.access import Access
from demo.web.errors import NOT_FOUND
from model.service.database.connection import StoreError
from model.service.services import Services


def add_downloads(app: FastAPI, services: Services, access: Access) -> None:
    """Adds the route to an application, before all others."""

    def network(request: Request) -> Response:
        name, kind = request.path_params["name"], request.path_params["kind"]
        if refusal := access.refusal("export", name):
            return JSONResponse({"error": refusal}, 403)
        try:
            path = services.jobs.exported(name, kind)
        except (StoreError, ValueError) as error:
            return JSONResponse({"error": str(error) or NOT_FOUND}, 404)
        return FileResponse(path, filename=f"{name}.{kind}", media_type="application/octet-stream")

    # Before Gradio's own routes, the last of which takes any path for a page's.
    app.router.routes.insert(0, Route("/versions/{name}/{file}.{kind}", network))

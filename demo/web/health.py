"""GET /healthz and GET /metrics, for whoever operates the app."""

from __future__ import annotations

import anyio
import numpy as np
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.access import OWNER_ONLY
from demo.web.metrics import Metrics
from demo.web.visitor import current_visitor
from model.service.services import Services


def add_health(app: FastAPI, services: Services, metrics: Metrics) -> None:
    """Adds `/healthz`, open to everybody, and `/metrics`, for the owner."""
    stroke = np.zeros((1, 28, 28), np.float32)
    stroke[0, 4:24, 13:15] = 1

    async def healthz(_: Request) -> Response:
        reader = services.serving.reader
        try:
            (reading,) = reader.read(stroke)
            is_healthy = bool(np.isfinite(reading.probabilities).all())
        except Exception:
            is_healthy = False
        if not is_healthy:
            sentence = "The network does not read."
            return JSONResponse({"status": sentence, "error": sentence}, 503)
        return JSONResponse({"status": "ready", "model": reader.version})

    async def show_metrics(_: Request) -> Response:
        if not current_visitor().is_owner:
            return JSONResponse({"error": OWNER_ONLY}, 403)
        # On a thread: it queries the database.
        text = await anyio.to_thread.run_sync(metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    app.router.routes.insert(0, Route("/healthz", healthz))
    app.router.routes.insert(0, Route("/metrics", show_metrics))

"""Networks to download: to those who may, whole, and nothing else of the home folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.web.access import OWNER_ONLY, Access
from demo.web.downloads import add_downloads
from demo.web.limits import RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.visitor import Visitor, as_visitor
from model.reading.reader import SHIPPED
from model.service.services import Services
from model.service.settings import Settings
from tests.model.service.history import learned


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services.open(Settings(home=tmp_path))
    yield services
    services.close()


def client(services: Services, visitor: Visitor) -> TestClient:
    """That visitor's, of an app with nothing but downloads."""
    app = FastAPI()
    access = Access(
        services.store,
        Limits({RUNS: "2/hour"}),
        open_training=False,
        visitor_epochs=5,
        metrics=Metrics(services.store),
    )
    add_downloads(app, services, access)
    return TestClient(_as(visitor, app))


def _as(visitor: Visitor, app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        with as_visitor(visitor):
            await app(scope, receive, send)

    return answer


def test_the_owner_downloads_and_a_visitor_is_refused(services: Services) -> None:
    name = learned(services.store, services.home)
    owner = client(services, Visitor(is_owner=True))
    for kind in ("keras", "tflite"):
        answer = owner.get(f"/versions/{name}/{name}.{kind}")
        assert answer.content == (SHIPPED / f"network.{kind}").read_bytes(), kind
        assert f'filename="{name}.{kind}"' in answer.headers["content-disposition"], kind
        refused = client(services, Visitor()).get(f"/versions/{name}/{name}.{kind}")
        assert (refused.status_code, refused.json()) == (403, {"error": OWNER_ONLY}), kind


def test_what_is_no_network_is_not_there(services: Services) -> None:
    name = learned(services.store, services.home)
    owner = client(services, Visitor(is_owner=True))
    for path in (
        f"{name}/{name}.onnx",  # made when somebody asks for it on the page
        f"{name}/card.json",
        f"{name}/network.exe",
        "sprint-99/sprint-99.keras",
        "..%2Fowner/owner.key",
        f"{name}%2F..%2F..%2Fowner/owner.key",
    ):
        answer = owner.get(f"/versions/{path}")
        assert answer.status_code == 404, path
        assert "PK" not in answer.text, path

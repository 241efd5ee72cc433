"""Request ids: in the response, in the log, and taken over where they are well formed."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from demo.web.metrics import Metrics
from demo.web.request_ids import RequestIds
from model.service.database.store import Store
from model.service.home import Home
from model.service.logs import request_id


async def tell(request: Request) -> Response:
    return PlainTextResponse(request_id.get(), int(request.query_params.get("status", 200)))


def test_each_response_has_one_and_is_counted(home: Home) -> None:
    metrics = Metrics(Store.open(home.database))
    app = Starlette(routes=[Route("/", tell)], middleware=[Middleware(RequestIds, metrics=metrics)])
    client = TestClient(app)
    for received in ("this-very-request", "a.b_c-12", "x" * 64):
        answer = client.get("/", headers={"x-request-id": received})
        assert answer.headers["x-request-id"] == answer.text == received
    made = set()
    for malformed in ("", "short", "x" * 65, "two words", "a\tb-12345", "ü" * 8, "<b>12345678"):
        answer = client.get("/", headers={b"x-request-id": malformed.encode()})
        assert answer.headers["x-request-id"] == answer.text != malformed, malformed
        made.add(answer.text)
    assert len(made) == 7
    client.get("/", params={"status": 404})
    assert b'sketchpad_responses_total{status="404"} 1.0' in metrics.text()
    assert b'sketchpad_responses_total{status="200"} 10.0' in metrics.text()

"""The door, in front of a small app of its own that breaks in every way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from demo.web.errors import (
    DRAWINGS,
    FILE_TOO_LARGE,
    MAX_BODY,
    MAX_CALL,
    MAX_DRAWING_FILE,
    MAX_UPLOAD,
    REQUEST_FAILED,
    TOO_LARGE,
    ErrorSentences,
)
from tests.support.tables import case

PROGRAMS = ("run", "api", "call", "queue")
"""Where programs call."""


async def measure(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def crash(_: Request) -> Response:
    raise RuntimeError("a secret of the operator")


async def wordless(_: Request) -> Response:
    return JSONResponse({"error": None}, 500)


async def unprocessable(_: Request) -> Response:
    return JSONResponse({"detail": [{"type": "list_type", "loc": ["body", "data"]}]}, 422)


async def refuse(_: Request) -> Response:
    return JSONResponse({"error": "Draw something first."}, 500)


async def break_off(_: Request) -> Response:
    async def half() -> Iterator[bytes]:  # type: ignore[misc]
        yield b"half"
        raise RuntimeError

    return StreamingResponse(half())


@pytest.fixture
def client() -> TestClient:
    names = {
        "/measure": measure,
        "/gradio_api/upload": measure,
        "/drawings/x.npz": measure,
        "/gradio_api/component_server": measure,
        **{f"/gradio_api/{call}/upload": measure for call in PROGRAMS},
        "/crash": crash,
        "/wordless": wordless,
        "/unprocessable": unprocessable,
        "/refuse": refuse,
        "/break_off": break_off,
    }
    routes = [Route(path, call, methods=["POST"]) for path, call in names.items()]
    app = Starlette(routes=routes, middleware=[Middleware(ErrorSentences)])
    return TestClient(app, raise_server_exceptions=False)


def test_a_body_at_the_limit_passes_and_one_byte_more_is_refused(client: TestClient) -> None:
    cases: list[tuple[str, int]] = [
        ("/measure", MAX_BODY),
        ("/gradio_api/upload", MAX_UPLOAD),
        ("/gradio_api/component_server", MAX_BODY),
        ("/drawings/x.npz", MAX_DRAWING_FILE),
        *((f"/gradio_api/{call}/upload", MAX_CALL) for call in PROGRAMS),
    ]
    for path, limit in cases:
        with case((path, limit)):
            assert client.post(path, content=b"x" * limit).text == str(limit)
            refused = client.post(path, content=b"x" * (limit + 1))
            said = FILE_TOO_LARGE if path.startswith(DRAWINGS) else TOO_LARGE
            assert (refused.status_code, refused.json()) == (413, {"error": said})


def test_a_list_of_technical_errors_becomes_a_sentence(client: TestClient) -> None:
    refused = client.post("/unprocessable")
    assert (refused.status_code, refused.json()) == (422, {"error": REQUEST_FAILED})


def test_a_body_that_hides_its_length_is_counted(client: TestClient) -> None:
    chunks = (b"x" * 100_000 for _ in range(100))
    refused = client.post("/measure", content=chunks)
    assert (refused.status_code, refused.json()) == (413, {"error": TOO_LARGE})


def test_what_breaks_answers_with_a_sentence_and_no_cause(client: TestClient) -> None:
    cases: list[str] = ["/crash"]
    for path in cases:
        with case(path):
            broken = client.post(path)
            assert (broken.status_code, broken.json()) == (500, {"error": REQUEST_FAILED})


def test_the_cause_is_in_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/crash")
    assert "a secret of the operator" in caplog.text


def test_a_refusal_with_words_passes_unchanged(client: TestClient) -> None:
    refused = client.post("/refuse")
    assert (refused.status_code, refused.json()) == (422, {"error": "Draw something first."})


def test_an_answer_that_breaks_off_is_not_answered_twice(client: TestClient) -> None:
    assert client.post("/break_off").text == "half"

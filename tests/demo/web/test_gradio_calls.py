"""Calls that Gradio itself would stumble over: refused in words, kept in no memory."""

from __future__ import annotations

import json

import gradio as gr
import httpx

from demo.web.errors import MALFORMED, NOT_FOUND, REQUEST_FAILED
from demo.web.gradio_calls import (
    MAX_SESSION_HASH,
    MAX_SESSIONS,
    NO_ANSWER,
    bound_memory,
    parse_json,
)
from tests.support.digits import DIGITS
from tests.support.tables import case

LONG = "x" * (MAX_SESSION_HASH + 1)


def test_what_cannot_be_called_so_is_said(app_url: str) -> None:
    cases: list[tuple[str, bytes, int, str]] = [
        ("run/nope", b'{"data": []}', 404, NOT_FOUND),
        ("run/predict", b'{"data": []}', 404, NOT_FOUND),
        ("call/v2/nope", b"{}", 404, NOT_FOUND),
        ("queue/join", b'{"data": [], "fn_index": 9999, "session_hash": "x"}', 404, NOT_FOUND),
        ("run/read_strokes", b'{"data": [[]], "fn_index": 9999}', 422, MALFORMED),
        ("run/read_strokes", b'{"data": [[]], "fn_index": []}', 422, MALFORMED),
        ("queue/join", b'{"data": [[]], "session_hash": []}', 422, MALFORMED),
        ("queue/join", b"{}", 404, NOT_FOUND),
        ("run/read_strokes", b"[]", 422, MALFORMED),
        ("run/read_strokes", b"{", 422, MALFORMED),
        ("run/read_strokes", b"\xff", 422, MALFORMED),
        ("run/read_strokes", b"[" * 90_000, 422, MALFORMED),
        ("run/choose_recipe", b'{"data": ["\\ud800"]}', 422, MALFORMED),
        ("call/v2/read_strokes", b'{"secret": 1}', 422, REQUEST_FAILED),
        *(
            (path, json.dumps({"data": [[]], "session_hash": LONG}).encode(), 422, MALFORMED)
            for path in ("run/read_strokes", "call/read_strokes", "api/read_strokes/")
        ),
        ("queue/join", json.dumps({"fn_index": 0, "session_hash": LONG}).encode(), 422, MALFORMED),
    ]
    for path, body, status, said in cases:
        with case((path, body, status, said)):
            headers = {"content-type": "application/json"}
            answer = httpx.post(
                f"{app_url}gradio_api/{path}", content=body, headers=headers, timeout=30
            )
            assert (answer.status_code, answer.json()) == (status, {"error": said})


def test_an_answer_that_nobody_has_asked_for(app_url: str) -> None:
    with httpx.Client(base_url=app_url, timeout=30) as client:
        answer = client.get("gradio_api/call/read_strokes/nobody")
        assert (answer.status_code, answer.json()) == (404, {"error": NO_ANSWER})
        told = client.get("gradio_api/queue/data", params={"session_hash": "nobody"})
        assert json.loads(told.text.removeprefix("data: "))["session_not_found"] is True


def test_an_answer_is_fetched_where_it_was_asked_for(app_url: str) -> None:
    cases: list[str] = ["call", "call/v2"]
    for way in cases:
        with case(way):
            body = {"data": [DIGITS[3]]} if way == "call" else {"strokes": DIGITS[3]}
            with httpx.Client(base_url=app_url, timeout=30) as client:
                event = client.post(f"gradio_api/{way}/read_strokes", json=body).json()["event_id"]
                told = client.get(f"gradio_api/call/read_strokes/{event}").text
            assert "event: complete" in told
            assert '"text": "3"' in told


def test_what_nobody_fetches_makes_room_for_others() -> None:
    with gr.Blocks() as page:
        gr.HTML()
    page.queue()
    bound_memory(page)
    for number in range(MAX_SESSIONS + 9):
        page._queue.pending_event_ids_session[str(number)] = set()
    assert len(page._queue.pending_event_ids_session) == MAX_SESSIONS


def test_what_can_be_written_again_is_taken() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]') == ["\N{GRINNING FACE}"]
    assert parse_json(b'["\\ud83d"]') is None

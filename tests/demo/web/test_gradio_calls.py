"""Calls that Gradio itself would stumble over: refused in words, kept in no memory."""

from __future__ import annotations

import json

import httpx

from demo.web.errors import MALFORMED, NOT_FOUND
from demo.web.gradio_calls import MAX_SESSION_HASH, NO_ANSWER, parse_json
from demo.web.kept_answers import MAX_BYTES, MAX_VISITOR_BYTES, OVERHEAD, KeptAnswer, KeptAnswers
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
        ("run/read_strokes", b"[" * 30_000, 422, MALFORMED),
        ("run/read_image", b'{"data": ["\\ud800"]}', 422, MALFORMED),
        ("call/v2/read_strokes", b'{"secret": 1}', 422, MALFORMED),
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
                told = client.get(f"gradio_api/{way}/read_strokes/{event}").text
                again = client.get(f"gradio_api/{way}/read_strokes/{event}")
            assert (again.status_code, again.json()) == (404, {"error": NO_ANSWER})
            assert "event: complete" in told
            assert '"text": "3"' in told


def test_answers_make_room_for_newer_ones() -> None:
    kept = KeptAnswers()
    size = 10_000
    body = b"x" * (size - OVERHEAD)
    for visitor in range(2 * MAX_BYTES // MAX_VISITOR_BYTES):
        for number in range(2 * MAX_VISITOR_BYTES // size):
            kept.keep(KeptAnswer(f"{visitor} {number}", "same", str(visitor), 200, body))
        assert kept.size <= min(MAX_BYTES, (visitor + 1) * MAX_VISITOR_BYTES), visitor
    assert kept.size == MAX_BYTES
    assert kept.fetch("0 199") is None
    assert len(kept.fetch_all("same")) == MAX_BYTES // size
    assert kept.size == 0
    assert vars(kept)["_events"] == {} == vars(kept)["_answers"]


def test_old_answers_are_dropped() -> None:
    kept = KeptAnswers()
    kept.keep(KeptAnswer("old", "a", "one", 200, b"", at=-1e9))
    kept.keep(KeptAnswer("new", "b", "two", 200, b""))
    assert kept.fetch("old") is None
    assert kept.fetch("new") is not None


def test_what_can_be_written_again_is_taken() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]') == ["\N{GRINNING FACE}"]
    assert parse_json(b'["\\ud83d"]') is None

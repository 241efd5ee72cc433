"""The pad's server function over plain HTTP: what strangers may send, and many of them at once."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.digits import DIGITS
from tests.support.hostile import (
    BAD_STROKES,
    BAD_STROKES_TEXT,
    NOTHING_DRAWN,
    ODD_STROKES,
    bad_pictures,
    blank_pictures,
)
from tests.support.tables import case

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def ask(app_url: str) -> Ask:
    """Calls a server function of the pad with data, or with JSON as text."""
    components = httpx.get(f"{app_url}config").json()["components"]
    pad = next(c["id"] for c in components if "read_drawing" in c["props"].get("server_fns", []))

    def call(
        data: Any = None, text: str | None = None, name: str = "read_drawing"
    ) -> httpx.Response:
        body = text if text is not None else json.dumps(data)
        head = json.dumps({"component_id": pad, "fn_name": name, "session_hash": "test"})
        return httpx.post(
            f"{app_url}gradio_api/component_server",
            content=f'{head[:-1]}, "data": {body}}}',
            headers={"Content-Type": "application/json"},
            timeout=30,
        )

    return call


def still_reads(ask: Ask) -> None:
    answer = ask(DIGITS[3])
    assert (answer.status_code, answer.json()["text"]) == (200, "3")


def is_sentence(text: object) -> bool:
    return isinstance(text, str) and len(text) > 12 and text[0].isupper() and text[-1] in ".!"


def test_what_are_no_strokes_is_refused_with_a_sentence(ask: Ask) -> None:
    for name, strokes in BAD_STROKES.items():
        with case(name):
            answer = ask(strokes)
            if answer.status_code == 413:
                assert is_sentence(answer.json()["error"])
            else:
                assert answer.status_code == 200
                assert is_sentence(answer.json()["problem"])
                assert answer.json()["digits"] == []
            still_reads(ask)


def test_what_is_hardly_json_is_refused(ask: Ask) -> None:
    for name, text in BAD_STROKES_TEXT.items():
        with case(name):
            answer = ask(text=text)
            said = answer.json()
            assert answer.status_code in {200, 400, 413}
            assert is_sentence(said.get("problem") or said.get("error") or said.get("detail"))
            still_reads(ask)


def test_nothing_drawn_is_answered_with_nothing(ask: Ask) -> None:
    for name, strokes in NOTHING_DRAWN.items():
        with case(name):
            answer = ask(strokes).json()
            assert (answer["text"], answer["digits"]) == ("", [])
            assert "problem" not in answer


def test_odd_drawings_are_read(ask: Ask) -> None:
    for name, strokes in ODD_STROKES.items():
        with case(name):
            (digit,) = ask(strokes).json()["digits"]
            assert sum(digit["probabilities"]) == pytest.approx(1)


def test_other_names_are_no_server_functions(ask: Ask) -> None:
    cases: list[Any] = [None, 7, "__class__", "preprocess", "server_fns", ["read_drawing"]]
    for name in cases:
        with case(name):
            answer = ask([], name=name)
            assert answer.status_code in {400, 404}
            assert is_sentence(answer.json().get("error", answer.json().get("detail")))
            still_reads(ask)


def test_other_bodies_are_refused_with_a_sentence(app_url: str, ask: Ask) -> None:
    cases: list[str] = ["", "null", "[]", "{}", '{"data": [], "component_id": [1]}', "{"]
    for body in cases:
        with case(body):
            answer = httpx.post(
                f"{app_url}gradio_api/component_server",
                content=body,
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code in {400, 413}
            assert is_sentence(answer.json().get("error", answer.json().get("detail")))
            still_reads(ask)


def test_other_components_are_refused_with_a_sentence(app_url: str, ask: Ask) -> None:
    cases: list[Any] = [10**9, -1, "9", None, [1], {"a": 1}]
    for component in cases:
        with case(component):
            body = {
                "component_id": component,
                "fn_name": "read_drawing",
                "session_hash": "x",
                "data": [],
            }
            answer = httpx.post(f"{app_url}gradio_api/component_server", json=body)
            assert answer.status_code in {400, 404}
            assert is_sentence(answer.json().get("error", answer.json().get("detail")))
            still_reads(ask)


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def test_what_is_no_picture_is_refused_with_a_sentence(ask: Ask) -> None:
    for name, content in bad_pictures().items():
        with case(name):
            answer = ask(data_url(content), name="read_picture")
            assert answer.status_code == 200
            assert is_sentence(answer.json()["problem"])
            still_reads(ask)


def test_a_blank_picture_is_nothing_drawn(ask: Ask) -> None:
    for name, content in blank_pictures().items():
        with case(name):
            answer = ask(data_url(content), name="read_picture").json()
            assert (answer["text"], answer["digits"]) == ("", [])


def test_what_is_no_data_url_is_refused_with_a_sentence(ask: Ask) -> None:
    cases: list[Any] = [None, 7, "", "data:", "data:image/png;base64,*", "/etc/passwd", []]
    for url in cases:
        with case(url):
            assert is_sentence(ask(url, name="read_picture").json()["problem"])


def test_64_clients_at_once_get_only_right_answers(app_url: str) -> None:
    """The clients check each answer, in a process of their own."""
    command = [sys.executable, "-m", "tests.benchmarks.clients", app_url, "64", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert len(json.loads(done.stdout)) >= 64

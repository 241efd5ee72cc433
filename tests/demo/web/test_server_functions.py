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


@pytest.mark.parametrize("strokes", BAD_STROKES.values(), ids=BAD_STROKES)
def test_what_are_no_strokes_is_refused_with_a_sentence(ask: Ask, strokes: Any) -> None:
    answer = ask(strokes)
    if answer.status_code == 413:
        assert is_sentence(answer.json()["error"])
    else:
        assert answer.status_code == 200
        assert is_sentence(answer.json()["problem"])
        assert answer.json()["digits"] == []
    still_reads(ask)


@pytest.mark.parametrize("text", BAD_STROKES_TEXT.values(), ids=BAD_STROKES_TEXT)
def test_what_is_hardly_json_is_refused(ask: Ask, text: str) -> None:
    answer = ask(text=text)
    said = answer.json()
    assert answer.status_code in {200, 400, 413}
    assert is_sentence(said.get("problem") or said.get("error") or said.get("detail"))
    still_reads(ask)


@pytest.mark.parametrize("strokes", NOTHING_DRAWN.values(), ids=NOTHING_DRAWN)
def test_nothing_drawn_is_answered_with_nothing(ask: Ask, strokes: Any) -> None:
    answer = ask(strokes).json()
    assert (answer["text"], answer["digits"]) == ("", [])
    assert "problem" not in answer


@pytest.mark.parametrize("strokes", ODD_STROKES.values(), ids=ODD_STROKES)
def test_odd_drawings_are_read(ask: Ask, strokes: Any) -> None:
    (digit,) = ask(strokes).json()["digits"]
    assert sum(digit["probabilities"]) == pytest.approx(1)


@pytest.mark.parametrize(
    "name", [None, 7, "__class__", "preprocess", "server_fns", ["read_drawing"]]
)
def test_other_names_are_no_server_functions(ask: Ask, name: Any) -> None:
    answer = ask([], name=name)
    assert answer.status_code in {400, 404}
    assert is_sentence(answer.json().get("error", answer.json().get("detail")))
    still_reads(ask)


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"data": [], "component_id": [1]}', "{"])
def test_other_bodies_are_refused_with_a_sentence(app_url: str, ask: Ask, body: str) -> None:
    answer = httpx.post(
        f"{app_url}gradio_api/component_server",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 413}
    assert is_sentence(answer.json().get("error", answer.json().get("detail")))
    still_reads(ask)


@pytest.mark.parametrize("component", [10**9, -1, "9", None, [1], {"a": 1}])
def test_other_components_are_refused_with_a_sentence(
    app_url: str, ask: Ask, component: Any
) -> None:
    body = {"component_id": component, "fn_name": "read_drawing", "session_hash": "x", "data": []}
    answer = httpx.post(f"{app_url}gradio_api/component_server", json=body)
    assert answer.status_code in {400, 404}
    assert is_sentence(answer.json().get("error", answer.json().get("detail")))
    still_reads(ask)


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize("name", bad_pictures())
def test_what_is_no_picture_is_refused_with_a_sentence(ask: Ask, name: str) -> None:
    answer = ask(data_url(bad_pictures()[name]), name="read_picture")
    assert answer.status_code == 200
    assert is_sentence(answer.json()["problem"])
    still_reads(ask)


@pytest.mark.parametrize("name", blank_pictures())
def test_a_blank_picture_is_nothing_drawn(ask: Ask, name: str) -> None:
    answer = ask(data_url(blank_pictures()[name]), name="read_picture").json()
    assert (answer["text"], answer["digits"]) == ("", [])


@pytest.mark.parametrize(
    "url", [None, 7, "", "data:", "data:image/png;base64,*", "/etc/passwd", []]
)
def test_what_is_no_data_url_is_refused_with_a_sentence(ask: Ask, url: Any) -> None:
    assert is_sentence(ask(url, name="read_picture").json()["problem"])


def test_64_clients_at_once_get_only_right_answers(app_url: str) -> None:
    """The clients check each answer, in a process of their own."""
    command = [sys.executable, "-m", "tests.benchmarks.clients", app_url, "64", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert len(json.loads(done.stdout)) >= 64

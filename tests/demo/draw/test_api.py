"""The endpoints as programs call them: gradio_client, plain HTTP, and whatever else comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from demo.draw.api import NOT_A_FILE
from demo.web.errors import NOT_FOUND
from model.reading.strokes import NOT_STROKES
from tests.demo.web.test_server_functions import is_sentence
from tests.support.digits import DIGITS, SCRIBBLE
from tests.support.hostile import (
    BAD_STROKES,
    BAD_STROKES_TEXT,
    NOTHING_DRAWN,
    ODD_STROKES,
    bad_pictures,
    blank_pictures,
)
from tests.support.number_line import as_photo, on_paper, side_by_side
from tests.support.pictures import drawn_on_paper
from tests.support.tables import case


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    return Client(app_url, verbose=False)


def post(app_url: str, endpoint: str, content: str) -> httpx.Response:
    return httpx.post(
        f"{app_url}gradio_api/run/{endpoint}",
        content=content,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )


def still_reads(app_url: str) -> None:
    answer = post(app_url, "read_strokes", json.dumps({"data": [DIGITS[4]]})).json()
    assert answer["data"][0]["text"] == "4"


def test_strokes_are_read_by_a_client(client: Client) -> None:
    for digit in range(10):
        with case(digit):
            answer = client.predict(DIGITS[digit], api_name="/read_strokes")
            assert answer["text"] == str(digit)
            assert answer["model"]
            (one,) = answer["digits"]
            assert one["digit"] == one["best_guess"] == digit
            assert one["confidence"] == max(one["probabilities"])
            assert sum(one["probabilities"]) == pytest.approx(1)
            assert len(one["probabilities"]) == 10


def test_an_image_is_read_by_a_client(client: Client, tmp_path: Path) -> None:
    for digit in range(10):
        with case(digit):
            file = tmp_path / f"{digit}.png"
            drawn_on_paper(digit).save(file)
            assert client.predict(handle_file(file), api_name="/read_image")["text"] == str(digit)


def test_a_phone_number_is_read_on_a_photo(client: Client, tmp_path: Path) -> None:
    number, rng = "0612345789", np.random.default_rng(1)
    strokes = [[np.array(stroke) for stroke in DIGITS[int(digit)]] for digit in number]
    line = side_by_side(strokes, 0.25, rng)
    file = tmp_path / "number.jpg"
    as_photo(on_paper(line, height=70, pen=4), rng).save(file, quality=80)
    answer = client.predict(handle_file(file), api_name="/read_image")
    assert answer["text"] == number
    boxes = [digit["box"] for digit in answer["digits"]]
    assert boxes == sorted(boxes)
    assert all(0 < x < x + width < 1 and 0 < y < y + height < 1 for x, y, width, height in boxes)


def test_what_is_no_digit_has_null_and_a_best_guess(app_url: str) -> None:
    answer = post(app_url, "read_strokes", json.dumps({"data": [SCRIBBLE]})).json()["data"][0]
    (one,) = answer["digits"]
    assert (answer["text"], one["digit"]) == ("?", None)
    assert one["confidence"] == one["probabilities"][one["best_guess"]]
    assert sum(one["probabilities"]) == pytest.approx(1)
    still_reads(app_url)


def test_nothing_drawn(client: Client) -> None:
    for name, strokes in NOTHING_DRAWN.items():
        with case(name):
            answer = client.predict(strokes, api_name="/read_strokes")
            assert (answer["text"], answer["digits"]) == ("", [])


def test_odd_drawings_are_read(client: Client) -> None:
    for name, strokes in ODD_STROKES.items():
        with case(name):
            assert len(client.predict(strokes, api_name="/read_strokes")["digits"]) == 1


def test_bad_strokes_by_http(app_url: str) -> None:
    for name, strokes in BAD_STROKES.items():
        with case(name):
            answer = post(app_url, "read_strokes", json.dumps({"data": [strokes]}))
            assert answer.status_code in {413, 422}
            assert is_sentence(answer.json()["error"])
            still_reads(app_url)


def test_hardly_json_by_http(app_url: str) -> None:
    for name, text in BAD_STROKES_TEXT.items():
        with case(name):
            answer = post(app_url, "read_strokes", f'{{"data": [{text}]}}')
            assert answer.status_code >= 400
            said = answer.json()
            assert is_sentence(said.get("error")) or said.get("detail")
            still_reads(app_url)


def test_a_client_is_told_the_same_sentence(client: Client) -> None:
    cases: list[str] = ["null", "text", "numbers as text", "far away", "10,000 strokes"]
    for name in cases:
        with case(name):
            with pytest.raises(AppError) as refusal:
                client.predict(BAD_STROKES[name], api_name="/read_strokes")
            assert is_sentence(str(refusal.value))


def test_bad_pictures(client: Client, tmp_path: Path) -> None:
    for name, content in bad_pictures().items():
        with case(name):
            file = tmp_path / "picture.png"
            file.write_bytes(content)
            with pytest.raises(AppError) as refusal:
                client.predict(handle_file(file), api_name="/read_image")
            assert is_sentence(str(refusal.value))


def test_blank_pictures(client: Client, tmp_path: Path) -> None:
    for name, content in blank_pictures().items():
        with case(name):
            file = tmp_path / "picture.png"
            file.write_bytes(content)
            assert client.predict(handle_file(file), api_name="/read_image")["text"] == ""


FILE = {"meta": {"_type": "gradio.FileData"}}


def test_other_data_is_refused_with_a_sentence(app_url: str) -> None:
    endpoints = ("read_image", "read_strokes")
    for endpoint in endpoints:
        cases: list[Any] = [
            [],
            [None],
            ["picture.png"],
            [7],
            [{}],
            [{"path": "/etc/passwd"}],
            [{"path": "/etc/passwd", **FILE}],
            [{"path": "../../app.py", **FILE}],
            [{"path": None, **FILE}],
            [{"path": ["a"], **FILE}],
            [{"path": "http://127.0.0.1:9/x.png", **FILE}],
            [{"path": "https://example.com/x.png", "url": "https://example.com/x.png", **FILE}],
            [1, 2, 3],
        ]
        for data in cases:
            with case((endpoint, data)):
                answer = post(app_url, endpoint, json.dumps({"data": data}))
                assert answer.status_code == 422
                assert is_sentence(answer.json()["error"])
                still_reads(app_url)


def test_other_bodies_are_refused(app_url: str) -> None:
    cases: list[str] = ["", "[]", "null", "{}", '{"data": 7}', '{"data": null}', "{"]
    for body in cases:
        with case(body):
            answer = post(app_url, "read_strokes", body)
            assert answer.status_code >= 400
            assert answer.json().get("error") or answer.json().get("detail")
            still_reads(app_url)


def test_a_picture_outside_the_uploads_is_not_opened(app_url: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    drawn_on_paper(7).save(secret)
    answer = post(app_url, "read_image", json.dumps({"data": [{"path": str(secret)}]}))
    assert (answer.status_code, answer.json()["error"]) == (422, NOT_A_FILE)


def test_other_hosts_are_not_asked(app_url: str) -> None:
    cases: list[str] = ["file=https://example.com/x.png", "proxy=https://example.com/"]
    for path in cases:
        with case(path):
            answer = httpx.get(f"{app_url}gradio_api/{path}")
            assert (answer.status_code, answer.json()) == (404, {"error": NOT_FOUND})


def test_an_address_among_the_strokes_is_not_fetched(app_url: str) -> None:
    strokes = [{"path": "https://example.com/x.png", **FILE}]
    answer = post(app_url, "read_strokes", json.dumps({"data": [strokes]}))
    assert (answer.status_code, answer.json()["error"]) == (422, NOT_STROKES)


def test_a_file_that_is_too_large_is_refused(app_url: str) -> None:
    answer = httpx.post(
        f"{app_url}gradio_api/upload", files={"files": ("big.png", b"x" * 10_000_001)}, timeout=30
    )
    assert answer.status_code == 413
    assert is_sentence(answer.json()["error"])

"""Calls of programs: what they leave in memory, what they weigh, and what their errors say."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from demo.web.errors import MAX_CALL, TOO_LARGE
from model.reading.strokes import MAX_POINTS
from tests.support.digits import DIGITS
from tests.support.serving import PUBLISHED, App, serving

MB = 1_000_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that trusts another proxy than this machine, so that 127.0.0.x are visitors."""
    home = tmp_path_factory.mktemp("home")
    arguments = ("--proxies", "192.0.2.1", "--limit-requests", "300/minute")
    with serving(home, None, *arguments, environment=PUBLISHED) as running:
        yield running


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that hardly limits anybody."""
    home = tmp_path_factory.mktemp("home")
    with serving(home, None, "--limit-requests", "100000/second") as running:
        yield running


def visitor(app: App, number: int) -> httpx.Client:
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
    return httpx.Client(base_url=app.url, transport=transport, timeout=60)


def memory(app: App) -> int:
    """Bytes that the app has in use."""
    pages = Path(f"/proc/{app.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def number_of(client: httpx.Client, name: str) -> int:
    events = client.get("config").json()["dependencies"]
    return int(next(event["id"] for event in events if event["api_name"] == name))


def test_what_is_never_fetched_takes_no_memory(generous: App) -> None:
    with visitor(generous, 1) as client:
        number = number_of(client, "read_strokes")
        body = {"data": [DIGITS[3]], "fn_index": number, "session_hash": "x"}
        for _ in range(50):
            client.post("gradio_api/queue/join", json=body).raise_for_status()
        before = memory(generous)
        for _ in range(1_500):
            client.post("gradio_api/queue/join", json=body).raise_for_status()
        assert memory(generous) - before < 15 * MB


def test_errors_repeat_nothing_that_was_sent(generous: App) -> None:
    long = "1" * 400_000
    with visitor(generous, 1) as client:
        numbers = {name: number_of(client, name) for name in ("read_image", "read_strokes")}
        body: dict[str, Any] = {"data": [long], "session_hash": "x"}
        for path, call in (
            ("run/read_image", body),
            ("run/read_strokes", body),
            ("call/read_strokes", body),
            ("queue/join", body | {"fn_index": numbers["read_image"]}),
            ("queue/join", body | {"fn_index": numbers["read_strokes"]}),
        ):
            answer = client.post(f"gradio_api/{path}", json=call)
            assert "1" * 101 not in answer.text, path
        before = memory(generous)
        for _ in range(40):
            for name, number in numbers.items():
                client.post("gradio_api/queue/join", json=body | {"fn_index": number})
                client.post(f"gradio_api/run/{name}", json=body)
        assert memory(generous) - before < 50 * MB
        told = client.get("gradio_api/queue/data", params={"session_hash": "x"})
        assert "1" * 101 not in told.text


def test_a_program_sends_as_much_as_the_largest_drawing_takes(generous: App) -> None:
    largest = [[[n / 7, 1000 / (n + 3)] for n in range(10)]] * (MAX_POINTS // 10)
    with visitor(generous, 1) as client:
        for path in ("run/read_strokes", "api/read_strokes", "call/read_strokes", "queue/join"):
            body = {"data": [largest], "fn_index": number_of(client, "read_strokes")}
            body |= {"session_hash": "x"}
            assert len(json.dumps(body)) > 300_000, path
            assert client.post(f"gradio_api/{path}", json=body).status_code == 200, path
            body["data"] = ["1" * MAX_CALL]
            refused = client.post(f"gradio_api/{path}", json=body)
            assert (refused.status_code, refused.json()) == (413, {"error": TOO_LARGE}), path


def test_pythons_client_gets_the_answers_of_many_calls_at_once(generous: App) -> None:
    client = Client(generous.url, verbose=False)
    jobs = [client.submit(DIGITS[n % 10], api_name="/read_strokes") for n in range(60)]
    read = [job.result(timeout=60)["text"] for job in jobs]
    assert read == [str(n % 10) for n in range(60)]
    with pytest.raises(Exception, match="These are not strokes"):
        client.predict("none", api_name="/read_strokes")


def test_a_picture_weighs_twenty_however_its_call_is_spelt(app: App) -> None:
    with visitor(app, 9) as client:
        config = client.get("config").json()
    numbers = {event["api_name"]: event["id"] for event in config["dependencies"]}
    pad = next(
        component["id"]
        for component in config["components"]
        if "read_picture" in component["props"].get("server_fns", [])
    )
    picture = io.BytesIO()
    Image.new("L", (9, 9)).save(picture, "PNG")
    by_name, by_number = {"data": [None]}, {"data": [None], "fn_index": numbers["read_image"]}
    by_script = {"component_id": pad, "fn_name": "read_picture", "data": "x", "session_hash": "x"}
    spellings: list[tuple[str, dict[str, Any]]] = [
        *((f"{kind}/read_image{end}", by_name) for kind in ("run", "api", "call") for end in "/_"),
        ("call/v2/read_image", {"image": None}),
        ("run/predict", by_number),
        ("run/read_strokes", by_number),
        ("queue/join", by_number | {"session_hash": "x"}),
        ("component_server", by_script),
        ("component_server/", by_script),
    ]
    for number, (path, body) in enumerate(spellings, 10):
        with visitor(app, number) as client:
            calls = [
                client.post(f"gradio_api/{path.rstrip('_')}", json=body)
                for _ in range(300 // 20 + 1)
            ]
        refused = ["Too many requests" in call.text for call in calls]
        assert refused == [False] * 15 + [True], path


def test_pythons_client_is_the_owner_by_its_headers(app: App, tmp_path: Path) -> None:
    Image.new("L", (9, 9), 255).save(tmp_path / "blank.png")
    headers = {"Authorization": f"Bearer {PUBLISHED['SKETCHPAD_OWNER_KEY']}"}
    client = Client(app.url, headers=headers, verbose=False)
    for _ in range(300 // 20 + 1):  # as many as a visitor may not, see above
        answer = client.predict(handle_file(str(tmp_path / "blank.png")), api_name="/read_image")
        assert answer["text"] == ""


def test_gradios_queue_is_not_there(app: App) -> None:
    with visitor(app, 8) as client:
        body = {"data": ["compact"], "session_hash": "x"}
        for method, path in (
            ("GET", "queue/status"),
            ("POST", "cancel"),
            ("POST", "reset"),
            ("POST", "queue/join"),
            ("POST", "call/nope"),
        ):
            answer = client.request(method, f"gradio_api/{path}", json=body)
            assert answer.status_code == 404, path
            assert list(answer.json()) == ["error"], path

"""One visitor at their limit does not keep the others waiting, nor fill the memory."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from gradio_client import Client

from tests.benchmarks.running import memory
from tests.support.asking import asking, until
from tests.support.attacker import Attacker, Requests
from tests.support.digits import DIGITS
from tests.support.serving import PUBLISHED, App, serving
from tests.support.tables import case

SECONDS = 2.5
"""Of one attack."""
MEDIAN, P95, HEALTH = 0.08, 0.3, 0.5
"""Seconds for others' answers, beyond what they take without the attack; several times what
`tests.benchmarks.hostile` finds on a quiet machine, as other tests share the cores."""
MAX_MEMORY = 400.0
"""MB."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that trusts another proxy than this machine, so that 127.0.0.x are visitors."""
    home = tmp_path_factory.mktemp("home")
    with serving(home, None, "--proxies", "192.0.2.1", environment=PUBLISHED) as running:
        yield running


def visitor(app: App, source: str) -> httpx.Client:
    return httpx.Client(
        transport=httpx.HTTPTransport(local_address=source), base_url=app.url, timeout=60
    )


class Waited(NamedTuple):
    """How long another visitor's requests took, in seconds, and what the app took, in MB."""

    drawings: list[float]
    health: list[float]
    memory: list[float]

    @property
    def median(self) -> float:
        return float(np.median(self.drawings))

    @property
    def p95(self) -> float:
        return float(np.percentile(self.drawings, 95))


def others_waited(app: App, seconds: float) -> Waited:
    """Five drawings and /healthz, again and again for that long."""
    waited = Waited([], [], [])
    with visitor(app, "127.0.0.3") as other:
        ask = asking(other)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for times, get in ((waited.health, other.get), *[(waited.drawings, None)] * 5):
                began = time.perf_counter()
                answer = get("healthz") if get else ask("read_drawing", DIGITS[3])
                times.append(time.perf_counter() - began)
                assert answer.status_code == 200
                assert get or answer.json()["text"] == "3"
                waited.memory.append(memory(app.process.pid))
                time.sleep(0.02)
    return waited


def test_others_hardly_wait(app: App) -> None:
    with visitor(app, "127.0.0.3") as other:
        asking(other)("overview", "strokes")  # generated when somebody first asks for it
    # What the first pictures load stays, some 30 MB.
    Attacker(app.url, "pictures", 1, 0.5, "127.0.0.3").responses()
    before = others_waited(app, 1)
    for number, (attack, connections) in enumerate(
        [
            ("long texts", 100),
            ("long texts of events", 100),
            ("long drawings", 100),
            ("long drawings of programs", 100),
            ("refused drawings", 100),
            ("short drawings", 300),
            ("overviews", 100),
            ("pages", 100),
            ("pictures", 400),
        ]
    ):
        with case(attack):
            attacker = Attacker(app.url, attack, connections, SECONDS, f"127.0.1.{number}")
            waited = others_waited(app, SECONDS - 0.5)
            answered = attacker.responses()
            assert answered.total() > 40, answered
            found = f"{1000 * waited.median:.0f} ms, {answered}"
            assert waited.median < before.median + MEDIAN, found
            assert waited.p95 < before.p95 + P95, found
            assert max(waited.health) < max(before.health) + HEALTH
            assert max(waited.memory) < MAX_MEMORY
            if attack == "pictures":
                assert answered["200"] > 0, answered
                assert answered["200 with a problem"] > 0, answered
    with case("afterwards"):
        until(lambda: memory(app.process.pid) < max(before.memory) + 40, patience=60)


def test_pictures_of_a_client_that_has_gone_are_dropped(app: App) -> None:
    request = Requests(app.url).of("pictures")
    host, port = urlsplit(app.url).netloc.split(":")
    used = cpu_seconds(app)
    for _ in range(10):
        with socket.create_connection((host, int(port)), source_address=("127.0.0.4", 0)) as gone:
            gone.sendall(request)
    time.sleep(2)
    settled = cpu_seconds(app)
    time.sleep(1)
    assert cpu_seconds(app) - settled < 0.3, f"goes on reading, {settled - used:.1f} s so far"


def test_a_refused_drawing_counts_as_several(app: App) -> None:
    with visitor(app, "127.0.0.5") as client:
        body, problem = Requests(app.url).of("refused drawings").partition(b"\r\n\r\n")[2], ""
        for _ in range(12_000 // 25):
            if "Too many requests" not in problem:
                problem = client.post("gradio_api/component_server", content=body).json()["problem"]
    assert "Too many requests" in problem


def test_a_program_at_home_is_not_limited(tmp_path: Path) -> None:
    with serving(tmp_path, None, "--limit-requests", "5/hour") as home:
        client = Client(home.url, verbose=False)
        for _ in range(8):
            assert client.predict(DIGITS[3], api_name="/read_strokes")["text"] == "3"
        body = {"data": [DIGITS[3]]}
        with httpx.Client(base_url=home.url, timeout=30) as curl:
            call = "gradio_api/run/read_strokes"
            assert [curl.post(call, json=body).status_code for _ in range(8)] == [200] * 8
            foreign = {"sec-fetch-site": "cross-site"}
            told = [curl.post(call, json=body, headers=foreign).status_code for _ in range(7)]
            assert told == [200] * 5 + [429] * 2


def cpu_seconds(app: App) -> float:
    """Of the app's own process so far."""
    fields = Path(f"/proc/{app.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
    ticks = sum(map(int, fields.split()[11:13]))
    hertz = subprocess.run(["getconf", "CLK_TCK"], capture_output=True, text=True, check=True)
    return ticks / int(hertz.stdout)

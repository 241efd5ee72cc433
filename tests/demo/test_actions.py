"""What the Train, Models and Data tabs ask of the server, asked by strangers with anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import numpy as np
import pytest

from demo.actions import MAX_READS, _on_threads, reports_problems
from demo.web.errors import REQUEST_FAILED
from model.learning.recipes import find
from model.service.database.store import Store
from tests.support.asking import Ask, asking, owner
from tests.support.digits import DIGITS
from tests.support.loops import run
from tests.support.tables import case

CALLS = [
    *("watch", "result", "warm", "runs", "compare", "stop", "pause", "resume", "put_in_use"),
    *(
        "form",
        "train",
        "train_all",
        "delete",
        "delete_drawings",
        "export",
        "scorecard",
        "measure",
        "overview",
        "grid",
        "variants",
    ),
]
ANYTHING: list[Any] = [
    None, True, -1, 1e308, "", "x" * 5000, "compact-1", "../../etc/passwd", "compact-1.onnx",
    "../x-1.keras", "<img src=x onerror=alert(1)>", [], ["compact-1", None], [[]], {},
    {"name": "compact-1"}, {"name": ["compact-1"], "state": {}},
    {"known": [], "last": "9"}, {"known": None, "last": -5}, {"last": 10**30},
    {"set": "strokes", "digit": "7", "page": 0}, {"set": ["mnist"], "digit": 3, "page": 0},
    {"set": "mnist", "place": -1, "shift": 1, "rotation": 1},
    {"set": "strokes", "place": 0.5, "shift": True, "rotation": None},
]  # fmt: skip


def test_an_error_of_a_library_is_one_sentence_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = find("compact").settings()
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: find("nothing"), "nothing"),
        (lambda: replace(settings, epochs=0), "epochs must be"),
        (lambda: Store.open(f"sqlite:///{tmp_path}/x.db").run("x-1"), "There is no run 'x-1'."),
        (lambda: int("seven"), REQUEST_FAILED),
        (lambda: np.zeros(3).reshape(2), REQUEST_FAILED),
        (lambda: 1 / 0, REQUEST_FAILED),
    ]
    for number, (call, said) in enumerate(calls):
        answer = reports_problems(lambda _, call=call: call())(None)  # type: ignore[misc]
        assert said in answer["problem"], number
    assert "invalid literal for int()" in caplog.text  # whoever operates the app finds the cause


@pytest.fixture(scope="module")
def client(app_url: str) -> Iterator[httpx.Client]:
    """The owner, who is whoever opens the page on this machine."""
    with owner(app_url) as client:
        yield client


@pytest.fixture(scope="module")
def ask(client: httpx.Client) -> Ask:
    return asking(client)


def test_whatever_comes_is_answered_with_json_and_perhaps_a_sentence(ask: Ask) -> None:
    for name in CALLS:
        with case(name):
            for given in ANYTHING:
                answer = ask(name, given)
                assert answer.status_code == 200, (given, answer.text)
                problem = answer.json().get("problem", "A sentence.")
                assert problem[0].isupper() or problem[0] in "<0123456789x", problem
                assert problem[-1] in ".!", problem
                assert "Traceback" not in problem
                assert "/home" not in problem


def test_what_cannot_be_done_is_said(ask: Ask) -> None:
    cases: list[tuple[str, Any, str]] = [
        ("stop", "compact-99", "There is no run 'compact-99'."),
        ("put_in_use", "../../etc", "There is no run '../../etc'."),
        ("export", "compact-99.exe", "A network is exported as keras, tflite, onnx."),
        ("compare", ["compact-1"] * 9, "Compare at most 8 runs at once."),
        ("measure", "compact-99", "There is no run 'compact-99'."),
        ("scorecard", {"name": "../../etc", "state": ""}, "There is no run '../../etc'."),
        ("roll_back", None, "Nothing to roll back to"),
        ("overview", "letters", "Unknown set of digits."),
    ]
    for name, given, sentence in cases:
        with case((name, given, sentence)):
            assert ask(name, given).json()["problem"].startswith(sentence)


def test_files_that_are_nobodys_business_are_not_there(client: httpx.Client) -> None:
    cases: list[str] = [
        "versions/compact-99/compact-99.keras",
        "versions/..%2F..%2Fetc/passwd.keras",
        "versions/compact-1/card.json",
        "scripts/0/..%2Factions.py",
        "scripts/0/../actions.py",
        "scripts/0/actions.py",
    ]
    for path in cases:
        with case(path):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "def " not in answer.text


def test_a_network_that_is_gone_reads_as_everyone_does(ask: Ask) -> None:
    cases: list[str] = ["", "compact-99", "../../etc-1", "x" * 5000]
    for network in cases:
        with case(network):
            answer = ask("read_drawing", {"network": network, "drawing": DIGITS[3]}).json()
            assert answer["text"] == "3"
            assert answer["model"] == ask("in_use", None).json()["model"]


def test_calls_that_hang_leave_threads_for_everything_else() -> None:
    answers, hanging = threading.Event(), threading.Semaphore(0)

    def hang(given: Any) -> dict[str, Any]:
        hanging.release()
        answers.wait(30)
        return {"given": given}

    async def many() -> list[Any]:
        (call,) = _on_threads([hang], MAX_READS)
        got: list[Any] = []

        async def ask(number: int) -> None:
            got.append(await call(number))

        async with anyio.create_task_group() as group:
            for number in range(100):  # more than there are threads
                group.start_soon(ask, number)
            for _ in range(MAX_READS):
                while not hanging.acquire(blocking=False):
                    await anyio.sleep(0.01)
            with anyio.fail_after(5):
                assert await anyio.to_thread.run_sync(lambda: "a page") == "a page"
            assert not hanging.acquire(blocking=False)
            answers.set()
        return got

    assert sorted(answer["given"] for answer in run(many())) == list(range(100))

"""Answers: networks that visitors have chosen, and pictures of several visitors at once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from demo.draw import answers as answers_module
from demo.draw.answers import MAX_PICTURES, Answer, Answers
from demo.draw.tab import _for_pad
from demo.web.metrics import Metrics
from demo.web.visitor import Visitor, as_visitor
from model.reading.reader import Reader
from model.service.database.store import Store
from model.service.home import Home
from model.service.serving import Serving
from tests.support.digits import DIGITS
from tests.support.loops import run
from tests.support.pictures import drawn_on_paper


@pytest.fixture
def answers(home: Home) -> Iterator[Answers]:
    store = Store.open(home.database)
    serving = Serving(Reader(), store, home)
    yield Answers(serving, Metrics(store))
    serving.close()
    store.close()


def test_a_chosen_network_outlives_an_outage_of_the_database(home: Home, answers: Answers) -> None:
    def ask() -> Answer:
        async def on_loop() -> Answer:
            return await _for_pad(answers.drawing(DIGITS[3], "compact-1"))

        return run(on_loop())

    with sqlite3.connect(home.folder / "sketchpad.db") as database:
        database.execute("ALTER TABLE runs RENAME TO gone")
    outage = ask()
    assert "compact-1, cannot be looked up just now" in outage["problem"]
    assert "model" not in outage  # the pad would take another name for a deleted network
    with sqlite3.connect(home.folder / "sketchpad.db") as database:
        database.execute("ALTER TABLE gone RENAME TO runs")
    deleted = ask()
    assert (deleted["text"], deleted["model"]) == ("3", Reader().version)


def test_one_visitors_pictures_do_not_keep_another_waiting(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_on_paper(5).save(tmp_path / "digit.png")
    drawn_on_paper(3).save(tmp_path / "slow.png")
    go_on, read = threading.Event(), answers_module.read_picture

    def slowly(reader: Reader, source: Any) -> Any:
        if source.name == "slow.png":
            go_on.wait(60)
        return read(reader, source)

    monkeypatch.setattr(answers_module, "read_picture", slowly)

    async def ask(address: str, name: str, got: list[Answer]) -> None:
        with as_visitor(Visitor(address=address)):
            got.append(await answers.picture(tmp_path / name))

    async def both() -> tuple[list[Answer], list[Answer]]:
        slow: list[Answer] = []
        quick: list[Answer] = []
        async with anyio.create_task_group() as group:
            for _ in range(MAX_PICTURES + 1):
                group.start_soon(ask, "192.0.2.1", "slow.png", slow)
            await anyio.wait_all_tasks_blocked()
            with anyio.move_on_after(10):
                await ask("192.0.2.2", "digit.png", quick)
            assert slow == []
            go_on.set()
        return slow, quick

    slow, quick = run(both())
    assert [answer["text"] for answer in quick] == ["5"]
    assert [answer["text"] for answer in slow] == ["3"] * (MAX_PICTURES + 1)

"""Pictures of several visitors at once: nobody takes the places of all the others."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import anyio
import pytest

from demo.draw.answers import MAX_PICTURES, Answer, Answers
from demo.web.metrics import Metrics
from demo.web.visitor import Visitor, as_visitor
from model.reading import ink
from model.reading.reader import Reader
from model.service.database.store import Store
from model.service.home import Home
from model.service.serving import Serving
from tests.support.loops import run
from tests.support.pictures import drawn_on_paper


def test_one_visitors_pictures_do_not_keep_another_waiting(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(home.database)
    answers = Answers(Serving(Reader(), store, home), Metrics(store))
    drawn_on_paper(5).save(tmp_path / "digit.png")
    drawn_on_paper(3).save(tmp_path / "slow.png")
    go_on, read = threading.Event(), ink.from_image

    def slowly(source: Any) -> Any:
        if source.name == "slow.png":
            go_on.wait(60)
        return read(source)

    monkeypatch.setattr(ink, "from_image", slowly)

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
    store.close()
    assert [answer["text"] for answer in quick] == ["5"]
    assert [answer["text"] for answer in slow] == ["3"] * (MAX_PICTURES + 1)

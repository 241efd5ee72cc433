"""Runs that end early, fail or are resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.learning.data.datasets import load
from model.learning.events import EpochEvent
from model.learning.recipes import find
from model.service.database.schema import DIVERGED, FAILED, FINISHED, PAUSED, STOPPED
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs import work
from model.service.jobs.recorder import Event
from model.service.jobs.work import carry_out
from tests.support.digits import DIGITS
from tests.support.strokes_file import write

REASON = "Its machine was lost."


def test_a_worker_that_lost_its_run_stops_and_saves_nothing(store: Store, home: Home) -> None:
    settings = find("compact").settings(epochs=1000)
    store.add("compact", settings, "strokes:600", origin="page")
    run = store.claim("lost")
    assert run is not None
    told = []

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, EpochEvent) and event.epoch == 2:
            store.requeue(run, REASON)

    assert carry_out(run, store, home, tell=tell) is None
    assert not home.version(run.name).exists()
    assert home.can_resume(run.name)
    assert store.run(run.name).reason == REASON
    assert len(told) < 1000
    assert [epoch.epoch for epoch in store.epochs(run.id)] == [1, 2]


def test_a_visitors_run_stops_when_its_time_is_up_and_keeps_what_it_learned(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "VISITORS_SECONDS", 0.0)
    settings = find("compact").settings(epochs=3)
    for visitor, ends in (("f" * 32, STOPPED), ("", FINISHED)):
        store.add("compact", settings, "strokes:600", origin="page", visitor=visitor)
        run = store.claim("worker")
        assert run is not None
        # The digits are loaded already: only the training is cut short.
        carry_out(run, store, home, data=load("strokes:600"))
        assert store.run(run.name).status == ends
        assert store.run(run.name).learned


def test_a_run_whose_drawings_are_gone_says_so_in_a_sentence(
    store: Store, home: Home, tmp_path: Path
) -> None:
    settings = find("house").settings(epochs=1)
    by_path = str(tmp_path / "by path.npz")  # as the command line names it
    for name, reason in (
        (
            "mine.npz",
            "the drawings mine.npz have been deleted: add that file again under More "
            "drawings, then resume the run",
        ),
        (by_path, "no strokes at by path.npz: that file is missing"),
    ):
        added = store.add("house", settings, "strokes:60", drawings=[name], origin="page")
        run = store.claim("worker")
        assert run is not None
        assert carry_out(run, store, home) is None, name
        ended = store.run(added.name)
        assert (ended.status, ended.reason) == (FAILED, reason), name
    write(home.drawings / "mine.npz", [DIGITS[3]] * 4, ["3", "3", "3", "x"])
    store.add("house", settings, "strokes:60", drawings=["mine.npz"], origin="page")
    run = store.claim("worker")
    assert run is not None
    data = work._digits(run, home, lambda: False)
    assert [each.name for each in data.drawings] == ["mine.npz"]


def test_a_run_that_was_paused_or_stopped_is_resumed_after_its_last_epoch(
    store: Store, home: Home
) -> None:
    data = load("strokes:600")
    name = store.add("compact", find("compact").settings(epochs=6), "x", origin="page").name
    for pause, after in ((True, 2), (False, 4), (None, 6)):
        asked: list[bool] = []  # the recorder hears of it a little later

        def tell(
            event: Event, pause: bool | None = pause, after: int = after, asked: list[bool] = asked
        ) -> None:
            if pause is not None and isinstance(event, EpochEvent) and event.epoch == after:
                store.request_stop(name, pause=pause)
                asked.append(pause)

        run = store.claim("worker")
        assert run is not None
        carry_out(run, store, home, data=data, tell=tell, should_stop=lambda a=asked: bool(a))  # type: ignore[misc]
        ended = store.run(name)
        whole = [epoch.epoch for epoch in store.epochs(run.id) if not epoch.partial]
        assert whole == list(range(1, after + 1)), ended.status
        assert home.version(name).exists() == ended.learned == (pause is not True)
        assert home.can_resume(name) == (pause is not None)
        if pause is not None:
            assert ended.status == (PAUSED if pause else STOPPED)
            store.resume(name)
    assert (ended.status, ended.reason) == (FINISHED, "")


def test_an_error_of_a_library_ends_the_run_with_a_sentence_and_a_log(
    store: Store, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Keras's one-hot encoding fails on labels beyond 9."""
    data = load("strokes:600")
    store.add("compact", find("compact").settings(epochs=1), "strokes:600", origin="page")
    run = store.claim("worker")
    assert run is not None
    assert carry_out(run, store, home, data=replace(data, y_train=data.y_train + 7)) is None
    ended = store.run(run.name)
    assert (ended.status, ended.reason) == (FAILED, work.UNEXPECTED)
    assert f"{run.name} failed" in caplog.text
    assert "IndexError" in caplog.text


def test_a_learning_rate_may_be_a_whole_number(store: Store, home: Home) -> None:
    for recipe in ("compact", "sprint"):
        settings = find(recipe).settings(epochs=1, learning_rate=1)
        store.add(recipe, settings, "strokes:60", origin="page")
        run = store.claim("worker")
        assert run is not None
        carry_out(run, store, home, data=load("strokes:60"))
        ended = store.run(run.name)
        assert ended.status in (FINISHED, DIVERGED), f"{recipe}: {ended.reason}"

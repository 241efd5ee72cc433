"""Training runs in a real worker process: to the end, stopped, diverged, queued."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.reading.reader import Reader
from model.service.database.connection import StoreError
from model.service.database.quota import MAX_QUEUED
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    LIVE,
    QUEUED,
    RUNNING,
    STOPPED,
    Run,
)
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs.jobs import Jobs

DIGITS = "strokes:600"
PATIENCE = 120
"""Seconds; only a failing test waits that long."""


class Service:
    """A store, a home folder and a worker, or a cluster's."""

    patience = PATIENCE

    def __init__(
        self, folder: Path, database: str | None = None, cluster: str | None = None
    ) -> None:
        self.home = Home(folder)
        url = database or self.home.database
        self.store = Store.open(url)
        self.jobs = Jobs(self.store, self.home, url, cluster)

    def close(self) -> None:
        self.jobs.close()
        self.store.close()

    def start(self, recipe: str = "compact", data: str = DIGITS, **chosen: Any) -> str:
        drawing = np.zeros((28, 28), np.uint8)
        drawing[4:24, 13:15] = 255
        return self.jobs.submit(recipe, chosen, data, drawing.tobytes()).name

    def until(self, name: str, holds: Callable[[Run], bool]) -> Run:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            run = self.store.run(name)
            if holds(run):
                return run
            time.sleep(0.05)
        raise AssertionError(f"{run.status} {run.phase} {run.reason}")

    def ended(self, name: str) -> Run:
        return self.until(name, lambda run: run.status not in LIVE)

    def epochs(self, name: str, count: int) -> Run:
        return self.until(
            name,
            lambda run: len(self.store.epochs(run.id)) >= count or run.status not in LIVE,
        )

    def versions(self) -> set[str]:
        return {path.name for path in (self.home.folder / "models").iterdir()}

    def worker(self) -> int:
        number = self.jobs.process_id
        assert number is not None
        return number


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with closing(Service(tmp_path_factory.mktemp("home"))) as service:
        yield service


@pytest.fixture(scope="module")
def diverged_and_finished(service: Service) -> tuple[str, str]:
    """Two runs; the second was queued behind the first."""
    bad = service.start(learning_rate=1e30)
    good = service.start(epochs=3, validation_share=0.2, shift=1, rotation=5)
    service.ended(good)
    return bad, good


def test_a_run_leaves_a_version_a_result_curves_and_logs(
    service: Service, diverged_and_finished: tuple[str, str]
) -> None:
    _, name = diverged_and_finished
    run = service.ended(name)
    assert (run.status, run.reason) == (FINISHED, "")
    assert run.result is not None
    assert run.result["accuracy"] == run.test_accuracy
    assert sum(map(sum, run.result["confusion"])) == 100
    assert len(run.result["digits"]) == 10
    assert len(run.result["mistakes"]) == min(24, 100 - run.result["correct"])
    epochs = service.store.epochs(run.id)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert all(epoch.val_accuracy is not None for epoch in epochs)
    assert all(sum(epoch.probe or []) == pytest.approx(1) for epoch in epochs)
    assert service.store.points(run.id)
    reader = Reader(service.home.version(name))
    assert reader.version == name
    assert reader.card["settings"]["rotation"] == 5
    assert service.home.damage(name) == ""
    assert list(service.home.logs(name).rglob("events.out.tfevents.*"))
    service.until(name, lambda _: not service.home.checkpoint(name).exists())


def test_a_loss_that_is_no_number_is_reported_and_the_next_run_starts(
    service: Service, diverged_and_finished: tuple[str, str]
) -> None:
    bad, good = diverged_and_finished
    run = service.ended(bad)
    assert run.status == DIVERGED
    assert "try a smaller learning rate" in run.reason
    assert service.ended(good).status == FINISHED
    assert bad not in service.versions()


def test_only_recipes_for_non_digits_get_the_drawings(service: Service) -> None:
    runs, left_out = service.jobs.submit_all(DIGITS, drawings=["mine.npz"])
    for run in reversed(runs):
        service.jobs.stop(run.name)
    assert left_out == []
    with_drawings = {run.recipe: run.drawings for run in runs if run.drawings}
    assert with_drawings == {"house": ["mine.npz"]}
    service.ended(runs[0].name)


def test_missing_digits_are_reported(service: Service) -> None:
    run = service.ended(service.start(data="/nowhere/at/all.npz"))
    assert run.status == FAILED
    assert "that file is missing" in run.reason


def test_runs_queue_in_order_behind_one_that_is_stopped_and_keeps_what_it_learned(
    service: Service,
) -> None:
    running = service.start(epochs=1000)
    service.epochs(running, 2)

    def start(_: int) -> str | None:
        try:
            return service.start(epochs=1)
        except StoreError:
            return None

    with ThreadPoolExecutor(20) as pool:
        queued = [name for name in pool.map(start, range(20)) if name]
    assert len(queued) == MAX_QUEUED
    live = service.store.live()
    assert [run.status for run in live] == [RUNNING] + [QUEUED] * MAX_QUEUED
    order = [run.name for run in live[1:]]
    for name in order[1:]:
        service.jobs.stop(name)
    with ThreadPoolExecutor(2) as pool:
        stopping = pool.submit(service.jobs.stop, running)
        starting = pool.submit(service.start, epochs=1)
    stopping.result()

    stopped = service.ended(running)
    assert stopped.status == STOPPED
    assert stopped.test_accuracy is not None
    assert stopped.test_accuracy > 0.3
    assert 2 <= len(service.store.epochs(stopped.id)) < 1000
    assert Reader(service.home.version(running)).card["stopped"] is True

    first, second = (service.ended(name) for name in (order[0], starting.result()))
    assert first.status == second.status == FINISHED
    assert first.ended_at is not None
    assert second.started_at is not None
    assert second.started_at >= first.ended_at
    assert all(service.store.run(name).status == STOPPED for name in order[1:])

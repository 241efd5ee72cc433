"""Training runs in a real worker process: to the end, stopped, killed, diverged, out of disk."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.reading.reader import Reader
from model.service.database import StoreError
from model.service.home import Home
from model.service.jobs import Jobs
from model.service.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    LIVE,
    QUEUED,
    RUNNING,
    STOPPED,
    Run,
)
from model.service.store import MOST_QUEUED, Store

ROOT = Path(__file__).parents[2]
DIGITS = "strokes:600"
PATIENCE = 120
"""Seconds; only a test that fails waits so long."""


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
    service = Service(tmp_path_factory.mktemp("home"))
    yield service
    service.close()


def test_a_run_leaves_a_version_a_result_curves_and_logs(service: Service) -> None:
    name = service.start(epochs=3, validation_share=0.2, shift=1, rotation=5)
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


def test_stopping_keeps_what_was_learned(service: Service) -> None:
    name = service.start(epochs=1000)
    service.epochs(name, 2)
    service.jobs.stop(name)
    run = service.ended(name)
    assert run.status == STOPPED
    assert run.test_accuracy is not None
    assert run.test_accuracy > 0.3
    assert 2 <= len(service.store.epochs(run.id)) < 1000
    assert Reader(service.home.version(name)).card["stopped"] is True


def test_a_loss_that_is_no_number_is_said_and_the_next_run_starts(service: Service) -> None:
    bad = service.start(learning_rate=1e30)
    good = service.start(epochs=1)
    run = service.ended(bad)
    assert run.status == DIVERGED
    assert "try a smaller learning rate" in run.reason
    assert service.ended(good).status == FINISHED
    assert bad not in service.versions()


def test_digits_that_cannot_be_had_are_said(service: Service) -> None:
    run = service.ended(service.start(data="/nowhere/at/all.npz"))
    assert run.status == FAILED
    assert "that file is missing" in run.reason


def test_a_start_while_another_stops(service: Service) -> None:
    first = service.start(epochs=1000)
    service.epochs(first, 1)
    with ThreadPoolExecutor(2) as pool:
        stopping = pool.submit(service.jobs.stop, first)
        starting = pool.submit(service.start, epochs=1)
    stopping.result()
    assert service.ended(first).status == STOPPED
    assert service.ended(starting.result()).status == FINISHED


def test_twenty_starts_at_once_are_queued_in_order_or_refused(service: Service) -> None:
    running = service.start(epochs=1000)
    service.epochs(running, 1)

    def start(_: int) -> str | None:
        try:
            return service.start(epochs=1)
        except StoreError:
            return None

    with ThreadPoolExecutor(20) as pool:
        queued = [name for name in pool.map(start, range(20)) if name]
    assert len(queued) == MOST_QUEUED
    live = service.store.live()
    assert [run.status for run in live] == [RUNNING] + [QUEUED] * MOST_QUEUED
    order = [run.name for run in live[1:]]
    for name in order[2:]:
        service.jobs.stop(name)
    service.jobs.stop(running)
    first, second = (service.ended(name) for name in order[:2])
    assert first.status == second.status == FINISHED
    assert first.ended is not None
    assert second.started is not None
    assert second.started >= first.ended
    assert all(service.store.run(name).status == STOPPED for name in order[2:])


def test_a_killed_worker_fails_its_run_and_the_next_one_starts(service: Service) -> None:
    killed = service.start(epochs=15)
    waiting = service.start(epochs=1)
    service.epochs(killed, 3)
    before = service.worker()
    os.kill(before, signal.SIGKILL)
    run = service.ended(killed)
    assert run.status == FAILED
    assert "killed (signal 9)" in run.reason
    assert killed not in service.versions()
    assert service.ended(waiting).status == FINISHED
    assert service.worker() != before

    # What it had finished was not lost: it goes on from there.
    done = len(service.store.epochs(run.id))
    service.jobs.resume(killed)
    again = service.ended(killed)
    assert again.status == FINISHED
    epochs = service.store.epochs(run.id)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 16))
    card = Reader(service.home.version(killed)).card
    assert [epoch["epoch"] for epoch in card["history"]] == list(range(1, 16))
    assert done >= 3
    first_half = [epoch.loss for epoch in epochs[:3]]
    assert epochs[done].loss < min(first_half)


def test_a_database_that_is_locked_for_a_while_loses_nothing(service: Service) -> None:
    name = service.start(epochs=20)
    service.epochs(name, 1)
    holder = sqlite3.connect(service.home.folder / "sketchpad.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    time.sleep(7)  # longer than the store itself waits
    holder.execute("ROLLBACK")
    holder.close()
    run = service.ended(name)
    assert run.status == FINISHED
    assert [epoch.epoch for epoch in service.store.epochs(run.id)] == list(range(1, 21))


APP = """
import sys, time
from tests.service.test_jobs import Service
from pathlib import Path
if __name__ == "__main__":
    service = Service(Path(sys.argv[1]))
    name = service.start(epochs=15)
    service.start(epochs=1)
    service.epochs(name, 3)
    print(name, service.worker(), flush=True)
    time.sleep(600)
"""


def test_a_killed_app_leaves_its_run_interrupted_and_it_can_be_resumed(tmp_path: Path) -> None:
    script = tmp_path / "app_to_kill.py"
    script.write_text(APP)
    app = subprocess.Popen(
        [sys.executable, script, tmp_path / "home"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert app.stdout is not None
    name, worker = app.stdout.readline().split()
    app.kill()
    app.wait()
    store = Store.open(Home(tmp_path / "home").database)
    deadline = time.monotonic() + PATIENCE
    while store.run(name).status == RUNNING and time.monotonic() < deadline:
        time.sleep(0.1)
    run = store.run(name)
    assert run.status == INTERRUPTED
    assert "The app ended" in run.reason
    done = len(store.epochs(run.id))
    store.close()
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()

    service = Service(tmp_path / "home")
    try:
        # What waited when the app was killed is carried out without being asked again.
        assert service.ended("compact-2").status == FINISHED
        service.jobs.resume(name)
        assert service.ended(name).status == FINISHED
        assert len(service.store.epochs(run.id)) == 15 > done >= 3
        assert service.versions() == {"compact-1", "compact-2"}
    finally:
        service.close()


def test_an_app_that_ends_in_peace_parks_its_run_and_goes_on_with_it(tmp_path: Path) -> None:
    service = Service(tmp_path / "home")
    name = service.start(epochs=15)
    service.epochs(name, 3)
    asked = service.start(epochs=1)
    service.close()
    store = Store.open(Home(tmp_path / "home").database)
    run = store.run(name)
    assert (run.status, run.reason) == (QUEUED, "")
    done = len(store.epochs(run.id))
    store.close()

    service = Service(tmp_path / "home")
    try:
        assert service.ended(name).status == FINISHED
        assert len(service.store.epochs(run.id)) == 15 > done >= 3
        assert service.ended(asked).status == FINISHED
        assert service.store.run(asked).started > service.store.run(name).started  # type: ignore[operator]
    finally:
        service.close()


def test_a_full_disk_fails_the_run_with_that_reason_and_nothing_else(
    small_disk: Callable[[int], Path],
) -> None:
    service = Service(small_disk(3) / "home")  # a network fits on it, its checkpoints do not
    try:
        run = service.ended(service.start(epochs=5))
        assert run.status == FAILED
        assert run.reason == "The disk is full: make room, then resume the run."
        assert service.versions() == set()
        # The store still answers and takes the next run.
        assert service.ended(service.start(data="/nowhere.npz")).status == FAILED
    finally:
        service.close()

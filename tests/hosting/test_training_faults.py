"""Training with a killed worker or app, a full disk, a locked database: no run is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from model.reading.reader import Reader
from model.service.database.schema import FAILED, FINISHED, INTERRUPTED, QUEUED, RUNNING
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs.worker import ENDED_WITH_THE_APP
from tests.model.service.jobs.test_jobs import PATIENCE, Service
from tests.support.serving import ROOT


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with closing(Service(tmp_path_factory.mktemp("home"))) as service:
        yield service


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

    # Finished epochs were not lost: it resumes after them.
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


EPOCHS = 25
"""Of a run that is interrupted twice."""

APP = """
import sys, time
from tests.model.service.jobs.test_jobs import Service
from pathlib import Path
if __name__ == "__main__":
    service = Service(Path(sys.argv[1]))
    name = service.start(epochs=EPOCHS)
    service.start(epochs=1)
    service.epochs(name, 3)
    print(name, service.worker(), flush=True)
    time.sleep(600)
"""


def test_runs_survive_an_app_that_is_killed_and_one_that_is_shut_down(tmp_path: Path) -> None:
    script = tmp_path / "app_to_kill.py"
    script.write_text(APP.replace("EPOCHS", str(EPOCHS)))
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
    assert run.reason == ENDED_WITH_THE_APP
    done = len(store.epochs(run.id))
    assert done >= 3
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()

    with closing(Service(tmp_path / "home")) as service:
        # Runs queued when the app was killed are carried out all the same.
        assert service.ended("compact-2").status == FINISHED
        service.jobs.resume(name)
        service.epochs(name, done + 2)
        asked = service.start(epochs=1)
    run = store.run(name)
    assert (run.status, run.reason) == (QUEUED, "")
    done_in_two_apps = len(store.epochs(run.id))
    assert done + 2 <= done_in_two_apps < EPOCHS

    with closing(Service(tmp_path / "home")) as service:
        assert service.ended(name).status == FINISHED
        assert len(store.epochs(run.id)) == EPOCHS
        assert service.ended(asked).status == FINISHED
        assert store.run(asked).started_at > store.run(name).started_at  # type: ignore[operator]
        assert service.versions() == {"compact-1", "compact-2", "compact-3"}
    store.close()


def test_a_full_disk_fails_the_run_with_that_reason_and_harms_nothing_else(
    small_disk: Callable[[int], Path],
) -> None:
    # A network fits on it; its checkpoints do not.
    with closing(Service(small_disk(3) / "home")) as service:
        run = service.ended(service.start(epochs=5))
        assert run.status == FAILED
        assert run.reason == "The disk is full: make room, then resume the run."
        assert service.versions() == set()
        # The store still answers and accepts the next run.
        assert service.ended(service.start(data="/nowhere.npz")).status == FAILED

"""PostgreSQL stops, restarts or freezes: reading and training continue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from model.learning.recipes import find
from model.service.database import postgresql
from model.service.database.connection import StoreError
from model.service.database.schema import FINISHED
from model.service.database.store import Store
from tests.hosting.servers import Postgres
from tests.model.service.jobs.test_jobs import Service
from tests.support.asking import Page, until
from tests.support.digits import DIGITS
from tests.support.serving import serving

MAX_OUTAGE = postgresql.CONNECT + postgresql.ANSWER + 3
"""Seconds until an unanswered query must fail, on a busy machine."""
OUTAGE = 12.0
"""Seconds."""
WATCHERS = 60
"""Open pages that keep asking for the runs: more than the app has threads."""


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def frozen(postgres: Postgres) -> Iterator[None]:
    postgres.freeze()
    try:
        yield
    finally:
        postgres.thaw()


def took(call: Callable[[], object]) -> float:
    """Seconds until the call fails, with a message fit for visitors."""
    start = time.monotonic()
    with pytest.raises(StoreError, match="does not answer") as caught:
        call()
    assert "QueuePool" not in str(caught.value)
    return time.monotonic() - start


@pytest.mark.parametrize("fault", [stopped, frozen])
def test_a_store_reports_an_outage_in_time_and_recovers(
    postgres: Postgres, store: Store, fault: Callable[[Postgres], object]
) -> None:
    store.runs()
    with fault(postgres):  # type: ignore[attr-defined]
        assert took(store.in_use) < MAX_OUTAGE
        with ThreadPoolExecutor(20) as pool:  # more than it has connections
            assert max(pool.map(lambda _: took(store.runs), range(20))) < 2 * MAX_OUTAGE
    assert store.runs() == []
    assert store.add("compact", find("compact").settings(), "mnist", origin="page").id == 1


def test_a_writer_that_falls_silent_is_cut_off(store: Store) -> None:
    store.runs()
    silent = store._writer.connect()
    silent.exec_driver_sql("SELECT 1")  # it has its turn, and keeps it
    assert store.runs() == []  # reading goes on
    start = time.monotonic()
    with pytest.raises(StoreError, match="does not answer"):
        store.use(None)
    assert time.monotonic() - start < postgresql.STATEMENT + 3
    until(lambda: wrote(store), postgresql.IDLE + 5)
    silent.invalidate()


def wrote(store: Store) -> bool:
    try:
        store.mark_lost("nobody", "failed", "")
    except StoreError:
        return False
    return True


def test_an_app_waits_for_another_that_migrates_the_schema(
    postgres: Postgres, database: str
) -> None:
    name = database.rpartition("/")[2]
    with postgres.connect(name) as mover, ThreadPoolExecutor(1) as pool:
        mover.execute(f"SELECT pg_advisory_lock({postgresql.TURN})")
        opening = pool.submit(Store.open, database)
        with pytest.raises(TimeoutError):
            opening.result(postgresql.ANSWER + 2)  # longer than anything else is waited for
        mover.execute(f"SELECT pg_advisory_unlock({postgresql.TURN})")
        store = opening.result(30)
    assert store.runs() == []
    store.close()


def test_a_database_restart_during_training_loses_nothing(
    postgres: Postgres, database: str, tmp_path: Path
) -> None:
    service = Service(tmp_path / "home", database)
    try:
        name = service.start(epochs=20)
        service.epochs(name, 2)
        with stopped(postgres):
            time.sleep(4)
        run = service.ended(name)
        assert (run.status, run.reason) == (FINISHED, "")
        assert [epoch.epoch for epoch in service.store.epochs(run.id)] == list(range(1, 21))
        assert service.home.damage(name) == ""
    finally:
        service.close()


def test_pages_read_and_open_while_the_database_is_down_or_frozen(
    postgres: Postgres, database: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "home", None, "--database", database) as app:
        page = Page(app.url)
        assert page.ask("runs")["runs"] == []
        for fault in (stopped, frozen):
            done = threading.Event()
            with ThreadPoolExecutor(WATCHERS) as pool, fault(postgres):
                watching = [pool.submit(watch, page, done) for _ in range(WATCHERS)]
                try:
                    read, opened = draw_for(OUTAGE, page)
                finally:
                    done.set()  # or they would watch for ever
                words = {said for watcher in watching for said in watcher.result()}
            # A busy machine has its pauses; a hanging query takes longer.
            assert max(read) < postgresql.ANSWER
            assert median(read) < 0.5
            assert median(opened) < 1.5
            assert words
            assert all(said.startswith("The database does not answer") for said in words)
            assert not any(str(postgres.port) in said for said in words)
            until(lambda: "problem" not in page.ask("watch"), 10)
        page.close()


def watch(page: Page, done: threading.Event) -> set[str]:
    """The error messages of a page until it closes."""
    words = set()
    while not done.is_set():
        words.add(page.ask("watch").get("problem", ""))
        done.wait(1)
    return words


def draw_for(seconds: float, page: Page) -> tuple[list[float], list[float]]:
    """Draws and opens pages for so long; returns the seconds of each answer and each new page."""
    end = time.monotonic() + seconds
    read, opened = [], []
    while time.monotonic() < end:
        start = time.monotonic()
        assert page.ask("read_drawing", DIGITS[3])["text"] == "3"
        read.append(time.monotonic() - start)
        start = time.monotonic()
        assert page.get("").status_code == 200
        opened.append(time.monotonic() - start)
        time.sleep(0.1)
    return read, opened

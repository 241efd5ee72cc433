"""Waiting for changes: those of this process wake at once, those of others soon after."""

from __future__ import annotations

import threading
import time

from sqlalchemy import text

from model.learning.recipes import find
from model.service.database.changes import SECONDS_BETWEEN_QUERIES
from model.service.database.store import Store

MARGIN = 2.0
"""Seconds that a busy machine may add."""


def change(store: Store) -> None:
    store.add("compact", find("compact").settings(), "mnist", origin="page")


def test_changes_by_this_and_other_processes_wake_whoever_waits(
    store: Store, database: str
) -> None:
    event, other = threading.Event(), Store.open(database)
    store.changes.subscribe(event)
    assert event.wait(SECONDS_BETWEEN_QUERIES + MARGIN)  # what was missed before
    event.clear()
    assert not event.wait(2 * SECONDS_BETWEEN_QUERIES)
    change(store)
    assert event.is_set()
    assert event.wait(0)
    time.sleep(SECONDS_BETWEEN_QUERIES + 0.5)  # its own change is seen once more
    event.clear()
    change(other)
    assert event.wait(SECONDS_BETWEEN_QUERIES + MARGIN)
    event.clear()
    store.changes.unsubscribe(event)
    change(store)
    assert not event.is_set()
    other.close()


def test_an_outage_and_its_end_wake_them_too(store: Store) -> None:
    event = threading.Event()
    store.changes.subscribe(event)
    for name, new in (("revision", "away"), ("away", "revision")):
        assert event.wait(SECONDS_BETWEEN_QUERIES + MARGIN)
        with store._writer.begin() as connection:
            connection.execute(text(f"ALTER TABLE {name} RENAME TO {new}"))
        event.clear()
    assert event.wait(SECONDS_BETWEEN_QUERIES + MARGIN)


def test_there_is_no_thread_while_nobody_waits(store: Store) -> None:
    change(store)
    assert "changes" not in {thread.name for thread in threading.enumerate()}

"""Rows for tests of the store: runs that are queued or finished, and events of one."""

from __future__ import annotations

import time

from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import find
from model.service.database.schema import FINISHED
from model.service.database.store import Store

SETTINGS = find("compact").settings()
RESULT = {"accuracy": 0.9}


def add(store: Store) -> str:
    return store.add("compact", SETTINGS, "mnist", origin="page").name


def finished(store: Store, status: str = FINISHED) -> str:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    store.finish(run, status, result=RESULT)
    return name


def batch(epoch: int, number: int) -> tuple[float, BatchEvent]:
    return time.time(), BatchEvent(epoch, number, 10, 0.5, 0.8, (0.1,) * 10)


def epoch(number: int) -> tuple[float, EpochEvent]:
    return time.time(), EpochEvent(number, 0.4, 0.9, 0.5, 0.8, 1.5, False, (0.1,) * 10)

"""What ends a run beside its last epoch: another worker's claim, a visitor's time."""

from __future__ import annotations

import pytest

from model.learning.data.datasets import load
from model.learning.events import EpochEvent
from model.learning.recipes import find
from model.service.database.schema import FINISHED, STOPPED
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs import work
from model.service.jobs.recorder import Event
from model.service.jobs.work import carry_out

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


def test_a_visitors_run_stops_when_its_time_is_over_and_keeps_what_it_learned(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "VISITORS_SECONDS", 0.0)
    settings = find("compact").settings(epochs=3)
    for visitor, ends in (("f" * 32, STOPPED), ("", FINISHED)):
        store.add("compact", settings, "strokes:600", origin="page", visitor=visitor)
        run = store.claim("worker")
        assert run is not None
        # Its digits are there already: only the training is cut off.
        carry_out(run, store, home, data=load("strokes:600"))
        assert store.run(run.name).status == ends
        assert store.run(run.name).learned

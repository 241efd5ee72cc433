"""A run whose worker was taken for dead, and is not: it leaves the other one's files alone."""

from __future__ import annotations

from model.learning.events import EpochEvent
from model.learning.recipes import find
from model.service.home import Home
from model.service.store import Store
from model.service.work import Event, carry_out

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
            store.put_back(run, REASON)

    assert carry_out(run, store, home, tell=tell) is None
    assert not home.version(run.name).exists()
    assert home.can_resume(run.name)
    assert store.run(run.name).reason == REASON
    assert len(told) < 1000
    assert [epoch.epoch for epoch in store.epochs(run.id)] == [1, 2]

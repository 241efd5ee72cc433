"""Recorded events, the version in use, and the lists' revision."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from model.service.database.charts import add_events
from model.service.database.connection import StoreError
from model.service.database.schema import (
    FAILED,
    FINISHED,
)
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store
from tests.model.service.database.rows import RESULT, SETTINGS, add, batch, epoch, finished


def test_an_epoch_recorded_twice_is_kept_once(store: Store) -> None:
    add(store)
    run = store.claim("worker")
    assert run is not None
    store.record(run, "training", [epoch(1)])
    store.record(run, "training", [epoch(1)])
    assert len(store.epochs(run.id)) == 1


def test_points_of_old_epochs_are_thinned_and_the_newest_epochs_are_not(store: Store) -> None:
    add(store)
    run = store.claim("worker")
    assert run is not None
    store.record(run, "training", [batch(1, i) for i in range(1, 2001)])
    store.record(run, "training", [batch(2, i) for i in range(1, 101)])
    points = store.points(run.id)
    assert sum(point.epoch == 2 for point in points) == 100
    assert 200 < sum(point.epoch == 1 for point in points) <= 300
    later = store.points_after(run.id, points[-3].id)
    assert [point.id for point in later] == [points[-2].id, points[-1].id]
    assert points[-1].probe == [0.1] * 10


def test_runs_that_record_in_turn_keep_the_points_of_every_epoch(store: Store) -> None:
    runs = [store.run(add(store)) for _ in range(2)]
    with store._transaction() as session:
        for number, place, run in product(range(1, 4), range(1, 151), runs):
            add_events(session, run, [batch(number, place)])
    for run in runs:
        counts = Counter(point.epoch for point in store.points(run.id))
        assert counts == {1: 75, 2: 75, 3: 150}, run.name


def test_rolling_back_goes_through_earlier_versions(store: Store) -> None:
    first, second = finished(store), finished(store)
    assert store.in_use() is None
    assert store.previous() == (False, None)
    for version in (first, second, second, None, first):
        store.use(version)
    assert store.previous() == (True, None)
    assert [store.roll_back() for _ in range(4)] == [None, second, first, None]
    with pytest.raises(StoreError, match="Nothing to roll back to"):
        store.roll_back()


def test_a_version_put_in_use_by_number_is_listed_by_name(store: Store) -> None:
    name = finished(store)
    store.use("1")
    assert store.in_use() == name
    with pytest.raises(StoreError, match="is in use"):
        store.delete(name)


def test_only_runs_with_a_network_can_be_put_in_use(store: Store) -> None:
    name = add(store)
    store.claim("worker")
    store.mark_lost("worker", FAILED, "killed")
    with pytest.raises(StoreError, match="has no network that could be put in use"):
        store.use(name)
    with pytest.raises(NoSuchRunError):
        store.use("compact-99")
    assert store.in_use() is None


def test_running_runs_and_the_version_in_use_are_not_deleted(store: Store) -> None:
    used, old, running = finished(store), finished(store), add(store)
    store.claim("worker")
    store.use(old)
    store.use(used)
    with pytest.raises(StoreError, match="is in use"):
        store.delete(used)
    with pytest.raises(StoreError, match="is still running; stop it first"):
        store.delete(running)
    store.delete(old)
    assert [run.name for run in store.runs()] == [running, used]
    # Deleted versions are skipped.
    assert store.roll_back() is None


def test_the_revision_changes_with_the_lists_alone(store: Store) -> None:
    seen = [store.revision()]

    def assert_changed(what: str) -> None:
        assert store.revision() not in seen, what
        seen.append(store.revision())

    def assert_same(what: str) -> None:
        assert store.revision() == seen[-1], what

    assert store.claim("worker") is None
    assert_same("nothing to claim")
    name, other = add(store), add(store)
    assert_changed("queued")
    run = store.claim("worker")
    assert run is not None
    assert_changed("claimed")
    store.record(run, "training", [])
    assert_changed("another phase")
    store.record(run, "training", [batch(1, 1), epoch(1)])
    assert_same("a heartbeat")
    store.points(run.id), store.runs(), store.live(), store.in_use(), store.counts()
    assert_same("reading")
    store.requeue(run, "lost")
    assert_changed("queued again")
    run = store.claim("worker", run.id)
    assert run is not None
    store.request_stop(name)
    assert_changed("asked to stop")
    store.finish(run, FINISHED, result=RESULT)
    assert_changed("finished")
    store.use(name)
    assert_changed("in use")
    store.roll_back()
    assert_changed("rolled back")
    store.request_stop(other)
    assert_changed("taken out of the queue")
    store.mark_files_deleted(name)
    assert_changed("files deleted")
    store.delete(name)
    store.delete(other)
    assert_changed("deleted")


def test_the_best_run_is_of_those_on_the_same_digits(store: Store) -> None:
    names = []
    for data, accuracy in (("strokes:60", 0.8), ("mnist", 0.9), ("strokes:60", 0.85), ("mnist", 1)):
        names.append(store.add("compact", SETTINGS, data, origin="page").name)
        run = store.claim("worker")
        assert run is not None
        store.finish(run, FINISHED, result={"accuracy": accuracy})
    store.add("compact", SETTINGS, "strokes:60", origin="page")  # without a result
    best = store.best("strokes:60")
    assert best is not None
    assert best.name == names[2]
    assert store.best("strokes:90") is None

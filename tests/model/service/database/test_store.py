"""The store on a real database: the queue, durations, and which run is shown."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from model.service.database.connection import StoreError
from model.service.database.quota import MAX_QUEUED, QueueFullError
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    PAUSED,
    QUEUED,
    RUNNING,
    STOPPED,
)
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store
from tests.model.service.database.rows import RESULT, SETTINGS, add, batch, epoch, finished

HOUR = 3600.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The store's time of day, which a test can set."""
    clock = SimpleNamespace(now=time.time())
    for module in ("store", "lists"):
        monkeypatch.setattr(
            f"model.service.database.{module}.time", SimpleNamespace(time=lambda: clock.now)
        )
    return clock


# ---- the queue


def test_runs_are_claimed_in_the_order_of_their_arrival(store: Store) -> None:
    names = [add(store) for _ in range(4)]
    claimed = [store.claim("worker") for _ in range(5)]
    assert [run.name for run in claimed if run] == names
    assert claimed[4] is None
    assert all(run.status == RUNNING for run in store.runs())


def test_many_workers_never_claim_the_same_run(store: Store) -> None:
    names = {add(store) for _ in range(MAX_QUEUED)}
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda i: store.claim(f"worker {i}"), range(2 * MAX_QUEUED)))
    taken = [run.name for run in claimed if run]
    assert len(taken) == len(set(taken)) == MAX_QUEUED
    assert set(taken) == names


def test_twenty_starts_at_once_fill_the_queue_and_no_more(store: Store) -> None:
    def start(_: int) -> str | QueueFullError:
        try:
            return add(store)
        except QueueFullError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        started = list(pool.map(start, range(20)))
    refused = [each for each in started if isinstance(each, QueueFullError)]
    assert len(refused) == 20 - MAX_QUEUED
    assert "Start this one when" in str(refused[0])
    assert len(store.live()) == MAX_QUEUED


def test_one_network_gets_only_some_of_the_visitors_places(store: Store) -> None:
    def start(visitor: str) -> None:
        store.add("compact", SETTINGS, "mnist", origin="visitor", visitor=visitor)

    start("a@home")
    with pytest.raises(QueueFullError, match="You have a run already"):
        start("a@elsewhere")
    start("b@home")
    start("c@home")
    with pytest.raises(QueueFullError, match="from your network"):
        start("d@home")
    start("d@elsewhere")


def test_stopping_a_queued_run_takes_it_out_of_the_queue(store: Store) -> None:
    first, second = add(store), add(store)
    store.request_stop(first)
    assert store.run(first).status == STOPPED
    claimed = store.claim("worker")
    assert claimed is not None
    assert claimed.name == second


def test_a_running_run_learns_of_a_stop_when_it_next_records(store: Store) -> None:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    assert store.record(run, "training", [batch(1, 1)]) is False
    store.request_stop(name)
    assert store.record(run, "training", []) is True


def test_a_pause_is_a_stop_until_a_stop_follows_it(store: Store) -> None:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    store.request_stop(name, pause=True)
    assert store.run(name).pause_requested
    assert store.record(run, "training", []) is True
    store.request_stop(name)
    assert not store.run(name).pause_requested
    store.request_stop(name, pause=True)  # too late: it is being tested and saved already
    assert not store.run(name).pause_requested
    store.finish(run, PAUSED)
    store.resume(name)
    assert not store.run(name).stop_requested


def test_a_stopped_run_can_be_resumed_unless_its_network_is_in_use(store: Store) -> None:
    with pytest.raises(StoreError, match="did not end early"):
        store.resume(finished(store))
    name = finished(store, status=STOPPED)
    store.use(name)
    with pytest.raises(StoreError, match="is live"):
        store.resume(name)
    store.use(None)
    store.resume(name)
    run = store.run(name)
    assert (run.status, run.learned) == (QUEUED, False)
    assert store.previous() == (True, None)  # a rollback does not bring back what is replaced


def test_an_ended_run_stays_ended(store: Store) -> None:
    finished_name = finished(store)
    store.mark_lost("worker", FAILED, "killed")
    store.request_stop(finished_name)
    run = store.run(finished_name)
    store.finish(run, DIVERGED, "too late")
    assert (store.run(finished_name).status, store.run(finished_name).reason) == (FINISHED, "")


def test_a_lost_worker_ends_only_its_own_run(store: Store) -> None:
    lost, other = add(store), add(store)
    store.claim("lost")
    store.claim("other")
    store.mark_lost("lost", FAILED, "killed")
    assert (store.run(lost).status, store.run(lost).reason) == (FAILED, "killed")
    assert store.run(other).status == RUNNING


def test_a_worker_marked_lost_can_record_nothing_more(store: Store) -> None:
    name = add(store)
    lost = store.claim("lost")
    assert lost is not None
    store.mark_lost("lost", INTERRUPTED, "silent")
    assert store.record(lost, "training", [epoch(1)]) is None
    store.resume(name)
    again = store.claim("another")
    assert again is not None
    assert store.record(lost, "training", [epoch(1)]) is None
    store.finish(lost, FINISHED, result=RESULT)
    assert store.run(name).status == RUNNING
    assert store.epochs(lost.id) == []
    assert store.record(again, "training", [epoch(1)]) is False


def test_a_resumed_run_queues_behind_the_others_and_can_be_taken_out_again(store: Store) -> None:
    first = add(store)
    store.claim("worker")
    store.mark_lost("worker", INTERRUPTED, "the app ended")
    second = add(store)
    store.resume(first)
    assert [run.name for run in store.live()] == [second, first]
    store.request_stop(first)
    assert store.run(first).status == STOPPED
    store.resume(first)
    assert [store.claim("w").name for _ in range(2)] == [second, first]  # type: ignore[union-attr]


def test_the_pause_before_a_resume_does_not_count_towards_the_duration(store: Store) -> None:
    name = add(store)
    store.claim("worker")
    time.sleep(0.2)
    store.mark_lost("worker", INTERRUPTED, "the app ended")
    spent = store.run(name).seconds
    assert spent is not None
    time.sleep(0.5)
    store.resume(name)
    run = store.claim("worker")
    assert run is not None
    store.finish(run, FINISHED, result=RESULT)
    seconds = store.run(name).seconds
    assert seconds is not None
    assert spent <= seconds < spent + 0.4


def test_durations_are_never_negative_after_the_clock_was_set_back(
    store: Store, clock: SimpleNamespace
) -> None:
    name = add(store)
    for end in (INTERRUPTED, FAILED):
        store.claim("worker")
        clock.now -= HOUR
        store.mark_lost("worker", end, "its machine was lost")
        assert store.run(name).seconds == 0
        store.resume(name)
    store.claim("worker")
    clock.now -= HOUR
    store.requeue_on_shutdown("worker")
    run = store.claim("worker")
    assert run is not None
    clock.now += 3
    store.finish(run, FINISHED, result=RESULT)
    assert store.run(name).seconds == pytest.approx(3)


def test_after_the_clock_was_set_back_a_runs_duration_is_its_training_time(
    store: Store, clock: SimpleNamespace
) -> None:
    name = add(store)
    store.claim("worker")
    clock.now += 10
    store.mark_lost("worker", INTERRUPTED, "the app ended")
    store.resume(name)
    run = store.claim("worker")
    assert run is not None
    clock.now -= HOUR
    store.finish(run, FINISHED, result=RESULT | {"seconds": 25.0})  # with its earlier part
    assert store.run(name).seconds == pytest.approx(25)


def test_resuming_queues_an_interrupted_run_and_forgets_its_unfinished_epoch(store: Store) -> None:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    store.record(run, "training", [batch(1, 5), epoch(1), batch(2, 3)])
    store.mark_lost("worker", INTERRUPTED, "the app ended")
    store.resume(name)
    assert store.run(name).status == QUEUED
    with pytest.raises(StoreError, match="nothing to resume"):
        store.resume(name)
    again = store.claim("another")
    assert again is not None
    assert again.name == name
    newest = store.points(run.id)[-1].id
    store.forget_after(again, 1)
    assert [point.epoch for point in store.points(run.id)] == [1]
    assert [each.epoch for each in store.epochs(run.id)] == [1]
    # Pages ask for points newer than theirs: numbers are not reused.
    store.record(again, "training", [batch(2, 1)])
    assert [point.id for point in store.points_after(run.id, newest)] == [newest + 1]


# ---- the run shown


def test_the_run_shown_is_the_running_one_or_else_the_latest(store: Store) -> None:
    assert store.latest() is None
    waiting = add(store)
    latest = store.latest()
    assert latest is not None
    assert latest.name == waiting
    run = store.claim("worker")
    assert run is not None
    second = add(store)
    assert store.latest().name == waiting  # type: ignore[union-attr]
    store.finish(run, FINISHED, result=RESULT)
    store.claim("worker")
    assert store.latest().name == second  # type: ignore[union-attr]


def test_after_the_clock_was_set_back_the_run_shown_is_the_one_added_last(
    store: Store, clock: SimpleNamespace
) -> None:
    finished(store)
    clock.now += 60
    last = finished(store)
    clock.now -= 5 * HOUR
    assert store.latest().name == last  # type: ignore[union-attr]
    newest = finished(store)
    assert store.latest().name == newest  # type: ignore[union-attr]
    add(store)
    assert store.latest().name == newest  # type: ignore[union-attr]


def test_unknown_names_are_refused(store: Store) -> None:
    add(store)
    names = ("", "compact-99", "classic-1", "99", "-1", "compact-", "../x-1", "compact-1e3", "१")
    for name in names:
        with pytest.raises(NoSuchRunError, match="There is no run"):
            pytest.fail(f"{name!r} is {store.run(name).name}")


def test_runs_go_by_number_too_and_numbers_are_never_reused(store: Store) -> None:
    name = finished(store)
    assert store.run("1").name == name
    store.delete(name)
    assert finished(store) == "compact-2"


def test_a_requeued_run_keeps_its_place_and_its_records(store: Store) -> None:
    first, second = add(store), add(store)
    lost = store.claim("lost")
    assert lost is not None
    assert lost.name == first
    store.record(lost, "training", [epoch(1)])
    store.requeue(lost, "Its machine was lost.")
    run = store.run(first)
    assert (run.status, run.reason, run.worker) == (QUEUED, "Its machine was lost.", "lost")
    assert [waits.name for waits in store.live()] == [first, second]
    assert len(store.epochs(run.id)) == 1
    assert store.record(lost, "training", [epoch(2)]) is None
    store.requeue(lost, "again")
    assert store.run(first).reason == "Its machine was lost."
    again = store.claim("another", run.id)
    assert again is not None
    assert (again.reason, again.ended_at) == ("", None)
    assert again.earlier_seconds >= 0


def test_a_run_that_is_stopping_or_has_ended_is_not_requeued(store: Store) -> None:
    stopping, ended = add(store), add(store)
    for name in (stopping, ended):
        run = store.claim("worker", store.run(name).id)
        assert run is not None
        if name == stopping:
            store.request_stop(name)
        else:
            store.finish(run, FINISHED, result=RESULT)
        store.requeue(run, "lost")
    assert [store.run(name).status for name in (stopping, ended)] == [RUNNING, FINISHED]


def test_a_single_run_is_claimed_once(store: Store) -> None:
    _, second = add(store), add(store)
    number = store.run(second).id
    claimed = store.claim("worker", number)
    assert claimed is not None
    assert claimed.name == second
    assert store.claim("another", number) is None

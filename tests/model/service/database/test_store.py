"""The store on a real database: the queue, what runs told, which version is in use."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import find
from model.service.database.charts import add_events
from model.service.database.connection import SCHEMA, StoreError, engine_of
from model.service.database.migrations.upgrade import config, upgrade
from model.service.database.quota import MAX_QUEUED, QueueFullError
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    QUEUED,
    RUNNING,
    STOPPED,
    Base,
)
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store

ROOT = Path(__file__).parents[4]
SETTINGS = find("compact").settings()
RESULT = {"accuracy": 0.9}
HOUR = 3600.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time of day, as the store sees it: it can be set."""
    clock = SimpleNamespace(now=time.time())
    for module in ("store", "lists"):
        monkeypatch.setattr(
            f"model.service.database.{module}.time", SimpleNamespace(time=lambda: clock.now)
        )
    return clock


def add(store: Store) -> str:
    return store.add("compact", SETTINGS, "mnist", origin="page").name


def finished(store: Store) -> str:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    store.finish(run, FINISHED, result=RESULT)
    return name


def batch(epoch: int, number: int) -> tuple[float, BatchEvent]:
    return time.time(), BatchEvent(epoch, number, 10, 0.5, 0.8, (0.1,) * 10)


def epoch(number: int) -> tuple[float, EpochEvent]:
    return time.time(), EpochEvent(number, 0.4, 0.9, 0.5, 0.8, 1.5, False, (0.1,) * 10)


# ---- the queue


def test_runs_are_claimed_in_the_order_in_which_they_came(store: Store) -> None:
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


def test_one_network_holds_only_some_of_the_visitors_places(store: Store) -> None:
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


def test_a_run_that_waits_is_taken_out_of_the_queue_by_a_stop(store: Store) -> None:
    first, second = add(store), add(store)
    store.request_stop(first)
    assert store.run(first).status == STOPPED
    claimed = store.claim("worker")
    assert claimed is not None
    assert claimed.name == second


def test_a_run_that_runs_hears_of_a_stop_with_its_next_record(store: Store) -> None:
    name = add(store)
    run = store.claim("worker")
    assert run is not None
    assert store.record(run, "training", [batch(1, 1)]) is False
    store.request_stop(name)
    assert store.record(run, "training", []) is True


def test_an_end_is_the_end(store: Store) -> None:
    finished_name = finished(store)
    store.mark_lost("worker", FAILED, "killed")
    store.request_stop(finished_name)
    run = store.run(finished_name)
    store.finish(run, DIVERGED, "too late")
    assert (store.run(finished_name).status, store.run(finished_name).reason) == (FINISHED, "")


def test_a_lost_worker_ends_its_run_only(store: Store) -> None:
    lost, other = add(store), add(store)
    store.claim("lost")
    store.claim("other")
    store.mark_lost("lost", FAILED, "killed")
    assert (store.run(lost).status, store.run(lost).reason) == (FAILED, "killed")
    assert store.run(other).status == RUNNING


def test_a_worker_that_was_taken_for_lost_has_no_say_any_more(store: Store) -> None:
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


def test_a_resumed_run_waits_behind_the_others_and_can_be_taken_out_again(store: Store) -> None:
    first = add(store)
    store.claim("worker")
    store.mark_lost("worker", INTERRUPTED, "the app ended")
    second = add(store)
    store.resume(first)
    assert [run.name for run in store.live()] == [second, first]
    store.request_stop(first)
    assert store.run(first).status == INTERRUPTED
    store.resume(first)
    assert [store.claim("w").name for _ in range(2)] == [second, first]  # type: ignore[union-attr]


def test_the_pause_before_a_resume_is_no_part_of_a_runs_duration(store: Store) -> None:
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


def test_no_duration_is_negative_where_the_clock_was_set_back(
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


def test_a_run_lasted_as_long_as_it_learned_where_the_clock_was_set_back(
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


def test_resuming_queues_what_was_cut_off_and_forgets_the_unfinished_epoch(store: Store) -> None:
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
    # A page asks for what is newer than what it has: numbers are not used again.
    store.record(again, "training", [batch(2, 1)])
    assert [point.id for point in store.points_after(run.id, newest)] == [newest + 1]


def test_an_epoch_that_is_told_twice_is_kept_once(store: Store) -> None:
    add(store)
    run = store.claim("worker")
    assert run is not None
    store.record(run, "training", [epoch(1)])
    store.record(run, "training", [epoch(1)])
    assert len(store.epochs(run.id)) == 1


# ---- what is shown


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


def test_the_run_on_show_is_the_one_that_runs_else_the_one_that_began_last(store: Store) -> None:
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


def test_where_the_clock_was_set_back_the_run_on_show_is_the_one_added_last(
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


def test_a_name_of_no_run_is_refused(store: Store) -> None:
    add(store)
    names = ("", "compact-99", "classic-1", "99", "-1", "compact-", "../x-1", "compact-1e3", "१")
    for name in names:
        with pytest.raises(NoSuchRunError, match="There is no run"):
            pytest.fail(f"{name!r} is {store.run(name).name}")


def test_a_number_is_a_name_and_is_never_given_twice(store: Store) -> None:
    name = finished(store)
    assert store.run("1").name == name
    store.delete(name)
    assert finished(store) == "compact-2"


# ---- which version is in use


def test_roll_back_goes_back_through_what_was_in_use(store: Store) -> None:
    first, second = finished(store), finished(store)
    assert store.in_use() is None
    assert store.previous() == (False, None)
    for version in (first, second, second, None, first):
        store.use(version)
    assert store.previous() == (True, None)
    assert [store.roll_back() for _ in range(4)] == [None, second, first, None]
    with pytest.raises(StoreError, match="Nothing to roll back to"):
        store.roll_back()


def test_a_version_that_was_put_in_use_by_its_number_is_in_use_by_its_name(store: Store) -> None:
    name = finished(store)
    store.use("1")
    assert store.in_use() == name
    with pytest.raises(StoreError, match="is in use"):
        store.delete(name)


def test_only_what_learned_something_is_put_in_use(store: Store) -> None:
    name = add(store)
    store.claim("worker")
    store.mark_lost("worker", FAILED, "killed")
    with pytest.raises(StoreError, match="has no network that could be put in use"):
        store.use(name)
    with pytest.raises(NoSuchRunError):
        store.use("compact-99")
    assert store.in_use() is None


def test_what_is_in_use_or_goes_on_is_not_deleted(store: Store) -> None:
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
    # What was deleted is not rolled back to.
    assert store.roll_back() is None


# ---- the database itself


def test_the_migrations_make_what_the_code_expects(store: Store) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_schema_named_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [SCHEMA]


OLD_ROWS = (
    "INSERT INTO runs (recipe, settings, data, origin, status, phase, reason, created, queued, "
    "started, ended, before, worker, beat, stop, drawing, test_accuracy, result) VALUES "
    "('compact', '{}', 'mnist', 'page', 'finished', '', 'why', 1.5, 2.5, 3.5, 8.5, 4.5, 'w', 7, "
    "false, NULL, 0.9, '{}'), "
    "('classic', '{}', 'mnist', 'page', 'running', 'training', '', 1.5, 2.5, 3.5, NULL, 0.0, 'w', "
    "3, true, NULL, NULL, NULL)",
    "INSERT INTO epochs (run_id, epoch, loss, accuracy, seconds, partial) VALUES "
    "(1, 1, 0.5, 0.8, 2.0, false)",
    "INSERT INTO points (run_id, epoch, batch, batches, loss, accuracy, at) VALUES "
    "(2, 1, 5, 10, 0.5, 0.8, 4.0)",
    "INSERT INTO uses (version, at, undone) VALUES ('compact-1', 9.0, false)",
)


def test_older_databases_are_moved_forward_with_all_that_is_in_them(database: str) -> None:
    engine = engine_of(database)
    with engine.execution_options(writes=True).begin() as connection:
        upgrade(connection, "0001")
        for statement in OLD_ROWS:
            connection.execute(text(statement))
        upgrade(connection, "0002")
        connection.execute(text("UPDATE runs SET cleared = true, visitor = 'a@b' WHERE id = 1"))
    engine.dispose()
    store = Store.open(database)
    running, ended = store.runs()
    assert (ended.name, ended.created_at, ended.queued_at) == ("compact-1", 1.5, 2.5)
    assert (ended.started_at, ended.ended_at, ended.earlier_seconds) == (3.5, 8.5, 4.5)
    assert (ended.heartbeat, ended.stop_requested, ended.files_deleted) == (7, False, True)
    assert (ended.reason, ended.visitor, ended.test_accuracy) == ("why", "a@b", 0.9)
    assert (running.name, running.stop_requested, running.heartbeat) == ("classic-2", True, 3)
    assert not running.files_deleted
    assert [epoch.loss for epoch in store.epochs(ended.id)] == [0.5]
    assert [point.batch for point in store.points(running.id)] == [5]
    assert store.in_use() == "compact-1"
    assert store.revision() == 1
    # Numbers go on where they were.
    assert add(store) == "compact-3"
    store.close()


def test_the_revision_changes_with_every_list_and_with_nothing_else(store: Store) -> None:
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


def test_a_database_of_a_newer_app_is_left_alone(database: str, store: Store) -> None:
    finished(store)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version of the app .*9999"):
        Store.open(database)
    with store._engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    assert [run.name for run in store.runs()] == ["compact-1"]


def test_many_processes_may_make_the_database_at_once(database: str) -> None:
    code = f"from model.service.database.store import Store; Store.open({database!r}).runs()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()


def test_a_run_that_is_put_back_keeps_its_place_and_what_it_told(store: Store) -> None:
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


def test_a_run_that_shall_stop_or_has_ended_is_not_put_back(store: Store) -> None:
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


def test_one_run_alone_is_claimed_once(store: Store) -> None:
    _, second = add(store), add(store)
    number = store.run(second).id
    claimed = store.claim("worker", number)
    assert claimed is not None
    assert claimed.name == second
    assert store.claim("another", number) is None

"""The dispatcher's decisions, with a cluster that is just a set of names."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from model.learning.recipes import find
from model.service.database.schema import FAILED, INTERRUPTED, QUEUED, RUNNING, STOPPED, Run
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs import cluster, cluster_task
from model.service.jobs.cluster import ClusterError, check_usable
from model.service.jobs.dispatcher import (
    IDLE,
    MAX_ATTEMPTS,
    MAX_SENT,
    SILENT,
    SILENT_WHEN_STOPPED,
    Dispatcher,
)
from model.service.jobs.jobs import Jobs


class Cluster:
    """Tasks that do nothing; the test acts for them."""

    def __init__(self, store: Store, scope: str = "here") -> None:
        self.store, self.scope = store, scope
        self.names: set[str] = set()
        self.sent: list[str] = []
        self.now = 0.0

    def tasks(self) -> set[str]:
        return set(self.names)

    def start(self, run: str) -> None:
        self.names.add(run)
        self.sent.append(run)

    def kill(self, run: str) -> None:
        self.names.discard(run)

    def begin(self, name: str) -> Run:
        """What `cluster_task.carry_out` does first."""
        run = self.store.run(name)
        worker = cluster_task.token(self.scope, cluster_task.attempt_of(run.worker) + 1)
        begun = self.store.claim(worker, run.id)
        assert begun is not None
        return begun


@pytest.fixture
def tasks(store: Store) -> Cluster:
    return Cluster(store)


@pytest.fixture
def dispatcher(store: Store, tasks: Cluster) -> Dispatcher:
    return Dispatcher(store, tasks, now=lambda: tasks.now)


def add(store: Store) -> str:
    recipe = find("compact")
    return store.add("compact", recipe.settings(), "strokes:600", origin="page").name


def begun(store: Store, tasks: Cluster, dispatcher: Dispatcher) -> Run:
    """A run whose task has started."""
    name = add(store)
    dispatcher.reconcile()
    return tasks.begin(name)


def test_each_queued_run_is_sent_once(store: Store, tasks: Cluster, dispatcher: Dispatcher) -> None:
    names = [add(store) for _ in range(3)]
    dispatcher.reconcile()
    tasks.begin(names[0])
    dispatcher.reconcile()
    Dispatcher(store, tasks).reconcile()  # another copy of the app
    assert tasks.sent == names


def test_a_run_whose_task_is_gone_is_requeued_until_it_was_lost_too_often(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = add(store)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        dispatcher.reconcile()
        assert cluster_task.attempt_of(tasks.begin(name).worker) == attempt
        tasks.kill(name)
        assert store.run(name).status == RUNNING
        dispatcher.reconcile()
        if attempt < MAX_ATTEMPTS:
            assert store.run(name).status == QUEUED
            assert "resume it after its last finished epoch" in store.run(name).reason
    run = store.run(name)
    assert (run.status, run.reason) == (FAILED, f"Its machine was lost {MAX_ATTEMPTS} times.")
    # Resumed by a person, it has all its attempts again.
    store.resume(name)
    dispatcher.reconcile()
    assert cluster_task.attempt_of(tasks.begin(name).worker) == 1


def test_a_run_of_another_cluster_is_requeued_only_when_it_falls_silent(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = add(store)
    there = Cluster(store, scope="there")
    there.begin(name)
    dispatcher.reconcile()
    assert store.run(name).status == RUNNING
    tasks.now = SILENT + 1
    dispatcher.reconcile()
    assert store.run(name).status == QUEUED


def test_a_silent_task_is_killed_and_its_run_requeued(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    run = begun(store, tasks, dispatcher)
    name = run.name
    dispatcher.reconcile()
    tasks.now = SILENT - 1
    store.record(run, "training", [])
    dispatcher.reconcile()
    tasks.now = 2 * SILENT - 2
    dispatcher.reconcile()
    assert store.run(name).status == RUNNING
    tasks.now = 2 * SILENT
    dispatcher.reconcile()
    assert store.run(name).status == QUEUED
    assert tasks.names == set()
    assert store.record(run, "training", []) is None


def test_a_task_that_ignores_a_stop_is_killed(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = begun(store, tasks, dispatcher).name
    store.request_stop(name)
    dispatcher.reconcile()
    assert store.run(name).status == RUNNING
    tasks.now = SILENT_WHEN_STOPPED + 1
    dispatcher.reconcile()
    run = store.run(name)
    assert run.status == INTERRUPTED
    assert "did not react to the request to stop" in run.reason
    assert tasks.names == set()


def test_a_run_whose_machine_is_lost_while_it_stops_is_interrupted(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = begun(store, tasks, dispatcher).name
    store.request_stop(name)
    tasks.kill(name)
    dispatcher.reconcile()
    assert store.run(name).status == INTERRUPTED


def test_the_task_of_a_run_taken_out_of_the_queue_is_killed(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = add(store)
    dispatcher.reconcile()
    store.request_stop(name)
    assert store.run(name).status == STOPPED
    dispatcher.reconcile()
    assert tasks.names == {name}
    tasks.now = IDLE + 1
    dispatcher.reconcile()
    assert tasks.names == set()


def test_tasks_that_keep_ending_before_they_begin_fail_their_run(
    store: Store, tasks: Cluster, dispatcher: Dispatcher
) -> None:
    name = add(store)
    for _ in range(MAX_SENT + 1):
        dispatcher.reconcile()
        tasks.kill(name)
    run = store.run(name)
    assert run.status == FAILED
    assert f"Its task ended {MAX_SENT} times before it began" in run.reason
    assert len(tasks.sent) == MAX_SENT


def test_tokens_of_other_workers_have_no_scope_and_no_attempts() -> None:
    for worker in ("", "host/12/abc", "ray:x:1", "ray:../x:1:ab", "ray:here:-1:a"):
        assert cluster_task.scope_of(worker) == "", worker
        assert cluster_task.attempt_of(worker) == 0, worker


def test_invalid_addresses_and_a_missing_ray_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("", "local", "host", "http://host:1", "host:1/x", "ray://host"):
        with pytest.raises(ClusterError, match="--cluster takes HOST:PORT"):
            check_usable(address)
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda _: None)
    for address in ("auto", "host:6379", "ray://host:10001", "[::1]:6379"):
        with pytest.raises(ClusterError, match=r"pip install -r requirements-cluster\.txt"):
            check_usable(address)


def test_a_cluster_that_does_not_answer_is_reported_with_its_address(tmp_path: Path) -> None:
    for address in ("127.0.0.1:9", "127.0.0.1:99999", "ray://127.0.0.1:9"):
        with pytest.raises(ClusterError, match=f"{address}: "):
            pytest.fail(f"{address}: {cluster.Cluster.connect(address, 'sqlite://', tmp_path)}")


def test_while_the_cluster_does_not_answer_runs_wait_and_the_reason_is_shown(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "model.service.jobs.jobs.check_usable", lambda _: None
    )  # Ray may be missing
    jobs = Jobs(store, home, home.database, "127.0.0.1:9")
    try:
        name = jobs.submit("compact", {}, "strokes:600").name
        deadline = time.monotonic() + 120
        while not jobs.trouble and time.monotonic() < deadline:
            time.sleep(0.1)
        assert jobs.trouble.startswith("The cluster does not answer")
        time.sleep(3)  # a few more tries
        assert store.run(name).status == QUEUED
        assert jobs.trouble
    finally:
        jobs.close()

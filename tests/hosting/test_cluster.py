"""Training on a Ray cluster of two nodes: in parallel, with a node or the app killed, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from model.reading.reader import Reader
from model.service.database.schema import FINISHED, LIVE, QUEUED, RUNNING, STOPPED, Run
from model.service.jobs import cluster_task
from tests.hosting.processes import children
from tests.model.service.jobs import test_jobs
from tests.model.service.jobs.test_jobs import DIGITS
from tests.support.serving import ROOT

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="pip install -r requirements-cluster.txt"
)

EPOCHS = 30
"""Enough that a quiet machine is still training when something happens to it."""


class Service(test_jobs.Service):
    """Waits longer: a task starts a process, and a dead node is noticed after ten seconds."""

    patience = 400


class Nodes:
    """A head node and more nodes of one core each, all on this machine."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        small: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100_000_000}
        self._small = small
        self._cluster = Cluster(
            initialize_head=True, head_node_args=small | {"include_dashboard": False}
        )
        self.address: str = self._cluster.address

    def add(self) -> Any:
        return self._cluster.add_node(**self._small)

    def kill(self, node: Any) -> None:
        """As if the machine had been switched off: its tasks' processes die with it."""
        raylet = node.all_processes["raylet"][0].process.pid
        for process in (raylet, *children(raylet)):
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    nodes = Nodes()
    yield nodes
    nodes.close()


@pytest.fixture
def service(nodes: Nodes, tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "home", cluster=nodes.address)
    yield service
    for run in service.store.live():
        service.jobs.stop(run.name)
    for run in service.store.live():
        service.ended(run.name)
    service.close()


def attempt(service: Service, name: str) -> int:
    return cluster_task.attempt_of(service.store.run(name).worker)


def is_whole(service: Service, name: str, epochs: int) -> bool:
    """Whether each epoch and each point was recorded exactly once."""
    run = service.store.run(name)
    points = [(point.epoch, point.batch) for point in service.store.points(run.id)]
    history = Reader(service.home.version(name)).card["history"]
    expected = list(range(1, epochs + 1))
    assert [epoch.epoch for epoch in service.store.epochs(run.id)] == expected
    assert [epoch["epoch"] for epoch in history] == expected
    assert len(points) == len(set(points))
    return True


def test_a_killed_nodes_run_resumes_after_its_last_epoch_on_the_other(
    nodes: Nodes, service: Service
) -> None:
    node = nodes.add()
    names = [service.start(epochs=EPOCHS, seed=seed) for seed in (1, 2)]
    for name in names:
        service.epochs(name, 3)
    # In parallel: both have started, neither has ended.
    runs = [service.store.run(name) for name in names]
    assert [run.status for run in runs] == [RUNNING, RUNNING]
    killed = time.time()
    nodes.kill(node)
    service.until(
        names[0],
        lambda _: any(
            attempt(service, name) == 1 and service.store.run(name).status == QUEUED
            for name in names
        ),
    )
    lost = next(name for name in names if service.store.run(name).status == QUEUED)
    done = len(service.store.epochs(service.store.run(lost).id))
    assert done >= 3
    assert "lost" in service.store.run(lost).reason
    assert [service.ended(name).status for name in names] == [FINISHED, FINISHED]
    assert sorted(attempt(service, name) for name in names) == [1, 2]
    assert attempt(service, lost) == 2
    assert all(is_whole(service, name, EPOCHS) for name in names)
    # It did not start again: its first record is older than the kill.
    assert service.store.points(service.store.run(lost).id)[0].at < killed


def test_stopping_keeps_what_was_learned_and_takes_runs_out_of_the_queue(
    nodes: Nodes, service: Service
) -> None:
    running, waiting = service.start(epochs=1000), service.start(epochs=1000)
    service.until(
        running,
        lambda _: RUNNING in {service.store.run(name).status for name in (running, waiting)},
    )
    if service.store.run(waiting).status == RUNNING:
        running, waiting = waiting, running
    service.epochs(running, 2)
    service.jobs.stop(waiting)
    assert service.store.run(waiting).status == STOPPED
    service.jobs.stop(running)
    run = service.ended(running)
    assert run.status == STOPPED
    assert run.test_accuracy is not None
    assert Reader(service.home.version(running)).card["stopped"] is True
    # The core is free again.
    assert service.ended(service.start(epochs=1)).status == FINISHED
    assert service.store.run(waiting).status == STOPPED
    service.jobs.close()
    assert tasks_left(nodes, service) == "set()", "a task outlives its run"


def tasks_left(nodes: Nodes, service: Service) -> str:
    """The cluster's tasks once all have ended by themselves, or after a minute."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from model.service.jobs.cluster import Cluster\n"
        "tasks = Cluster.connect(sys.argv[1], sys.argv[2], Path()).tasks\n"
        "deadline = time.monotonic() + 60\n"
        "while tasks() and time.monotonic() < deadline: time.sleep(0.2)\n"
        "print(tasks())\n"
    )
    asked = [sys.executable, "-c", script, nodes.address, service.home.database]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def overlap(one: Run, other: Run) -> bool:
    """Whether both trained at the same time."""
    began, ended = (
        [one.started_at or 0, other.started_at or 0],
        [one.ended_at or 0, other.ended_at or 0],
    )
    return max(began) < min(ended)


APP = """
import sys, time
from pathlib import Path
from tests.model.service.jobs.test_jobs import Service
if __name__ == "__main__":
    service = Service(Path(sys.argv[1]), cluster=sys.argv[2])
    name = service.start(epochs=int(sys.argv[3]))
    service.epochs(name, 2)
    print(name, flush=True)
    time.sleep(600)
"""


def test_a_killed_apps_run_continues_and_two_new_copies_do_not_double_it(
    nodes: Nodes, tmp_path: Path
) -> None:
    script = tmp_path / "app_to_kill.py"
    script.write_text(APP)
    home = tmp_path / "home"
    app = subprocess.Popen(
        [sys.executable, script, home, nodes.address, str(EPOCHS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert app.stdout is not None
    name = app.stdout.readline().strip()
    app.kill()
    app.wait()
    copies = [Service(home, cluster=nodes.address) for _ in range(2)]
    try:
        one, other = copies
        run = one.store.run(name)
        assert run.status == RUNNING
        known = len(one.store.epochs(run.id))
        one.epochs(name, known + 2)
        more = [copy.start(epochs=2) for copy in copies]
        assert [one.ended(name).status for name in (name, *more)] == [FINISHED] * 3
        assert [attempt(other, name) for name in (name, *more)] == [1] * 3
        assert is_whole(other, name, EPOCHS)
    finally:
        for copy in copies:
            copy.close()


def test_sweep_trains_side_by_side_and_ctrl_c_leaves_its_runs_running(
    nodes: Nodes, tmp_path: Path
) -> None:
    node = nodes.add()
    service = Service(tmp_path / "home", cluster=nodes.address)
    try:
        sweep = [sys.executable, "-m", "model", "sweep", "--home", str(tmp_path / "home")]
        chosen = ["--recipe", "compact", "--seed", "1", "2", "--data", DIGITS]
        where = ["--cluster", nodes.address]
        done = subprocess.run(
            [*sweep, *chosen, *where, "--epochs", str(EPOCHS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("finished") == 4  # as they end, and in the table
        first, second = (service.store.run(f"compact-{number}") for number in (1, 2))
        assert overlap(first, second)

        left = subprocess.Popen(
            [*sweep, *chosen, *where, "--epochs", str(EPOCHS)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert left.stdout is not None
        assert any("started" in line for line in left.stdout)
        left.send_signal(signal.SIGINT)
        said, _ = left.communicate()
        assert left.returncode == 1
        assert "still running or queued: python -m model runs" in said
        assert {service.store.run(f"compact-{number}").status for number in (3, 4)} <= set(LIVE)
        assert [service.ended(f"compact-{n}").status for n in (3, 4)] == [FINISHED] * 2
    finally:
        service.close()
        nodes.kill(node)

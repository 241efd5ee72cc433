"""Sends waiting runs to a cluster, and requeues those whose machine was lost.

All state is in the store, so that several dispatchers can share one, as those of two copies of the
app do, and a restarted one carries on.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Protocol

from model.service.database.connection import StoreError
from model.service.database.schema import FAILED, INTERRUPTED, QUEUED, Run
from model.service.database.store import Store
from model.service.jobs import cluster_task
from model.service.jobs.cluster import Cluster, ClusterError
from model.service.jobs.heartbeats import Heartbeats
from model.service.processes import Signals, end_with_parent

SECONDS_BETWEEN_CHECKS = 1.0
SILENT = 60.0
"""Seconds without a heartbeat after which a task is killed and its run moves to another machine:
longer than a run waits for a store that does not answer."""
SILENT_WHEN_STOPPED = 30.0
"""Seconds, after its stop was requested."""
IDLE = 10.0
"""Seconds that a task without a run is left alone: it ends by itself, if it ever began."""
MAX_ATTEMPTS = 4
"""Machines that a run may lose, until it has failed."""
MAX_SENT = 4
"""Tasks that may end before their run began, until that run has failed."""

MOVED = "Its machine was lost; another one will resume it after its last finished epoch."
LOST_TOO_OFTEN = "Its machine was lost {} times."
LOST_WHILE_STOPPING = "Its machine was lost while it was stopping."
NO_STOP = "It did not react to the request to stop, and was killed."
NEVER_BEGAN = (
    "Its task ended {} times before it began: the cluster's machines need this project in the same "
    "folder, its packages, and access to the database."
)

log = logging.getLogger(__name__)


class Tasks(Protocol):
    """What a dispatcher needs of a cluster: see `cluster.Cluster`."""

    scope: str

    def tasks(self) -> set[str]: ...
    def start(self, run: str) -> None: ...
    def kill(self, run: str) -> None: ...


class Dispatcher:
    """Brings the cluster's tasks in line with the live runs.

    Args:
        store: has the runs.
        cluster: has the tasks.
        now: seconds of a clock that never goes back.
    """

    def __init__(
        self, store: Store, cluster: Tasks, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._cluster, self._now = store, cluster, now
        self._heartbeats = Heartbeats(now)
        self._sent: dict[int, int] = {}
        self._idle: dict[str, float] = {}

    def reconcile(self) -> None:
        """Starts and kills tasks, requeues and ends runs, as far as necessary now.

        Raises:
            StoreError: the store does not answer.
            ClusterError: the cluster does not.
        """
        live = self._store.live()
        # Listed after the runs: a task that has just ended has recorded how.
        tasks = self._cluster.tasks()
        running = [
            run for run in live if cluster_task.scope_of(run.worker) and run.status != QUEUED
        ]
        self._heartbeats.update(running)
        for run in running:
            self._check(run, run.name in tasks)
        waiting = [run for run in live if run.status == QUEUED]
        self._sent = {run.id: self._sent.get(run.id, 0) for run in waiting}
        for run in waiting:
            if run.name not in tasks:
                self._send(run)
        self._kill_idle(tasks - {run.name for run in live})

    def _send(self, run: Run) -> None:
        if self._sent[run.id] >= MAX_SENT:
            if failed := self._store.claim(cluster_task.token(self._cluster.scope, 0), run.id):
                self._store.finish(failed, FAILED, NEVER_BEGAN.format(MAX_SENT))
            return
        self._sent[run.id] += 1
        self._cluster.start(run.name)

    def _check(self, run: Run, has_task: bool) -> None:
        silence = self._heartbeats.silence(run)
        if not has_task and cluster_task.scope_of(run.worker) == self._cluster.scope:
            self._on_lost(run, LOST_WHILE_STOPPING)
        elif silence > (SILENT_WHEN_STOPPED if run.stop_requested else SILENT):
            self._cluster.kill(run.name)
            self._on_lost(run, NO_STOP)

    def _on_lost(self, run: Run, when_stopped: str) -> None:
        attempt = cluster_task.attempt_of(run.worker)
        if run.stop_requested:
            self._store.mark_lost(run.worker, INTERRUPTED, when_stopped)
        elif attempt >= MAX_ATTEMPTS:
            self._store.mark_lost(run.worker, FAILED, LOST_TOO_OFTEN.format(attempt))
        else:
            log.warning("%s: %s", run.name, MOVED)
            self._store.requeue(run, MOVED)

    def _kill_idle(self, idle: set[str]) -> None:
        now = self._now()
        self._idle = {name: self._idle.get(name, now) for name in idle}
        for name, since in self._idle.items():
            if now - since > IDLE:
                self._cluster.kill(name)


def main(database: str, home: Path, address: str, secret: str, signals: Signals) -> None:
    """Sends runs until its parent is gone; the runs themselves carry on.

    Args:
        database: URL of the store.
        home: the home folder.
        address: the cluster's.
        secret: unused: this process carries out no run.
        signals: from and to the app.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to handle
    threading.Thread(target=end_with_parent, daemon=True).start()
    store = Store.open(database)
    # Ray repeats its own logs on standard output, at length.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        try:
            cluster = Cluster.connect(address, database, home)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Ray's own prints a traceback
            signals.ready.set()
            _serve(Dispatcher(store, cluster), signals)
        except ClusterError as error:
            log.error("%s", error)
            sys.exit(1)  # the next process, a while later, may find it


def _serve(dispatcher: Dispatcher, signals: Signals) -> None:
    while True:
        try:
            dispatcher.reconcile()
        except StoreError as error:
            log.error("%s", error)
        signals.waiting.acquire(timeout=SECONDS_BETWEEN_CHECKS)

"""Sends waiting runs to a cluster, and gives those back to the queue whose machine was lost.

Knows runs and tasks, not Ray. What it decides stands in the store: several dispatchers of one
store, those of two copies of the app say, get in nobody's way, and one that starts anew goes on.
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
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from model.service.database.connection import StoreError
from model.service.database.schema import FAILED, INTERRUPTED, QUEUED, Run
from model.service.database.store import Store
from model.service.jobs import cluster_task
from model.service.jobs.cluster import Cluster, ClusterError
from model.service.jobs.heartbeats import Heartbeats
from model.service.jobs.worker import end_with_parent

SECONDS_BETWEEN_LOOKS = 1.0
SILENT = 60.0
"""Seconds without a sign of life after which a task is ended and its run goes on elsewhere: longer
than a run waits for a store that does not answer."""
SILENT_WHEN_STOPPED = 30.0
"""Seconds, of one that was asked to stop."""
IDLE = 10.0
"""Seconds that a task is let be whose run needs none: it ends by itself, if it ever began."""
MAX_ATTEMPTS = 4
"""Tasks that a run may lose its machine in, until it is given up."""
MAX_SENT = 4
"""Times that a task may end before its run began, until that run is given up."""

GOES_ON = "Its machine was lost; it goes on after its last finished epoch on another."
LOST_TOO_OFTEN = "Its machine was lost {} times."
LOST_WHILE_STOPPING = "Its machine was lost while it stopped."
NO_STOP = "It did not answer when it was asked to stop, and was ended."
NEVER_BEGAN = (
    "Its task ended {} times before it began: the cluster's machines need this project in the same "
    "folder, its packages, and a way to the database."
)

log = logging.getLogger(__name__)


class Tasks(Protocol):
    """The cluster, as far as a dispatcher needs it: see `cluster.Cluster`."""

    scope: str

    def there(self) -> set[str]: ...
    def send(self, run: str) -> None: ...
    def end(self, run: str) -> None: ...


class Dispatcher:
    """Compares what waits and runs with the tasks that there are.

    Args:
        store: where runs stand.
        tasks: the cluster.
        now: seconds of a clock that never goes back.
    """

    def __init__(
        self, store: Store, tasks: Tasks, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._tasks, self._now = store, tasks, now
        self._heartbeats = Heartbeats(now)
        self._sent: dict[int, int] = {}
        self._idle: dict[str, float] = {}

    def look(self) -> None:
        """Does what is to be done now.

        Raises:
            StoreError: the store does not answer.
            ClusterError: the cluster does not.
        """
        live = self._store.live()
        # Asked for after the runs: a task that has just ended has recorded how.
        there = self._tasks.there()
        running = [
            run for run in live if cluster_task.scope_of(run.worker) and run.status != QUEUED
        ]
        self._heartbeats.listen(running)
        for run in running:
            self._see_to(run, run.name in there)
        waiting = [run for run in live if run.status == QUEUED]
        self._sent = {run.id: self._sent.get(run.id, 0) for run in waiting}
        for run in waiting:
            if run.name not in there:
                self._send(run)
        self._end_idle(there - {run.name for run in live})

    def _send(self, run: Run) -> None:
        if self._sent[run.id] >= MAX_SENT:
            if given_up := self._store.claim(cluster_task.token(self._tasks.scope, 0), run.id):
                self._store.finish(given_up, FAILED, NEVER_BEGAN.format(MAX_SENT))
            return
        self._sent[run.id] += 1
        self._tasks.send(run.name)

    def _see_to(self, run: Run, is_there: bool) -> None:
        silent = self._heartbeats.of(run)
        if not is_there and cluster_task.scope_of(run.worker) == self._tasks.scope:
            self._lost(run, LOST_WHILE_STOPPING)
        elif silent > (SILENT_WHEN_STOPPED if run.stop_requested else SILENT):
            self._tasks.end(run.name)
            self._lost(run, NO_STOP)

    def _lost(self, run: Run, when_stopped: str) -> None:
        attempt = cluster_task.attempt_of(run.worker)
        if run.stop_requested:
            self._store.mark_lost(run.worker, INTERRUPTED, when_stopped)
        elif attempt >= MAX_ATTEMPTS:
            self._store.mark_lost(run.worker, FAILED, LOST_TOO_OFTEN.format(attempt))
        else:
            log.warning("%s: %s", run.name, GOES_ON)
            self._store.requeue(run, GOES_ON)

    def _end_idle(self, idle: set[str]) -> None:
        now = self._now()
        self._idle = {name: self._idle.get(name, now) for name in idle}
        for name, since in self._idle.items():
            if now - since > IDLE:
                self._tasks.end(name)


def main(database: str, home: Path, address: str, secret: str, ready: Event) -> None:
    """Sends runs until its parent is gone; they go on then.

    Args:
        database: URL of the store.
        home: the home folder.
        address: the cluster's.
        secret: the last part of what this process is called in the store; no run is ever its own.
        ready: set when the cluster has answered.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to take
    threading.Thread(target=end_with_parent, daemon=True).start()
    store = Store.open(database)
    # Ray repeats on standard output, at length, what its own logs have.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        try:
            tasks = Cluster.connect(address, database, home)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Ray's own prints a traceback
            ready.set()
            _serve(Dispatcher(store, tasks))
        except ClusterError as error:
            log.error("%s", error)
            sys.exit(1)  # the next one, a while later, may find it


def _serve(dispatcher: Dispatcher) -> None:
    while True:
        try:
            dispatcher.look()
        except StoreError as error:
            log.error("%s", error)
        time.sleep(SECONDS_BETWEEN_LOOKS)

"""Keeps one process alive that works through the queue, and ends the runs of one that died.

The process is a worker, which carries runs out, or a dispatcher, which sends them to a cluster.
"""

from __future__ import annotations

import logging
import multiprocessing
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from model.service.database.connection import StoreError
from model.service.database.schema import FAILED, INTERRUPTED, QUEUED, RUNNING, Run
from model.service.database.store import Store
from model.service.jobs import worker
from model.service.jobs.heartbeats import Heartbeats
from model.service.periodic import Periodic
from model.service.processes import Signals

SECONDS_BETWEEN_CHECKS = 1.0
"""While a run is live; what happens in between is noticed at once."""
SECONDS_BETWEEN_IDLE_CHECKS = 10.0
SILENT = 90.0
"""Seconds without a heartbeat after which a run counts as lost: longer than a run waits for a
store that does not answer."""
MAX_STARTS = 3
"""Workers that may die young while a run waits, until that run has failed."""
YOUNG = 20.0
"""Seconds."""
MAX_PAUSE = 30.0
"""Seconds between two starts of processes that die young."""

KILLED = "The training process was killed (signal {}), perhaps for want of memory."
DIED = "The training process ended by itself (exit code {}): the log has the cause."
NO_WORKER = "The training process does not start: the log has the cause."
GONE = "The program that carried it out is gone."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """What the process is."""

    main: Callable[..., None]
    """Called in it with `arguments`, a secret, and `Signals`."""
    arguments: tuple[Any, ...]
    carries_out: bool
    """Whether it carries runs out; otherwise it only sends them, and is started with the app."""
    death: str = ""
    """What its death means, in a sentence; empty where its exit code says more."""


class Supervisor:
    """Starts the process when it is needed, restarts it when it has died, and ends lost runs.

    Args:
        store: where runs stand.
        kind: which process.
    """

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store, self._kind = store, kind
        self._spawning = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._signals = self._new_signals()
        self._token = ""
        self._wanted = not kind.carries_out
        self._starts = 0
        self._started = self._not_before = 0.0
        self._died_of = ""
        self._has_live = True
        self._heartbeats = Heartbeats()
        self._periodic = Periodic(
            self._check, self._interval, "supervising the queue", store.changes
        )

    @property
    def process_id(self) -> int | None:
        """The living process's number."""
        return None if self._process is None else self._process.pid

    @property
    def trouble(self) -> str:
        """Why runs wait although they could begin, in a sentence; empty where nothing is wrong."""
        if self._kind.carries_out or self._signals.ready.is_set():
            return ""
        return self._died_of

    def warm(self) -> None:
        """Has the process ready: it takes seconds to start."""
        if not self._wanted:
            self._wanted = True
            self._periodic.wake()

    def close(self) -> None:
        """Ends the process; its run is resumed when the app comes back."""
        self._periodic.close()
        if self._process is None:
            return
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        try:
            self._store.requeue_on_shutdown(self._token)
        except StoreError as error:
            log.error("%s", error)

    def _interval(self) -> float:
        is_idle = not self._has_live and (self._process is not None or not self._wanted)
        return SECONDS_BETWEEN_IDLE_CHECKS if is_idle else SECONDS_BETWEEN_CHECKS

    def _check(self) -> None:
        if self._process is not None and not self._process.is_alive():
            self._on_exit(self._process.exitcode or 0)
        live = self._store.live()
        self._has_live = bool(live)
        self._find_silent([run for run in live if run.status == RUNNING])
        waiting = [run for run in live if run.status == QUEUED]
        due = time.monotonic() >= self._not_before
        if self._process is None and due and (self._wanted or waiting):
            self._start(waiting)
        elif waiting:
            with suppress(ValueError):  # released already, and not noticed yet
                self._signals.waiting.release()

    def _on_exit(self, code: int) -> None:
        """Ends the dead process's run, before a new process starts."""
        reason = self._kind.death or (KILLED if code < 0 else DIED).format(abs(code))
        if code and reason != self._died_of:
            log.error("%s", reason)
        self._store.mark_lost(self._token, FAILED, reason)
        if time.monotonic() - self._started > YOUNG:
            self._starts = 0
        self._died_of = reason
        self._process = None

    def _start(self, waiting: list[Run]) -> None:
        if self._kind.carries_out and self._starts >= MAX_STARTS and waiting:
            if failed := self._store.claim(self._token):
                self._store.finish(failed, FAILED, NO_WORKER)
            self._starts = 0
        # A process that dies at once must not be restarted without a pause.
        self._started = time.monotonic()
        self._not_before = self._started + min(MAX_PAUSE, 2.0**self._starts)
        self._starts += 1
        secret = secrets.token_hex(8)
        self._signals = self._new_signals()
        process = self._spawning.Process(
            target=self._kind.main,
            args=(*self._kind.arguments, secret, self._signals),
            name="digit-sketchpad-worker",
        )
        process.start()
        self._token = worker.token(secret, process.pid or 0)
        self._process = process

    def _new_signals(self) -> Signals:
        return Signals(self._spawning.Event(), self._spawning.BoundedSemaphore())

    def _find_silent(self, running: list[Run]) -> None:
        """Ends runs that have been silent for too long."""
        self._heartbeats.update(running)
        for run in running:
            is_silent = self._heartbeats.silence(run) > SILENT
            if run.worker == self._token:
                self._starts = 0
                if is_silent and self._process is not None:
                    self._process.kill()  # it hangs: the next check ends its run
            elif is_silent or worker.is_gone(run.worker):
                self._store.mark_lost(run.worker, INTERRUPTED, GONE)

"""Writes a run's events to the store from a thread of its own: no batch waits for a disk."""

from __future__ import annotations

import math
import threading
import time
from typing import Self

from model.learning.events import BatchEvent, EpochEvent
from model.service.database.schema import Run
from model.service.database.store import Store

Event = BatchEvent | EpochEvent

SECONDS_BETWEEN_RECORDS = 0.3
PATIENCE = 30.0
"""Seconds that a run carries on while nothing can be recorded."""


class LostRunError(Exception):
    """The run is no longer this worker's: it was taken for dead."""


class Recorder:
    """Collects events and records them; during an outage they are kept, and in a long one the run
    stops.

    Args:
        store: takes them.
        run: claimed by this process.
    """

    def __init__(self, store: Store, run: Run) -> None:
        self.phase = "starting"
        self._store, self._run = store, run
        self._events: list[tuple[float, Event]] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._is_stop_requested = self._is_lost = self._is_closed = False
        self._sampled_at = -math.inf
        self._error: Exception | None = None
        self._outage_began = 0.0
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        self._wake.set()
        self._thread.join()

    @property
    def should_stop(self) -> bool:
        """Whether its stop was requested, or nothing more it learns could be recorded."""
        return self._is_stop_requested or self._is_lost or self._has_given_up

    @property
    def _has_given_up(self) -> bool:
        return self._error is not None and time.monotonic() - self._outage_began > PATIENCE

    def add(self, event: Event) -> None:
        """Takes an event; of those inside an epoch, as many as a chart can show.

        An epoch is recorded before this returns, if the store answers: its checkpoint comes after.
        """
        if isinstance(event, BatchEvent):
            now = time.monotonic()
            if now - self._sampled_at < SECONDS_BETWEEN_RECORDS:
                return
            self._sampled_at = now
        with self._lock:
            self._events.append((time.time(), event))
        if isinstance(event, EpochEvent):
            self._flush()

    def check(self) -> None:
        """Checks that the run is still to be carried out here.

        Raises:
            LostRunError: it is another worker's, or nobody's.
            Exception: of the store, which has not answered for too long.
        """
        if self._is_lost:
            raise LostRunError
        if self._has_given_up and self._error:
            raise self._error

    def _record(self) -> None:
        while not self._is_closed:
            self._flush()
            self._wake.wait(SECONDS_BETWEEN_RECORDS)
        deadline = time.monotonic() + PATIENCE
        while not self._flush() and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_RECORDS)

    def _flush(self) -> bool:
        with self._flushing:
            with self._lock:
                events = self._events[:]
            try:
                stop = self._store.record(self._run, self.phase, events)
            except Exception as error:  # whatever it is, nobody else would notice
                if self._error is None:
                    self._error, self._outage_began = error, time.monotonic()
                return False
            self._error = None
            self._is_stop_requested = self._is_stop_requested or bool(stop)
            self._is_lost = self._is_lost or stop is None
            with self._lock:
                del self._events[: len(events)]
            return True

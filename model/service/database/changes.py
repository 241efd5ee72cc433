"""Wakes whoever waits for changes in the database: this process's at once, others' soon after."""

from __future__ import annotations

import threading
from collections.abc import Callable

from model.service.database.connection import StoreError

SECONDS_BETWEEN_QUERIES = 1.5
"""Until a change made by another process is noticed."""


class Changes:
    """One thread with one cheap query for all that wait; none while nobody does.

    Args:
        revision: a number that differs after each change; raises StoreError during an outage.
    """

    def __init__(self, revision: Callable[[], int]) -> None:
        self._revision = revision
        self._waiting: set[threading.Event] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, event: threading.Event) -> None:
        """Sets that event after each change from now on."""
        with self._lock:
            self._waiting.add(event)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
                self._thread.start()

    def unsubscribe(self, event: threading.Event) -> None:
        """Undoes `subscribe`."""
        with self._lock:
            self._waiting.discard(event)

    def notify(self) -> None:
        """Sets the events of all who wait: this process has changed something."""
        with self._lock:
            for event in self._waiting:
                event.set()

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        known: int | None = None
        while not self._closed.wait(SECONDS_BETWEEN_QUERIES):
            try:
                found = self._revision()
            except StoreError:
                found = None  # those who wait say so when they ask the database themselves
            if found is None or found != known:
                self.notify()
            known = found

"""Periodic background tasks: a function called again and again, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from model.service.database.changes import Changes
from model.service.database.connection import StoreError

log = logging.getLogger(__name__)


class Periodic:
    """Calls a function until it is closed; an error is logged, and the next call comes.

    Args:
        call: called from the thread.
        interval: seconds between two calls, and before the first one.
        name: of the task, for the log.
        changes: where given, each change in the database is followed by a call at once.
    """

    def __init__(
        self,
        call: Callable[[], None],
        interval: Callable[[], float],
        name: str,
        changes: Changes | None = None,
    ) -> None:
        self._call, self._interval, self._name, self._changes = call, interval, name, changes
        self._awake = threading.Event()
        self._closed = False
        self._logged = ""
        if changes is not None:
            changes.subscribe(self._awake)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether no further call comes."""
        return self._closed

    def wake(self) -> None:
        """Has the next call come at once."""
        self._awake.set()

    def close(self) -> None:
        """Returns when the current call has ended; no other comes."""
        self._closed = True
        if self._changes is not None:
            self._changes.unsubscribe(self._awake)
        self._awake.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._awake.wait(self._interval())
            self._awake.clear()
            if self._closed:
                return
            try:
                self._call()
                self._logged = ""
            except (StoreError, OSError) as error:
                if str(error) != self._logged:  # once for each outage
                    self._logged = str(error)
                    log.error("%s: %s", self._name, error)
            except Exception:
                log.exception("%s failed", self._name)

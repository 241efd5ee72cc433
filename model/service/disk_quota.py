"""Keeps what runs take of the disk under a limit: the oldest unused ones give up their files first.

Knows sizes and ages; the network in use, and the one that a rollback would bring back, stay.
"""

from __future__ import annotations

import logging

from model.service.database.store import Store
from model.service.home import Home
from model.service.periodic import Periodic

SECONDS_BETWEEN_LOOKS = 10.0

log = logging.getLogger(__name__)


class DiskQuota:
    """Looks after the home folder from a thread.

    Args:
        store: knows which networks are in use.
        home: where they lie.
        most: bytes that runs may take.
    """

    def __init__(self, store: Store, home: Home, most: float) -> None:
        self._store, self._home, self._most = store, home, most
        self._periodic = Periodic(self.make, SECONDS_BETWEEN_LOOKS, "making room on the disk")

    def make(self) -> None:
        """Deletes files of runs until the rest has room, or none is left that may go.

        Raises:
            StoreError: the store does not answer.
        """
        if self._home.size() <= self._most:
            return
        kept = {self._store.in_use(), self._store.previous()[1]}
        for run in reversed(self._store.runs()):
            if self._periodic.is_closed:
                return
            has_files = run.learned or self._home.has_traces(run.name)
            if has_files and run.name not in kept and self._store.mark_files_deleted(run.name):
                log.warning("%s: its files were deleted to make room on the disk", run.name)
                self._home.delete(run.name)
                if self._home.size() <= self._most:
                    return

    def close(self) -> None:
        """Stops looking."""
        self._periodic.close()

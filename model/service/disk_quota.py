"""Keeps the disk space of runs under a limit: the oldest unused files are deleted first.

The network in use stays, and so does the one that a rollback would bring back.
"""

from __future__ import annotations

import logging

from model.service.database.store import Store
from model.service.home import Home
from model.service.periodic import Periodic

SECONDS_BETWEEN_CHECKS = 10.0
CHECKS_BETWEEN_SIZES = 30
"""While no run changes, only exports add files: the folder is not measured at each check."""

log = logging.getLogger(__name__)


class DiskQuota:
    """Watches the home folder from a thread.

    Args:
        store: knows which networks are in use.
        home: where they lie.
        max_bytes: that runs may take.
    """

    def __init__(self, store: Store, home: Home, max_bytes: float) -> None:
        self._store, self._home, self._max_bytes = store, home, max_bytes
        self._revision = self._skipped = 0
        self._periodic = Periodic(self._check, lambda: SECONDS_BETWEEN_CHECKS, "the disk quota")

    def enforce(self) -> None:
        """Deletes files of runs until the rest fits, or until all that may go are gone.

        Raises:
            StoreError: the store does not answer.
        """
        if self._home.size() <= self._max_bytes:
            return
        kept = {self._store.in_use(), self._store.previous()[1]}
        for run in reversed(self._store.runs()):
            if self._periodic.is_closed:
                return
            has_files = run.learned or self._home.has_traces(run.name)
            if has_files and run.name not in kept and self._store.mark_files_deleted(run.name):
                log.warning("%s: files deleted to free disk space", run.name)
                self._home.delete(run.name)
                if self._home.size() <= self._max_bytes:
                    return

    def close(self) -> None:
        """Ends the thread."""
        self._periodic.close()

    def _check(self) -> None:
        revision = self._store.revision()
        is_idle = revision == self._revision and not self._store.live()
        if is_idle and self._skipped < CHECKS_BETWEEN_SIZES:
            self._skipped += 1
            return
        self.enforce()
        self._revision, self._skipped = revision, 0

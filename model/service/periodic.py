"""Looks after something: calls a function again and again, on a thread of its own.

Knows time and errors; not what is looked after.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from model.service.database.connection import StoreError

log = logging.getLogger(__name__)


class Periodic:
    """Looks until it is closed; what goes wrong at one look stands in the log, and the next comes.

    Args:
        look: called from the thread.
        seconds: between two looks, and before the first.
        name: what the log calls it.
    """

    def __init__(self, look: Callable[[], None], seconds: float, name: str) -> None:
        self._look, self._seconds, self._name = look, seconds, name
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name=name, daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether no further look comes."""
        return self._closed.is_set()

    def close(self) -> None:
        """Returns when the look that goes on has ended; no other comes."""
        self._closed.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._closed.wait(self._seconds):
            try:
                self._look()
            except (StoreError, OSError) as error:
                log.error("%s: %s", self._name, error)
            except Exception:
                log.exception("%s failed", self._name)

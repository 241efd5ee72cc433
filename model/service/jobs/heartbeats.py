"""How long runs have been silent, by this process's own clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from model.service.database.schema import Run


class Heartbeats:
    """Keeps when each run's heartbeat last changed.

    Args:
        now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seen: dict[int, tuple[tuple[str, int], float]] = {}

    def update(self, running: Iterable[Run]) -> None:
        """Takes in the current heartbeats of all running runs; others are forgotten."""
        now = self._now()
        seen = {}
        for run in running:
            beat = run.worker, run.heartbeat
            known = self._seen.get(run.id)
            seen[run.id] = known if known and known[0] == beat else (beat, now)
        self._seen = seen

    def silence(self, run: Run) -> float:
        """Seconds since that run's heartbeat last changed, as of the last update."""
        return self._now() - self._seen[run.id][1]

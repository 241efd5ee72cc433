"""How long runs have given no sign of life, on this process's own clock.

Knows beats; what follows from silence is its caller's to decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from model.service.database.schema import Run


class Heartbeats:
    """Listens to runs.

    Args:
        now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heard: dict[int, tuple[tuple[str, int], float]] = {}

    def listen(self, running: Iterable[Run]) -> None:
        """Takes in how all running runs stand now; others are forgotten."""
        now = self._now()
        heard = {}
        for run in running:
            sign = run.worker, run.heartbeat
            known = self._heard.get(run.id)
            heard[run.id] = known if known and known[0] == sign else (sign, now)
        self._heard = heard

    def of(self, run: Run) -> float:
        """Seconds since that run's last sign of life that was listened to."""
        return self._now() - self._heard[run.id][1]

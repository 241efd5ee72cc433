"""Sets the time of day for a process and its children (libfaketime)."""

from __future__ import annotations

from pathlib import Path

SLEEP = """
import threading, time
def sleep(seconds):
    threading.Event().wait(seconds)
time.sleep = sleep
"""
"""Python's own is refused by libfaketime 0.9.10 where that leaves the monotonic clock alone."""


class Clock:
    """The time of day as processes see it that have its environment; what they measure goes on.

    Args:
        folder: holds what it says; the processes read it each second.
    """

    def __init__(self, folder: Path) -> None:
        self._says = folder / "clock"
        self.set(hours=0)
        (folder / "sitecustomize.py").write_text(SLEEP)
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._says),
            "FAKETIME_CACHE_DURATION": "1",  # seconds; it is asked thousands of times in each
            "FAKETIME_DONT_RESET": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(folder),
            # Or Python would compile all modules anew, and keep them with wrong times.
            "NO_FAKE_STAT": "1",
        }

    def set(self, hours: int) -> None:
        """Sets it so many hours after the machine's own, or before."""
        self.hours = hours
        aside = self._says.with_suffix(".new")
        aside.write_text(f"{hours * 3600:+d}\n")
        aside.replace(self._says)

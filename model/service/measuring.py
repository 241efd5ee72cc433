"""Scorecards in the background: one network at a time, measured by a process of its own.

Knows that process and what it tells; what is measured is `model.learning.scoring`, which brings
libraries that the page's process does without.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from model.learning.errors import LearningError, without_folders
from model.reading.reader import ModelError
from model.service import aside
from model.service.database import StoreError
from model.service.worker import NICENESS

BROKE_OFF = "The measuring process ended by itself: the log has the cause."
STARTING = "starting"

log = logging.getLogger(__name__)


class Measuring:
    """Measures networks on request and knows how far it is; the result lies in their folders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._at: tuple[str, str] | None = None
        self._problems: dict[str, str] = {}

    @property
    def at(self) -> tuple[str, str] | None:
        """The version that is being measured and what it is at, in words; None between two."""
        return self._at

    def problem(self, version: str) -> str:
        """Why its last measuring failed, in a sentence; empty where it did not."""
        return self._problems.get(version, "")

    def start(self, version: str, folder: Path) -> None:
        """Measures MNIST's test digits and built-in drawings; in half a minute, in the background.

        Args:
            version: what `at` and `problem` call it.
            folder: its model folder, where the scorecard is kept.

        Raises:
            StoreError: one is being measured already.
        """
        with self._lock:
            if self._at is not None:
                raise StoreError(f"{self._at[0]} is being measured: one at a time.")
            self._at = (version, STARTING)
            self._problems.pop(version, None)
            try:
                self._process, hears = aside.start(measure, folder, "digit-sketchpad-score")
            except OSError as error:
                self._at = None
                raise StoreError(f"It cannot be measured: {error.strerror or error}.") from error
        threading.Thread(
            target=self._listen, args=(version, self._process, hears), daemon=True
        ).start()

    def close(self) -> None:
        """Ends what goes on; that network keeps the scorecard that it had."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _listen(self, version: str, process: BaseProcess, hears: Connection) -> None:
        problem = ""
        with hears, suppress(EOFError, OSError):
            while True:
                words, is_problem = hears.recv()
                if is_problem:
                    problem = words
                else:
                    self._at = (version, words)
        process.join()
        if process.exitcode and not problem:
            log.error("measuring %s ended with exit code %s", version, process.exitcode)
            problem = BROKE_OFF
        if problem:
            self._problems[version] = problem
        self._at = None


def measure(folder: Path, tells: Connection) -> None:
    """Measures a model folder and keeps its scorecard there; for a process of its own.

    Args:
        tells: gets pairs of a line and whether it says that measuring failed.
    """
    with suppress(OSError, AttributeError):
        os.nice(NICENESS)

    def tell(line: str) -> None:
        tells.send((line, False))  # fails when the app is gone: nobody waits for the rest

    try:
        from model.learning import built_in_sets, score_file
        from model.learning.datasets import load
        from model.learning.scoring import score

        tell("getting the digits")
        data = load("mnist")
        card = score(
            folder,
            data,
            [built_in_sets.digits()],
            [built_in_sets.no_digits()],
            pictures=built_in_sets.PICTURES,
            tell=tell,
        )
        score_file.save(folder, card)
    except (LearningError, ModelError) as error:
        words = without_folders(str(error)).rstrip(".")
        tells.send((f"{words[:1].upper()}{words[1:]}.", True))
    except OSError as error:
        tells.send((f"The scorecard cannot be kept: {error.strerror or error}.", True))

"""Scorecards in the background: one network at a time, measured by a process of its own.

What is measured is `model.learning.evaluation.scoring`, which brings libraries that the page's
process does without.
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
from model.service import processes
from model.service.database.connection import StoreError
from model.service.jobs.worker import NICENESS
from model.service.progress import BETWEEN_SIGNS, Progress, ProgressFile

BROKE_OFF = "The measuring process ended by itself: the log has the cause."
STARTING = "starting"

log = logging.getLogger(__name__)


class Measuring:
    """Measures networks on request and knows how far it is; the result lies in their folders.

    Args:
        told: the file by which copies of the app know of each other's.
    """

    def __init__(self, told: Path) -> None:
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._file = ProgressFile(told)
        self._own: Progress | None = None
        self._is_closed = False

    @property
    def progress(self) -> Progress | None:
        """What goes on here or at another copy, or else how the last one ended, if it is known."""
        own = self._own
        return own if own and own.at else self._file.hear() or own

    def start(self, version: str, folder: Path) -> None:
        """Measures MNIST's test digits and built-in drawings; in half a minute, in the background.

        Args:
            version: what it is called in `progress`.
            folder: its model folder, where the scorecard is kept.

        Raises:
            StoreError: one is being measured already.
        """
        with self._lock:
            if (progress := self.progress) and progress.at:
                raise StoreError(f"{progress.version} is being measured: one at a time.")
            try:
                self._process, hears = processes.start(measure, folder, "digit-sketchpad-score")
            except OSError as error:
                raise StoreError(f"It cannot be measured: {error.strerror or error}.") from error
            self._tell(Progress(version, STARTING))
        threading.Thread(
            target=self._listen, args=(version, self._process, hears), daemon=True
        ).start()

    def close(self) -> None:
        """Ends what goes on; that network keeps the scorecard that it had."""
        self._is_closed = True
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._own and self._own.at:
            self._tell(Progress(self._own.version, ""))

    def _tell(self, progress: Progress) -> None:
        self._own = progress
        self._file.tell(progress)

    def _listen(self, version: str, process: BaseProcess, hears: Connection) -> None:
        at, problem = STARTING, ""
        with hears, suppress(EOFError, OSError):
            while True:
                if hears.poll(BETWEEN_SIGNS):
                    words, is_problem = hears.recv()
                    at, problem = (at, words) if is_problem else (words, problem)
                self._tell(Progress(version, at))
        process.join()
        if self._is_closed:
            return
        if process.exitcode and not problem:
            log.error("measuring %s ended with exit code %s", version, process.exitcode)
            problem = BROKE_OFF
        self._tell(Progress(version, "", problem))


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
        from model.learning.data import built_in_sets
        from model.learning.data.datasets import load
        from model.learning.evaluation import score_file
        from model.learning.evaluation.scoring import score

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

"""Scorecards in the background: one network at a time, measured by a process of its own.

The work itself is `model.learning.evaluation.scoring`; its libraries stay out of the
page's process.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from model.learning.errors import LearningError, without_folders
from model.reading.reader import ModelError
from model.service import processes
from model.service.database.connection import StoreError

BROKE_OFF = "The measuring process ended by itself: the log has the cause."
STARTING = "starting"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a measurement is.

    Args:
        version: the network's.
        at: the current step, in words; empty once it has ended.
        problem: why it failed, in a sentence; empty where it did not.
    """

    version: str
    at: str
    problem: str = ""


class Measuring:
    """Measures networks on request; the results lie in their folders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._progress: Progress | None = None
        self._is_closed = False

    @property
    def progress(self) -> Progress | None:
        """The current measurement, or else the last one; None where there was none."""
        return self._progress

    def start(self, version: str, folder: Path) -> None:
        """Measures MNIST's test digits and built-in drawings, in half a minute.

        Args:
            version: its name in `progress`.
            folder: its model folder, where the scorecard is kept.

        Raises:
            StoreError: one is being measured already.
        """
        with self._lock:
            if (current := self._progress) and current.at:
                raise StoreError(f"{current.version} is being measured: one at a time.")
            try:
                self._process, receiver = processes.start(measure, folder, "digit-sketchpad-score")
            except OSError as error:
                raise StoreError(f"It cannot be measured: {error.strerror or error}.") from error
            self._progress = Progress(version, STARTING)
        threading.Thread(
            target=self._receive, args=(version, self._process, receiver), daemon=True
        ).start()

    def close(self) -> None:
        """Ends the current measurement; that network keeps the scorecard that it had."""
        self._is_closed = True
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _receive(self, version: str, process: BaseProcess, receiver: Connection) -> None:
        problem = ""
        with receiver, suppress(EOFError, OSError):
            while True:
                text, is_problem = receiver.recv()
                if is_problem:
                    problem = text
                else:
                    self._progress = Progress(version, text)
        process.join()
        if process.exitcode and not problem and not self._is_closed:
            log.error("measuring %s ended with exit code %s", version, process.exitcode)
            problem = BROKE_OFF
        self._progress = Progress(version, "", problem)


def measure(folder: Path, sender: Connection) -> None:
    """Measures a model folder and keeps its scorecard there; for a process of its own.

    Args:
        sender: gets pairs of a line and whether it says that measuring failed.
    """
    processes.step_back()

    def tell(line: str) -> None:
        sender.send((line, False))  # fails when the app is gone: nobody waits for the rest

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
            [built_in_sets.non_digits()],
            pictures=built_in_sets.PICTURES,
            on_progress=tell,
        )
        score_file.save(folder, card)
    except (LearningError, ModelError) as error:
        text = without_folders(str(error)).rstrip(".")
        sender.send((f"{text[:1].upper()}{text[1:]}.", True))
    except OSError as error:
        sender.send((f"The scorecard cannot be kept: {error.strerror or error}.", True))

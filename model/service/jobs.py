"""Training runs: the queue, and the worker process that carries them out.

Knows processes; the queue itself is the store's. Imports nothing that trains: TensorFlow is the
worker's alone.
"""

from __future__ import annotations

import logging
import multiprocessing
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from model.learning.errors import ExportError, without_folders
from model.learning.recipes import find
from model.service import worker
from model.service.database import StoreError
from model.service.home import Home
from model.service.schema import FAILED, INTERRUPTED, QUEUED, RUNNING, Run
from model.service.store import Store
from model.service.versions import FORMATS, folder_of

SECONDS_BETWEEN_LOOKS = 1.0
SILENT = 90.0
"""Seconds after which a run that gives no sign of life is taken for lost: longer than a run waits
for a store that does not answer."""
MOST_STARTS = 3
"""Times that a worker may die young while a run waits, until that run is given up."""
YOUNG = 20.0
"""Seconds."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of workers that die young."""

KILLED = "The training process was killed (signal {}), perhaps for want of memory."
DIED = "The training process ended by itself (exit code {}): the log has the cause."
NO_WORKER = "The training process does not start: the log has the cause."
SILENCE = "The program that carried it out is gone."

log = logging.getLogger(__name__)


class Jobs:
    """Starts, stops and looks after training runs.

    Args:
        store: where runs stand.
        home: where their files lie.
        database: URL of that store, for the worker.
    """

    def __init__(self, store: Store, home: Home, database: str) -> None:
        self._store, self._home, self._database = store, home, database
        self._process: BaseProcess | None = None
        self._token = ""
        self._wanted = False
        self._starts = 0
        self._started = self._not_before = 0.0
        self._exporting = threading.Lock()
        self._beats: dict[int, tuple[int, float]] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="jobs", daemon=True)
        self._thread.start()

    def submit(
        self,
        recipe: str,
        chosen: Mapping[str, Any],
        data: str,
        drawing: bytes | None = None,
        visitor: str = "",
    ) -> Run:
        """Puts a run at the end of the queue.

        Args:
            recipe: a recipe's name.
            chosen: settings that differ from the recipe's own, as `Recipe.settings` takes them.
            data: as `datasets.load` takes it.
            drawing: 784 grey levels that the network reads as it learns.
            visitor: token of the visitor who asks; empty where it is the owner.

        Raises:
            ValueError: a recipe or a value that cannot be trained with.
            StoreError: too many wait, or the store does not answer.
        """
        settings = find(recipe).settings(**chosen)
        origin = "visitor" if visitor else "page"
        run = self._store.add(
            recipe, settings, data, origin=origin, visitor=visitor, drawing=drawing
        )
        self.warm()
        return run

    def stop(self, name: str) -> None:
        """Stops a run soon, keeping what it learned, or takes it out of the queue.

        Raises:
            StoreError: there is none, or the store does not answer.
        """
        self._store.ask_to_stop(name)

    def resume(self, name: str) -> None:
        """Queues a run that was cut off; it goes on after its last finished epoch.

        Raises:
            StoreError: it was not cut off, or the store does not answer.
        """
        self._store.resume(name)
        self.warm()

    def delete(self, name: str) -> None:
        """Deletes a run that has ended, its version and its logs.

        Raises:
            StoreError: it goes on, or its version is in use.
        """
        run = self._store.run(name)
        self._store.delete(run.name)
        self._home.delete(run.name)

    def export(self, name: str, kind: str) -> Path:
        """Makes a version's file of that kind, where it is not there yet, in a process of its own.

        Raises:
            StoreError: there is no such version, or it cannot be exported.
        """
        if kind != "onnx":
            return self.exported(name, kind)
        folder = self.exported(name, "keras").parent
        # One at a time: each takes half a gigabyte for some seconds.
        with self._exporting:
            if not (folder / "network.onnx").exists():
                spawning = multiprocessing.get_context("spawn")
                try:
                    with ProcessPoolExecutor(1, mp_context=spawning) as pool:
                        pool.submit(worker.export_onnx, folder).result()
                except (ExportError, BrokenExecutor, OSError) as error:
                    log.error("%s cannot be exported: %s", name, error)
                    raise StoreError(without_folders(f"{error}".rstrip(".") + ".")) from error
        return folder / "network.onnx"

    def exported(self, name: str, kind: str) -> Path:
        """A version's file of that kind.

        Raises:
            StoreError: there is none, or it is damaged.
        """
        run = self._store.run(name)
        path = folder_of(run, self._home) / f"network.{kind}"
        if kind not in FORMATS or not path.is_file():
            raise StoreError(f"There is no such file of {run.name}.")
        return path

    def warm(self) -> None:
        """Has a worker ready: it takes seconds to import TensorFlow."""
        self._wanted = True

    def close(self) -> None:
        """Ends the worker; a run in the middle of its work goes on when the app comes back."""
        self._closed.set()
        self._thread.join()
        if self._process is None:
            return
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        try:
            self._store.park(self._token)
        except StoreError as error:
            log.error("%s", error)

    # ---- the worker, looked after from a thread

    def _look_after(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self._look()
            except StoreError as error:
                log.error("%s", error)
            except Exception:
                log.exception("the worker could not be looked after")

    def _look(self) -> None:
        if self._process is not None and not self._process.is_alive():
            self._bury(self._process.exitcode or 0)
        live = self._store.live()
        self._find_silent([run for run in live if run.status == RUNNING])
        waiting = [run for run in live if run.status == QUEUED]
        due = time.monotonic() >= self._not_before
        if self._process is None and due and (self._wanted or waiting):
            self._start(waiting)

    def _bury(self, code: int) -> None:
        """What the dead worker was at is lost; said before a new one starts."""
        reason = (KILLED if code < 0 else DIED).format(abs(code))
        if code:
            log.error("%s", reason)
        self._store.lose(self._token, FAILED, reason)
        if time.monotonic() - self._started > YOUNG:
            self._starts = 0
        self._process = None

    def _start(self, waiting: list[Run]) -> None:
        if self._starts >= MOST_STARTS and waiting:
            if given_up := self._store.claim(self._token):
                self._store.finish(given_up, FAILED, NO_WORKER)
            self._starts = 0
        # One that dies at once must not be started for ever without a pause.
        self._started = time.monotonic()
        self._not_before = self._started + min(LONGEST_PAUSE, 2.0**self._starts)
        self._starts += 1
        secret = secrets.token_hex(8)
        process = multiprocessing.get_context("spawn").Process(
            target=worker.main,
            args=(self._database, Path(self._home.folder), secret),
            name="digit-sketchpad-worker",
        )
        process.start()
        self._token = worker.token(secret, process.pid or 0)
        self._process = process

    def _find_silent(self, running: list[Run]) -> None:
        """Ends runs whose program has told nothing for long, on this machine's own clock."""
        now = time.monotonic()
        self._beats = {
            run.id: known
            if (known := self._beats.get(run.id, (-1, now)))[0] == run.beat
            else (run.beat, now)
            for run in running
        }
        for run in running:
            is_silent = now - self._beats[run.id][1] > SILENT
            if run.worker == self._token:
                self._starts = 0
                if is_silent and self._process is not None:
                    self._process.kill()  # it hangs: the next look buries it
            elif is_silent or worker.is_gone(run.worker):
                self._store.lose(run.worker, INTERRUPTED, SILENCE)

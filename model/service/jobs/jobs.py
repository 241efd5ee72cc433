"""Requests about training runs: start, stop, resume, delete, export.

Imports nothing that trains.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from model.learning.errors import without_folders
from model.learning.recipes import RECIPES, find
from model.service import processes
from model.service.database.connection import StoreError, absolute
from model.service.database.quota import QueueFullError
from model.service.database.schema import Run
from model.service.database.store import Store
from model.service.drawing_files import DrawingFiles
from model.service.home import Home
from model.service.jobs import dispatcher, worker
from model.service.jobs.cluster import check_usable
from model.service.jobs.supervisor import Kind, Supervisor
from model.service.versions import FORMATS, folder_of

READ_ONLY = "The home folder is read-only: runs cannot continue until it is writable again."
NO_CLUSTER = "The cluster does not answer: the log has the cause. Runs wait until it does."
EXPORT_DIED = "The exporting process ended by itself, perhaps for want of memory."

log = logging.getLogger(__name__)


class Jobs:
    """Starts and stops training runs.

    Args:
        store: has the runs.
        home: has their files.
        database: URL of that store, for other processes.
        cluster: address of a Ray cluster that carries them out; None for a process here.

    Raises:
        ClusterError: not an address, or Ray is not installed.
    """

    def __init__(self, store: Store, home: Home, database: str, cluster: str | None = None) -> None:
        self._store, self._home = store, home
        self._exporting = threading.Lock()
        self._exporter: BaseProcess | None = None
        self._supervisor = Supervisor(store, _kind(database, home.folder, cluster))

    @property
    def trouble(self) -> str:
        """Why runs wait or stand still, in a sentence; empty where nothing is wrong."""
        return self._supervisor.trouble if self._home.is_writable else READ_ONLY

    @property
    def process_id(self) -> int | None:
        """Number of the worker or dispatcher process; None while there is none."""
        return self._supervisor.process_id

    def submit(
        self,
        recipe: str,
        changed: Mapping[str, Any],
        data: str,
        drawing: bytes | None = None,
        *,
        drawings: Sequence[str] = (),
        origin: str = "page",
        visitor: str = "",
    ) -> Run:
        """Puts a run at the end of the queue.

        Args:
            recipe: a recipe's name.
            changed: settings that differ from the recipe's own, as `Recipe.settings` takes them.
            data: as `datasets.load` takes it.
            drawing: 784 grey levels that the network reads as it learns.
            drawings: names of files in `Home.drawings` to learn from too.
            origin: as the store has it.
            visitor: who asks, as the store has it; empty where it is the owner.

        Raises:
            ValueError: a recipe or a value that cannot be trained with.
            QueueFullError: too many are waiting.
            StoreError: the store does not answer.
        """
        settings = find(recipe).settings(**changed)
        run = self._store.add(
            recipe,
            settings,
            data,
            drawings=drawings,
            origin="visitor" if visitor else origin,
            visitor=visitor,
            drawing=drawing,
        )
        self.warm()
        return run

    def submit_all(
        self, data: str, drawing: bytes | None = None, *, drawings: Sequence[str] = ()
    ) -> tuple[list[Run], list[str]]:
        """Queues one run of each recipe with its own settings, while there is room.

        The drawings are for recipes that learn non-digits.

        Returns:
            The runs, and the names of the recipes that found no room.

        Raises:
            QueueFullError: none found room.
            StoreError: the store does not answer.
        """
        names, runs = list(RECIPES), []
        for name in names:
            try:
                more = drawings if RECIPES[name].learns_non_digits else ()
                runs.append(self.submit(name, {}, data, drawing, drawings=more))
            except QueueFullError:
                if not runs:
                    raise
                break
        return runs, names[len(runs) :]

    def stop(self, name: str) -> None:
        """Stops a run soon, keeping what it learned, or takes it out of the queue.

        Raises:
            StoreError: there is none, or the store does not answer.
        """
        self._store.request_stop(name)

    def pause(self, name: str) -> None:
        """Stops a run soon, to be resumed after its last finished epoch.

        Raises:
            StoreError: there is none, or the store does not answer.
        """
        self._store.request_stop(name, pause=True)

    def resume(self, name: str, visitor: str = "") -> None:
        """Queues a run that ended early, to be resumed after its last finished epoch.

        What it had learned until it was stopped is replaced when it ends again.

        Args:
            visitor: who asks, as the store has it; empty where it is the owner.

        Raises:
            StoreError: it did not end early, or is live, or the store does not answer.
        """
        self._store.resume(name, visitor)
        self.warm()

    def delete(self, name: str) -> None:
        """Deletes a run that has ended, its version and its logs.

        Raises:
            StoreError: it is still running, or its version is in use.
        """
        run = self._store.run(name)
        self._store.delete(run.name)
        self._home.delete(run.name)

    def delete_drawings(self, name: str) -> None:
        """Deletes a file of drawings.

        Raises:
            StoreError: a queued or running run learns from it, or the store does not answer.
            DrawingFilesError: not a name for such a file, or it cannot be deleted.
        """
        for run in self._store.live():
            if name in run.drawings:
                raise StoreError(f"{run.name} learns from {name}: wait for its end, or stop it.")
        DrawingFiles(self._home.drawings).delete(name)

    def export(self, name: str, kind: str) -> Path:
        """A version's file of that kind, made in a process of its own where it is missing.

        Raises:
            StoreError: there is no such version, or it cannot be exported.
        """
        if kind != "onnx":
            return self.exported(name, kind)
        folder = self.exported(name, "keras").parent
        # One at a time: each takes half a gigabyte for some seconds.
        with self._exporting:
            if not (folder / "network.onnx").exists() and (problem := self._add_onnx(folder)):
                log.error("%s cannot be exported: %s", name, problem)
                raise StoreError(without_folders(f"{problem.rstrip('.')}."))
        return folder / "network.onnx"

    def _add_onnx(self, folder: Path) -> str:
        """Why it could not be added; empty if it was."""
        try:
            self._exporter, receiver = processes.start(
                worker.export_onnx, folder, "digit-sketchpad-export"
            )
            with receiver:
                return str(receiver.recv())
        except EOFError:
            return EXPORT_DIED
        except OSError as error:
            return f"It cannot be exported: {error.strerror or error}"

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
        self._supervisor.warm()

    def close(self) -> None:
        """Ends the worker or dispatcher; a worker's run is resumed when the app comes back."""
        if self._exporter is not None and self._exporter.is_alive():
            self._exporter.kill()
        self._supervisor.close()


def _kind(database: str, home: Path, cluster: str | None) -> Kind:
    if cluster is None:
        return Kind(worker.main, (database, home), carries_out=True)
    check_usable(cluster)
    return Kind(
        dispatcher.main,
        (absolute(database), home.absolute(), cluster),
        carries_out=False,
        death=NO_CLUSTER,
    )

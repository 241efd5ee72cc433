"""One run of the store, from its digits to its version: what a worker and the command line do.

Knows the order of things and where each is kept; imported only where TensorFlow may be.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self

import numpy as np

from model.learning import export
from model.learning.data.datasets import Dataset, load
from model.learning.errors import DivergedError, LearningError, without_folders
from model.learning.evaluation.accuracy import evaluate
from model.learning.evaluation.report import probabilities, report
from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.recipes import find
from model.learning.training import TrainedModel, epochs_done, train
from model.service.database.connection import StoreError
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    STOPPED,
    Epoch,
    Run,
)
from model.service.database.store import Store
from model.service.home import Home

Event = BatchEvent | EpochEvent

SECONDS_BETWEEN_RECORDS = 0.3
VISITORS_SECONDS = 900.0
"""After which a visitor's run stops, and keeps what it learned: others wait for their turn."""
LOST = "How it ended could not be recorded: the log has the cause."
DISK_FULL = "The disk is full: make room, then resume the run."
PATIENCE = 30.0
"""Seconds that a run goes on while nothing can be recorded; its end is recorded for twice that."""

log = logging.getLogger(__name__)


def carry_out(
    run: Run,
    store: Store,
    home: Home,
    *,
    data: Dataset | None = None,
    tell: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    progress_bar: bool = False,
) -> tuple[TrainedModel, dict[str, Any]] | None:
    """Trains, tests, saves; whatever happens, the store is told how it ended.

    Args:
        run: claimed by this process.
        data: its digits, where they are loaded already.
        tell: gets each event, beside the store.
        should_stop: asked after each batch, beside the store.
        progress_bar: whether Keras's own goes to standard output.

    Returns:
        What was trained, and its result; None where it failed, which the store then says.
    """
    recorder = Recorder(store, run)
    began = time.monotonic()

    def shall_stop() -> bool:
        is_late = run.visitor != "" and time.monotonic() - began > VISITORS_SECONDS
        return recorder.should_stop or should_stop() or is_late

    def on_event(event: Event) -> None:
        recorder.add(event)
        tell(event)

    try:
        home.hold_reserve()
        with recorder:
            if data is None:
                recorder.phase = "getting the digits"
                data = _digits(run.data, shall_stop)
            done = epochs_done(home.checkpoint(run.name))
            store.forget_after(run, done)
            recorder.phase = "training"
            trained = train(
                find(run.recipe),
                data,
                settings=Settings(**run.settings),
                on_event=on_event,
                should_stop=shall_stop,
                progress_bar=progress_bar,
                probe=_image(run.drawing),
                checkpoint=home.checkpoint(run.name),
                earlier=_told(store.epochs(run.id)),
                logs=home.logs(run.name),
            )
            recorder.hold()
            recorder.phase = "testing"
            given = probabilities(trained.network, data.x_test, trained.recipe.output)
            if not np.isfinite(given).all():
                raise DivergedError("the network diverged; try a smaller learning rate")
            evaluation = evaluate(data.y_test, given.argmax(axis=1))
            recorder.hold()
            recorder.phase = "saving"
            home.delete_version(run.name)  # one that a kill kept from being recorded
            export.write(trained, data, evaluation, home.version(run.name), run.name)
        result = report(evaluation, data.x_test, data.y_test, given)
        result |= {"source": data.source, "trained_on": trained.images, "seconds": trained.seconds}
    except _StoppedEarly:
        _finish(store, run, STOPPED, "It was stopped before it had learned anything.")
        return None
    except _LostError:
        return None  # its files are another worker's by now
    except (KeyboardInterrupt, SystemExit):
        store.finish(run, INTERRUPTED, "It was given up.")
        raise
    except Exception as error:
        if reason_of(error) == DISK_FULL:
            home.release_reserve()
        status = DIVERGED if isinstance(error, DivergedError) else FAILED
        _finish(store, run, status, reason_of(error))
        if not isinstance(error, LearningError | OSError | StoreError | MemoryError):
            raise
        return None
    _finish(store, run, STOPPED if trained.stopped else FINISHED, "", result)
    home.forget_checkpoint(run.name)
    return trained, result


class _StoppedEarly(Exception):  # noqa: N818 - it is no error
    """There is nothing yet that could be kept."""


def carry_out_alone(run: Run, store: Store, home: Home) -> None:
    """Carries a run out for a process that has nobody to tell; its end is recorded in any case.

    Where even that fails, whoever looks after the process does it.
    """
    try:
        carry_out(run, store, home)
    except Exception:
        # What went wrong stands in the store; the traceback is the operator's.
        log.exception("%s failed", run.name)
    with suppress(StoreError):
        store.mark_lost(run.worker, FAILED, LOST)


class _LostError(Exception):
    """The run is no longer this worker's: it was taken for dead."""


def _digits(named: str, should_stop: Callable[[], bool]) -> Dataset:
    """The digits of that name; drawing or downloading them takes a while, and can be stopped."""
    got: queue.Queue[Dataset | Exception] = queue.Queue()

    def get() -> None:
        try:
            got.put(load(named))
        except Exception as error:
            got.put(error)

    threading.Thread(target=get, daemon=True).start()
    while True:
        try:
            data = got.get(timeout=0.2)
        except queue.Empty:
            if should_stop():
                raise _StoppedEarly from None
            continue
        if isinstance(data, Exception):
            raise data
        return data


def reason_of(error: BaseException) -> str:
    """One line for whoever started the run."""
    text = without_folders(" ".join(str(error).split())) or type(error).__name__
    if any(sign in text for sign in ("No space left", "errno = 28", "Errno 28", "disk is full")):
        return DISK_FULL
    if isinstance(error, MemoryError) or "OOM" in text or "ResourceExhausted" in text:
        return "There was not enough memory: choose a smaller batch size."
    if not isinstance(error, LearningError | StoreError):
        text = f"{type(error).__name__}: {text}"
    return text[:300]


class Recorder:
    """Writes what a run tells to the store, from a thread of its own: no batch waits for a disk.

    While the store does not answer, events are kept; where that lasts, the run stops.
    """

    def __init__(self, store: Store, run: Run) -> None:
        self.phase = "starting"
        self._store, self._run = store, run
        self._events: list[tuple[float, Event]] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._asked = self._lost = self._ended = False
        self._told = -math.inf
        self._trouble: Exception | None = None
        self._trouble_began = 0.0
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._go, name="recorder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._wake.set()
        self._thread.join()

    @property
    def should_stop(self) -> bool:
        """Whether somebody asked for it, or nobody would hear what else it learns."""
        return self._asked or self._lost or self._gave_up

    @property
    def _gave_up(self) -> bool:
        return self._trouble is not None and time.monotonic() - self._trouble_began > PATIENCE

    def add(self, event: Event) -> None:
        """Takes an event; of those inside an epoch, as many as a chart can show.

        An epoch is recorded before this returns, if the store answers: its checkpoint comes after.
        """
        if isinstance(event, BatchEvent):
            now = time.monotonic()
            if now - self._told < SECONDS_BETWEEN_RECORDS:
                return
            self._told = now
        with self._lock:
            self._events.append((time.time(), event))
        if isinstance(event, EpochEvent):
            self._flush()

    def hold(self) -> None:
        """Holds that the run is still to be carried out here.

        Raises:
            _LostError: it is another worker's, or nobody's.
            Exception: what has kept the store from answering for too long.
        """
        if self._lost:
            raise _LostError
        if self._gave_up and self._trouble:
            raise self._trouble

    def _go(self) -> None:
        while not self._ended:
            self._flush()
            self._wake.wait(SECONDS_BETWEEN_RECORDS)
        deadline = time.monotonic() + PATIENCE
        while not self._flush() and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_RECORDS)

    def _flush(self) -> bool:
        with self._flushing:
            with self._lock:
                events = self._events[:]
            try:
                stop = self._store.record(self._run, self.phase, events)
            except Exception as error:  # whatever it is, nobody else would hear of it
                if self._trouble is None:
                    self._trouble, self._trouble_began = error, time.monotonic()
                return False
            self._trouble = None
            self._asked, self._lost = self._asked or bool(stop), self._lost or stop is None
            with self._lock:
                del self._events[: len(events)]
            return True


def _finish(
    store: Store, run: Run, status: str, reason: str, result: dict[str, Any] | None = None
) -> None:
    """Records how it ended, patiently: the store may be what it failed for."""
    deadline = time.monotonic() + 2 * PATIENCE
    while True:
        try:
            store.finish(run, status, reason, result)
            return
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def _image(drawing: bytes | None) -> Any:
    return None if drawing is None else np.frombuffer(drawing, np.uint8).reshape(28, 28)


def _told(epochs: Sequence[Epoch]) -> tuple[EpochEvent, ...]:
    return tuple(
        EpochEvent(
            epoch=epoch.epoch,
            loss=epoch.loss,
            accuracy=epoch.accuracy,
            val_loss=epoch.val_loss,
            val_accuracy=epoch.val_accuracy,
            seconds=epoch.seconds,
            partial=epoch.partial,
            probe=None if epoch.probe is None else tuple(epoch.probe),
        )
        for epoch in epochs
    )

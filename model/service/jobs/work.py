"""One run of the store, from its digits to its version, as a worker and the command line do it.

Imported only where TensorFlow may be.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from model.learning import export
from model.learning.data.datasets import Dataset, load
from model.learning.errors import DataError, DivergedError, LearningError, without_folders
from model.learning.evaluation.accuracy import evaluate
from model.learning.evaluation.report import probabilities, report
from model.learning.events import EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.recipes import find
from model.learning.training import TrainedModel, epochs_done, train
from model.service.database.connection import StoreError
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    PAUSED,
    STOPPED,
    Epoch,
    Run,
)
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs.recorder import PATIENCE, Event, LostRunError, Recorder

VISITORS_SECONDS = 900.0
"""After which a visitor's run stops and is kept as it is: others are waiting."""
LOST = "How it ended could not be recorded: the log has the cause."
UNEXPECTED = "An unexpected error ended the run: the log has the cause."
DISK_FULL = "The disk is full: make room, then resume the run."

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
    """Trains, tests and saves; however it ends, the store has it.

    Args:
        run: claimed by this process.
        data: its digits, if they are loaded already.
        tell: gets each event, as the store does.
        should_stop: asked after each batch, as the store is.
        progress_bar: whether Keras's progress bar goes to standard output.

    Returns:
        The trained network and its result; None if it failed, and the store has the reason.
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
        home.fill_reserve()
        with recorder:
            if data is None:
                recorder.phase = "getting the digits"
                data = _digits(run, home, shall_stop)
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
                earlier=_events(store.epochs(run.id)),
                logs=home.logs(run.name),
            )
            recorder.check()
            if trained.stopped:
                _raise_if_paused(store, run)
            recorder.phase = "testing"
            predicted = probabilities(trained.network, data.x_test, trained.recipe.output)
            if not np.isfinite(predicted).all():
                raise DivergedError("the network diverged; try a smaller learning rate")
            evaluation = evaluate(data.y_test, predicted.argmax(axis=1))
            recorder.check()
            recorder.phase = "saving"
            home.delete_version(run.name)  # left by a kill before it was recorded
            export.write(trained, data, evaluation, home.version(run.name), run.name)
        result = report(evaluation, data.x_test, data.y_test, predicted)
        result |= {"source": data.source, "trained_on": trained.images, "seconds": trained.seconds}
    except _StoppedEarly:
        _finish_early(store, run)
        return None
    except LostRunError:
        return None  # its files are another worker's by now
    except (KeyboardInterrupt, SystemExit):
        store.finish(run, INTERRUPTED, "Cancelled.")
        raise
    except Exception as error:
        if reason_of(error) == DISK_FULL:
            home.release_reserve()
        status = DIVERGED if isinstance(error, DivergedError) else FAILED
        reason = reason_of(error)
        _finish(store, run, status, reason)
        if reason == UNEXPECTED:
            log.exception("%s failed", run.name)
        return None
    _finish(store, run, STOPPED if trained.stopped else FINISHED, "", result)
    if not trained.stopped:
        home.forget_checkpoint(run.name)
    return trained, result


class _StoppedEarly(Exception):  # noqa: N818 - it is no error
    """It was paused, or there is nothing yet that could be kept."""


def _raise_if_paused(store: Store, run: Run) -> None:
    if store.run(run.name).pause_requested:
        raise _StoppedEarly


def _finish_early(store: Store, run: Run) -> None:
    if store.run(run.name).pause_requested:
        _finish(store, run, PAUSED)
    else:
        _finish(store, run, STOPPED, "It was stopped before it had learned anything.")


def carry_out_alone(run: Run, store: Store, home: Home) -> None:
    """Carries a run out for a process that cannot return anything; its end is always recorded.

    If even that fails, the process's supervisor does it.
    """
    try:
        carry_out(run, store, home)
    except Exception:
        # The store has the reason; the traceback is for the operator.
        log.exception("%s failed", run.name)
    with suppress(StoreError):
        store.mark_lost(run.worker, FAILED, LOST)


def _digits(run: Run, home: Home, should_stop: Callable[[], bool]) -> Dataset:
    """The run's digits; drawing or downloading them takes a while and can be stopped."""
    got: queue.Queue[Dataset | Exception] = queue.Queue()

    def get() -> None:
        try:
            got.put(load(run.data, _drawings(run, home)))
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


def _drawings(run: Run, home: Home) -> list[Path]:
    """The run's files of drawings: the page's by name, the command line's by path.

    Raises:
        DataError: one of the page's has been deleted.
    """
    paths = [home.drawings / each for each in run.drawings]
    for path in paths:
        if path.parent == home.drawings and not path.exists():
            raise DataError(
                f"the drawings {path.name} have been deleted: add that file again under More "
                "drawings, then resume the run"
            )
    return paths


def reason_of(error: BaseException) -> str:
    """One line for whoever started the run."""
    text = without_folders(" ".join(str(error).split())) or type(error).__name__
    if any(sign in text for sign in ("No space left", "errno = 28", "Errno 28", "disk is full")):
        return DISK_FULL
    if isinstance(error, MemoryError) or "OOM" in text or "ResourceExhausted" in text:
        return "There was not enough memory: choose a smaller batch size."
    if isinstance(error, LearningError | StoreError):
        return text[:300]
    if isinstance(error, OSError) and error.strerror:
        return f"A file could not be read or written: {error.strerror}."
    return UNEXPECTED


def _finish(
    store: Store, run: Run, status: str, reason: str = "", result: dict[str, Any] | None = None
) -> None:
    """Records how it ended, patiently: an outage of the store may be why it failed."""
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


def _events(epochs: Sequence[Epoch]) -> tuple[EpochEvent, ...]:
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

"""`python -m model train`: one run from digits to a model folder, shown as it goes.

Knows the order of things and what is printed; training itself is in `model.learning`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from model.learning import export, pictures
from model.learning.datasets import Dataset
from model.learning.errors import ExportError
from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.recipes import Recipe, parameters

_DIGITS_SHOWN = 50


def run(recipe: Recipe, settings: Settings, data: Dataset, out: Path | None, show: bool) -> int:
    """Trains and saves; prints a line for each thing done.

    Raises:
        LearningError: a loss that is no number, a folder that cannot be written.
    """
    folder, version = _target(recipe, out)
    print(f"{recipe.name}: {parameters(recipe):,} parameters; {_fitted(settings)}")
    print(f"{data.source}: {len(data.x_train)} training and {len(data.x_test)} test digits")
    shown = slice(_DIGITS_SHOWN)
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        pictures.save_digits(folder / "digits.png", data.x_train[shown], data.y_train[shown])
    _present("training digits", folder / "digits.png", show)

    from model.learning import training  # TensorFlow takes five seconds
    from model.learning.evaluation import evaluate, guesses

    with _interruptible() as should_stop:
        trained = training.train(
            recipe,
            data,
            settings=settings,
            on_event=lambda event: _tell(event, settings.epochs),
            should_stop=should_stop,
            progress_bar=True,
        )
    if trained.stopped:
        print("stopped: what was learned so far is kept")
    guessed = guesses(trained.network, data.x_test)
    result = evaluate(data.y_test, guessed)
    low, high = result.interval
    print(
        f"test accuracy {result.accuracy:.2%} ({result.correct} of {result.images}; "
        f"95 % interval {low:.2%} to {high:.2%}), trained in {trained.seconds:.0f} s"
    )
    with _written(folder):
        pictures.save_curves(folder / "curves.png", trained.history)
        pictures.save_guesses(
            folder / "guesses.png", data.x_test[shown], data.y_test[shown], guessed[shown]
        )
    export.write(trained, data, result, folder, version)
    _present("loss and accuracy", folder / "curves.png", show)
    _present("what it says of test digits", folder / "guesses.png", show)
    print(f"saved {version} in {folder}: {', '.join(export.FILES)}")
    return 0


def _target(recipe: Recipe, out: Path | None) -> tuple[Path, str]:
    """Folder and version: the one asked for, or a new dated one in the home folder."""
    dated = f"{recipe.name}-{datetime.now(UTC):%Y-%m-%d}"
    if out is not None:
        if export.holds_model(out):
            raise ExportError(f"{out} holds a model already; choose another folder")
        return out, dated
    home = Path(os.environ.get("SKETCHPAD_HOME") or "~/.digit-sketchpad").expanduser()
    names = (dated if n == 1 else f"{dated}-{n}" for n in count(1))
    version = next(name for name in names if not (home / "models" / name).exists())
    return home / "models" / version, version


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror or error}") from error


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a wish to stop; a second one ends the process as usual."""
    asked = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)
        # Not print: the handler may have interrupted one.
        os.write(2, b"\nstopping after this batch; Ctrl-C again to give up\n")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(event: BatchEvent | EpochEvent, epochs: int) -> None:
    if isinstance(event, BatchEvent):
        return  # Keras's progress bar shows it
    line = f"epoch {event.epoch} of {epochs}: loss {event.loss:.4f}, accuracy {event.accuracy:.4f}"
    if event.val_accuracy is not None:
        line += f", validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.4f}"
    print(line + (" (stopped inside)" if event.partial else ""), flush=True)


def _fitted(settings: Settings) -> str:
    return (
        f"{settings.epochs} epochs, batches of {settings.batch_size}, "
        f"learning rate {settings.learning_rate:g}, "
        f"{settings.validation_share:.0%} held out, seed {settings.seed}"
    )


def _present(what: str, picture: Path, show: bool) -> None:
    print(f"{what}: {picture}", flush=True)
    if not show:
        return
    if sys.platform == "win32":
        os.startfile(picture)
        return
    viewer = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if viewer is None:
        print("no picture viewer found here; open the file yourself")
        return
    subprocess.Popen([viewer, str(picture)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

"""`python -m model train`: one run, from digits to a model folder, with its progress printed."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from model.cli import pictures
from model.cli.common import CommandError, digits, named_digits, opened
from model.cli.interrupt import stop_on_ctrl_c
from model.learning import export
from model.learning.data.datasets import Dataset
from model.learning.data.drawings import count
from model.learning.errors import ExportError, TrainingError
from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.recipe import parameters
from model.learning.recipes import RECIPES
from model.learning.tensorflow_start import import_tensorflow
from model.service.jobs.worker import token

if TYPE_CHECKING:
    from model.learning.training import TrainedModel

_DIGITS_SHOWN = 50
STOPPING = "stopping after this batch; Ctrl-C again to abort"


def train(args: argparse.Namespace) -> int:
    """Trains a recipe as a run of the store and saves it; prints a line for each step.

    Raises:
        CommandError: invalid settings.
        LearningError: the digits cannot be loaded, the loss became infinite or NaN, or a folder
            cannot be written.
        StoreError: the database does not answer.
    """
    recipe = RECIPES[args.recipe]
    try:
        settings = recipe.settings(**{f.name: getattr(args, f.name) for f in fields(Settings)})
    except ValueError as error:
        raise CommandError(str(error)) from None
    out: Path | None = args.out
    with opened(args) as (store, home):
        drawings = [str(path.absolute()) for path in args.drawings]
        data = digits(args.data, drawings)
        if out is not None:
            if export.holds_model(out):
                raise ExportError(f"{out} already contains a model; choose another folder")
            with _written(out):
                out.mkdir(parents=True, exist_ok=True)
        # Takes three seconds, so before the run is in the store, from when it needs a heartbeat.
        import_tensorflow()
        from model.service.jobs.work import carry_out

        worker = token(secrets.token_hex(8), os.getpid())
        entry = store.add(
            recipe.name,
            settings,
            named_digits(args.data),
            drawings=drawings,
            origin="command line",
            worker=worker,
        )
        print(f"{entry.name}: {parameters(recipe):,} parameters; {_described(settings)}")
        print(f"{data.source}: {len(data.x_train)} training and {len(data.x_test)} test digits")
        for each in data.drawings:
            drawn = count(each.labels)
            print(f"{each.name}: {drawn.digits} digits and {drawn.others} other drawings")
        with stop_on_ctrl_c(STOPPING) as should_stop:
            done = carry_out(
                entry,
                store,
                home,
                data=data,
                tell=lambda event: _tell(event, settings.epochs),
                should_stop=should_stop,
                progress_bar=True,
            )
        if done is None:
            raise TrainingError(f"{entry.name}: {store.run(entry.name).reason}")
    trained, result = done
    if trained.stopped:
        print("stopped: what was learned so far is kept")
    low, high = result["interval"]
    print(
        f"test accuracy {result['accuracy']:.2%} ({result['correct']} of {result['images']}; "
        f"95% interval {low:.2%} to {high:.2%}), trained in {trained.seconds:.0f} s"
    )
    folder = home.version(entry.name)
    painted = _pictures(folder, data, trained)
    if out is not None:
        with _written(out):
            export.copy(folder, out)
    for title, name in painted.items():
        _present(title, (out or folder) / name, args.show)
    print(f"saved {entry.name} in {out or folder}: {', '.join(export.FILES)}")
    return 0


def _pictures(folder: Path, data: Dataset, trained: TrainedModel) -> dict[str, str]:
    """Adds pictures to the version; their titles and file names."""
    from model.learning.evaluation.accuracy import predictions

    shown = slice(_DIGITS_SHOWN)
    predicted = predictions(trained.network, data.x_test[shown])
    with _written(folder):
        pictures.save_digits(folder / "digits.png", data.x_train[shown], data.y_train[shown])
        pictures.save_curves(folder / "curves.png", trained.history)
        pictures.save_guesses(
            folder / "guesses.png", data.x_test[shown], data.y_test[shown], predicted
        )
    return {
        "training digits": "digits.png",
        "loss and accuracy": "curves.png",
        "predictions for test digits": "guesses.png",
    }


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror or error}") from error


def _tell(event: BatchEvent | EpochEvent, epochs: int) -> None:
    if isinstance(event, BatchEvent):
        return  # Keras's progress bar shows it
    line = f"epoch {event.epoch} of {epochs}: loss {event.loss:.4f}, accuracy {event.accuracy:.4f}"
    if event.val_accuracy is not None:
        line += f", validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.4f}"
    print(line + (" (stopped part-way)" if event.partial else ""), flush=True)


def _described(settings: Settings) -> str:
    return (
        f"{settings.epochs} epochs, batches of {settings.batch_size}, "
        f"learning rate {settings.learning_rate:g}, "
        f"{settings.validation_share:.0%} held out, seed {settings.seed}"
    )


def _present(title: str, picture: Path, show: bool) -> None:
    print(f"{title}: {picture}", flush=True)
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

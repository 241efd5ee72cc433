"""The command line: `python -m model train | sweep | runs | promote | score | read | ...`.

Knows arguments, exit codes and how an error is worded; what a command does is in `commands`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.cli import backup, read, runs
from model.learning.errors import LearningError
from model.learning.hyperparameters import OPTIMIZERS
from model.learning.recipes import RECIPES
from model.reading.reader import SHIPPED, ModelError
from model.service.database.connection import StoreError
from model.service.versions import FORMATS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: without the program's name; None for the process's own.

    Returns:
        The exit code: 0, 1 after an error of the user's, 130 after Ctrl-C.

    Raises:
        SystemExit: `--help`, or arguments that argparse refuses.
    """
    chosen = _parser().parse_args(arguments)
    # Before any command imports TensorFlow: it warns of hardware that is not there.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        code: int = chosen.command(chosen)
        sys.stdout.flush()
    except (LearningError, ModelError, StoreError, read.CommandError) as error:
        print(f"python -m model: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m model: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, `head` say, has gone; Python would complain once more at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model", description="Train networks that read digits, and read with them."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(subparsers.add_parser("train", help="train a recipe on MNIST and save the network"))
    _add_sweep(subparsers.add_parser("sweep", help="train recipes with several settings each"))
    _add_evaluate(subparsers.add_parser("evaluate", help="how well a network reads MNIST's tests"))
    _add_score(subparsers.add_parser("score", help="all that can be measured of a network"))
    _add_read(subparsers.add_parser("read", help="read the digit in each picture file"))
    _add_runs(subparsers)
    recipes = subparsers.add_parser("recipes", help="what each recipe is made of")
    recipes.set_defaults(command=read.recipes)
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train a recipe on MNIST and save the network. Ctrl-C stops after the "
    parser.description += "current batch and keeps what was learned."
    parser.add_argument("--recipe", required=True, choices=list(RECIPES), help="what to train")
    _add_settings(parser)
    _add_data(parser)
    _add_home(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder that gets a copy of the network too",
    )
    parser.add_argument("--show", action="store_true", help="open the pictures in a viewer too")
    parser.set_defaults(command=read.train)


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train every combination of recipes and settings, and print a table. "
    parser.description += "Without a cluster Ctrl-C stops them and keeps what was learned; a "
    parser.description += "cluster goes on with them."
    parser.add_argument("--recipe", nargs="+", choices=list(RECIPES), help="what to train (all)")
    _add_settings(parser, nargs="+")
    _add_data(parser)
    _add_home(parser)
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Ray cluster that trains them side by side (SKETCHPAD_CLUSTER, or here one by one)",
    )
    parser.set_defaults(command=read.sweep)


def _add_settings(parser: argparse.ArgumentParser, **how: str) -> None:
    """What one run may choose.

    Args:
        how: what argparse is told of each, such as that there may be several.
    """
    for name, kind, unit, words in (
        ("--epochs", int, "N", "passes over the training digits"),
        ("--batch-size", int, "N", "digits per step"),
        ("--learning-rate", float, "X", "step size, or its peak"),
        ("--validation-share", float, "X", "share held out to validate, 0 to 1"),
        ("--seed", int, "N", "of weights and shuffling (1)"),
        ("--dropout", float, "X", "share that dropout drops"),
        ("--shift", float, "PIXELS", "move digits by up to this"),
        ("--rotation", float, "DEGREES", "turn them by up to this"),
    ):
        parser.add_argument(name, type=kind, metavar=unit, help=words, **how)  # type: ignore[arg-type]
    parser.add_argument("--optimizer", choices=OPTIMIZERS, help="Keras's name (adam)", **how)  # type: ignore[arg-type]


def _add_runs(subparsers: Any) -> None:
    listing = subparsers.add_parser("runs", help="every training run, newest first")
    promote = subparsers.add_parser("promote", help="put a run's network in use, on every page")
    rollback = subparsers.add_parser("rollback", help="put the network before in use again")
    export = subparsers.add_parser("export", help="save a run's network as a file")
    for parser in (promote, export):
        parser.add_argument("run", metavar="RUN", help="its name, such as classic-3")
    export.add_argument("--format", choices=FORMATS, default="keras", help="(keras)")
    export.add_argument("--out", type=Path, metavar="FILE", help="(RUN.FORMAT)")
    save = subparsers.add_parser("backup", help="save all runs and networks in one file")
    save.description = (
        "Save all runs and networks in one file, while the app runs. An older backup of that name "
        "is replaced once the new one is complete. It includes checkpoints of runs that can be "
        "resumed, but no TensorBoard logs, and no ONNX files, which are converted again on demand."
    )
    restore = subparsers.add_parser("restore", help="restore such a file into an empty home")
    restore.description = (
        "Restore a backup into a home folder and database without runs, of the same kind or "
        "another; the app may be running there or not. Everything is checked first: checksums, "
        "each row, and that no network can run code. Then all of it is restored, or nothing. The "
        "same network is in use again; runs that were running or queued can be resumed."
    )
    for parser in (save, restore):
        parser.add_argument("file", type=Path, metavar="FILE", help="such as sketchpad.zip")
    restore.add_argument("--check", action="store_true", help="check everything, change nothing")
    for parser, command in (
        (save, backup.backup),
        (restore, backup.restore),
        (listing, runs.runs),
        (promote, runs.promote),
        (rollback, runs.rollback),
        (export, runs.export),
    ):
        _add_home(parser)
        parser.set_defaults(command=command)


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="(SKETCHPAD_HOME, or ~/.digit-sketchpad)"
    )
    parser.add_argument(
        "--database", metavar="URL", help="(SKETCHPAD_DATABASE, or a file in the home folder)"
    )


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_data(parser)
    parser.set_defaults(command=read.evaluate)


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.description = "Measure a network as it is served: MNIST's test digits, drawn digits, "
    parser.description += "what is no digit, calibration, size and speed. The scorecard is printed "
    parser.description += "and kept beside the network, as score.json: the Models tab shows it. "
    parser.description += "Without --strokes and --not-digits, built-in drawings are read."
    parser.add_argument(
        "run", nargs="?", metavar="RUN", help="whose network, such as classic-3 (else --model)"
    )
    _add_model(parser)
    _add_data(parser)
    _add_home(parser)
    parser.add_argument(
        "--strokes", nargs="+", type=Path, default=[], metavar="FILE", help="sets of drawn digits"
    )
    parser.add_argument(
        "--not-digits",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="sets of drawings that are no digits",
    )
    parser.add_argument(
        "--pictures",
        type=int,
        metavar="N",
        help="of each set, drawings that are also turned and made into pictures (all; of the "
        "built-in ones 200)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with all the figures")
    parser.add_argument(
        "--reliability", type=Path, metavar="PNG", help="also draw how right how sure readings are"
    )
    parser.add_argument(
        "--errors", type=Path, metavar="PNG", help="also paint every digit that was read wrong"
    )
    parser.set_defaults(command=read.score)


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a picture of a digit")
    _add_model(parser)
    parser.set_defaults(command=read.read)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="a local mnist.npz (MNIST_PATH, else Keras's cache, else Keras's download); "
        "or strokes, or strokes:N, for N digits that are drawn here and need no file",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="DIR",
        help="folder of a saved network (the one that comes with the project)",
    )


if __name__ == "__main__":
    sys.exit(main())

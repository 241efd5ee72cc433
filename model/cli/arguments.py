"""The arguments of every command. Loads no command: `--help` answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model.learning.hyperparameters import OPTIMIZERS
from model.learning.recipes import RECIPES

EXPORT_FORMATS = ("keras", "tflite", "onnx")
"""`model.service.versions.FORMATS`, which would load the database."""


def parser() -> argparse.ArgumentParser:
    """The parser; the parsed `command` is None where none was named."""
    whole = argparse.ArgumentParser(
        prog="python -m model", description="Train digit networks, and read digits with them."
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_train(commands.add_parser("train", help="train a recipe on MNIST and save the network"))
    _add_sweep(commands.add_parser("sweep", help="train recipes with several settings each"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a network's test accuracy"))
    _add_score(commands.add_parser("score", help="measure everything about a network"))
    _add_read(commands.add_parser("read", help="read the digit or number in each picture file"))
    _add_runs(commands)
    commands.add_parser("recipes", help="describe each recipe")
    return whole


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train a recipe on MNIST and save the network. Ctrl-C stops after the current batch and "
        "keeps what was learned."
    )
    parser.add_argument("--recipe", required=True, choices=list(RECIPES), help="what to train")
    _add_settings(parser)
    _add_data(parser)
    parser.add_argument(
        "--drawings",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="sets of pen drawings to learn from too: digits, and others as non-digits",
    )
    _add_home(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for a copy of the network too"
    )
    parser.add_argument("--show", action="store_true", help="open the pictures in a viewer too")


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train every combination of recipes and settings, and print a table. Without a cluster, "
        "Ctrl-C stops the runs and keeps what was learned; on a cluster they keep running."
    )
    parser.add_argument("--recipe", nargs="+", choices=list(RECIPES), help="what to train (all)")
    _add_settings(parser, nargs="+")
    _add_data(parser)
    _add_home(parser)
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Ray cluster to train on in parallel (SKETCHPAD_CLUSTER, else here, one by one)",
    )


def _add_settings(parser: argparse.ArgumentParser, **options: str) -> None:
    """A run's settings.

    Args:
        options: argparse's, for each of them, such as `nargs`.
    """
    for name, kind, unit, words in (
        ("--epochs", int, "N", "passes over the training digits"),
        ("--batch-size", int, "N", "digits per step"),
        ("--learning-rate", float, "X", "step size, or its peak"),
        ("--validation-share", float, "X", "share held out for validation, 0 to 1"),
        ("--seed", int, "N", "of weights and shuffling (1)"),
        ("--dropout", float, "X", "dropout rate"),
        ("--shift", float, "PIXELS", "move digits by up to this"),
        ("--rotation", float, "DEGREES", "turn digits by up to this"),
    ):
        parser.add_argument(name, type=kind, metavar=unit, help=words, **options)  # type: ignore[arg-type]
    parser.add_argument(
        "--optimizer",
        choices=OPTIMIZERS,
        help="Keras's name (adam)",
        **options,  # type: ignore[arg-type]
    )


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.description = "Read MNIST's test digits and print the accuracy, digit by digit."
    _add_model(parser)
    _add_data(parser)


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Measure a network as it is served: MNIST's test digits, drawn digits, non-digits, "
        "calibration, size and speed. The scorecard is printed, and saved beside the network as "
        "score.json for the Models tab. Without --strokes and --not-digits, built-in drawings are "
        "read."
    )
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
        help="sets of drawn non-digits",
    )
    parser.add_argument(
        "--pictures",
        type=int,
        metavar="N",
        help="drawings of each set that are also turned and made into pictures (all; of the "
        "built-in ones 200)",
    )
    parser.add_argument("--json", action="store_true", help="print every figure, as JSON")
    parser.add_argument(
        "--reliability", type=Path, metavar="PNG", help="also draw accuracy by confidence"
    )
    parser.add_argument("--errors", type=Path, metavar="PNG", help="also draw every misread digit")


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.description = "Read the digit or number in each picture file."
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a picture of a digit")
    _add_model(parser)


def _add_runs(commands: Any) -> None:
    listing = commands.add_parser("runs", help="list every training run, newest first")
    promote = commands.add_parser("promote", help="make a run's network live, on every page")
    rollback = commands.add_parser("rollback", help="make the previous network live again")
    export = commands.add_parser("export", help="save a run's network as a file")
    for parser in (promote, export):
        parser.add_argument("run", metavar="RUN", help="its name, such as classic-3")
    export.add_argument("--format", choices=EXPORT_FORMATS, default="keras", help="(keras)")
    export.add_argument("--out", type=Path, metavar="FILE", help="(RUN.FORMAT)")
    backup = commands.add_parser("backup", help="save all runs and networks in one file")
    backup.description = (
        "Save all runs and networks in one file, while the app runs. An older backup of that name "
        "is replaced once the new one is complete. It includes checkpoints of runs that can be "
        "resumed, but no TensorBoard logs, no files of drawings to learn from, and no ONNX files, "
        "which are converted again on demand."
    )
    restore = commands.add_parser("restore", help="restore such a file into an empty home")
    restore.description = (
        "Restore a backup into a home folder and database without runs, of the same kind or "
        "another; the app may be running there or not. Everything is checked first: checksums, "
        "each row, and that no network can run code. Then all of it is restored, or nothing. The "
        "same network is live again; runs that were running or queued can be resumed."
    )
    for parser in (backup, restore):
        parser.add_argument("file", type=Path, metavar="FILE", help="such as sketchpad.zip")
    restore.add_argument("--check", action="store_true", help="check everything, change nothing")
    link = commands.add_parser("link", help="print a new link for the owner of the page")
    for parser in (backup, restore, listing, promote, rollback, export, link):
        _add_home(parser)


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="(SKETCHPAD_HOME, or ~/.digit-sketchpad)"
    )
    parser.add_argument(
        "--database", metavar="URL", help="(SKETCHPAD_DATABASE, or a file in the home folder)"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="a local mnist.npz (MNIST_PATH, else Keras's cache, else Keras's download); "
        "or strokes, or strokes:N, for N digits drawn here without any file",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="folder of a saved network (the project's own)"
    )

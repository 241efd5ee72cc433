"""`python -m model score` and `evaluate`: a network's scorecard, or only its test accuracy."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import numpy as np

from model.cli import pictures
from model.cli.common import CommandError, digits, opened
from model.learning.data import built_in_sets, stroke_sets
from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import StrokeSet
from model.learning.evaluation import mistakes, score_file
from model.learning.evaluation.accuracy import evaluate as accuracy_of
from model.learning.evaluation.scorecard import Scorecard, as_text
from model.learning.evaluation.scoring import score as measured
from model.reading.reader import GREY_LEVELS, SHIPPED, Reader
from model.service.versions import folder_of


def evaluate(args: argparse.Namespace) -> int:
    """Reads every test digit and prints the accuracy, in all and digit by digit."""
    reader = Reader(args.model or SHIPPED)
    data = digits(args.data)
    readings = reader.read(data.x_test.astype(np.float32) / np.float32(GREY_LEVELS))
    result = accuracy_of(data.y_test, np.array([reading.best_guess for reading in readings]))
    low, high = result.interval
    print(f"{reader.version} on {result.images} test digits of {data.source}")
    print(
        f"accuracy {result.accuracy:.2%} ({result.correct} of {result.images}; "
        f"95% interval {low:.2%} to {high:.2%})"
    )
    for digit, recall in enumerate(result.recall):
        print(f"  {digit}: " + ("no image" if recall is None else f"{recall:.2%}"))
    for digit, prediction, times in result.confusions(5):
        print(f"  {digit} read as {prediction}: {times}")
    return 0


def score(args: argparse.Namespace) -> int:
    """Scores a network; prints the card to standard output and progress to standard error.

    Raises:
        CommandError: a number of pictures below 1, a picture that cannot be written, or an invalid
            setting.
        LearningError: an invalid set.
        ModelError: an unreadable model folder.
        StoreError: a run without a network.
    """
    if args.pictures is not None and args.pictures < 1:
        raise CommandError(f"--pictures must be at least 1, received {args.pictures}")
    folder = _folder(args)
    with redirect_stdout(sys.stderr):  # progress is not part of the card
        data = digits(args.data)
    drawn, non_digits, changed = _sets(args)
    card = measured(folder, data, drawn, non_digits, pictures=changed, on_progress=_say)
    if args.reliability is not None:
        _draw(args.reliability, card)
    if args.errors is not None:
        _paint_errors(args.errors, folder, data, drawn)
    _save(folder, card)
    print(json.dumps(asdict(card), indent=2) if args.json else as_text(card))
    return 0


def _say(line: str) -> None:
    """Prints progress, which is not part of the card."""
    print(line, file=sys.stderr, flush=True)


def _folder(args: argparse.Namespace) -> Path:
    if args.run is None:
        return args.model or SHIPPED
    with opened(args) as (store, home):
        return folder_of(store.run(args.run), home)


def _sets(
    args: argparse.Namespace,
) -> tuple[Sequence[StrokeSet], Sequence[StrokeSet], int | None]:
    """Drawn digits, non-digits, and how many drawings are also changed."""
    if not args.strokes and not args.not_digits:
        some = args.pictures or built_in_sets.PICTURES
        return [built_in_sets.digits()], [built_in_sets.non_digits()], some
    drawn, non_digits = (
        [stroke_sets.load(path).part(of_digits=of_digits) for path in paths]
        for paths, of_digits in ((args.strokes, True), (args.not_digits, False))
    )
    return drawn, non_digits, args.pictures


def _save(folder: Path, card: Scorecard) -> None:
    """Saves the card beside its network; failing that, it is only printed."""
    try:
        score_file.save(folder, card)
    except OSError as error:
        _say(f"{folder} cannot be written, the scorecard is not saved: {error.strerror or error}")
    else:
        _say(f"saved as {folder / score_file.NAME}")


def _draw(path: Path, card: Scorecard) -> None:
    sets = [card.test, *(drawn.digits for drawn in card.drawn)]
    try:
        pictures.save_reliability(path, {digits.name: digits.reliability for digits in sets})
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error


def _paint_errors(path: Path, folder: Path, data: Dataset, drawn: Sequence[StrokeSet]) -> None:
    found = mistakes.find(folder, data, drawn)
    try:
        pictures.save_mistakes(path, found)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error
    for part in found:
        _say(f"{part.name}: {len(part.wrong):,} of {part.images:,} misread, drawn in {path}")

"""`python -m model score`: a network measured, its scorecard printed and kept beside it.

Knows files and what is printed; measuring is `model.learning.evaluation.scoring`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from model.cli import pictures
from model.cli.read import CommandError
from model.cli.runs import opened
from model.learning.data import built_in_sets, stroke_sets
from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import StrokeSet
from model.learning.evaluation import mistakes, score_file
from model.learning.evaluation.scorecard import Scorecard, as_text
from model.learning.evaluation.scoring import score
from model.service.versions import folder_of


def run(chosen: argparse.Namespace, data: Dataset) -> int:
    """Scores, prints the card to standard output and what goes on to standard error.

    Args:
        chosen: `run` or `model`, `strokes`, `not_digits`, `pictures`, `json`, `reliability` and
            `errors`.

    Raises:
        CommandError: a number of pictures below 1, a picture that cannot be written, or a run
            without a network.
        LearningError: a set that is none.
        ModelError: a folder that cannot be read with.
    """
    if chosen.pictures is not None and chosen.pictures < 1:
        raise CommandError(f"--pictures must be at least 1, received {chosen.pictures}")
    folder = _folder(chosen)
    drawn, no_digits, changed = _sets(chosen)
    card = score(folder, data, drawn, no_digits, pictures=changed, on_progress=_say)
    if chosen.reliability is not None:
        _draw(chosen.reliability, card)
    if chosen.errors is not None:
        _paint_errors(chosen.errors, folder, data, drawn)
    _keep(folder, card)
    print(json.dumps(asdict(card), indent=2) if chosen.json else as_text(card))
    return 0


def _say(line: str) -> None:
    """What is no part of the card."""
    print(line, file=sys.stderr, flush=True)


def _folder(chosen: argparse.Namespace) -> Path:
    if chosen.run is None:
        return Path(chosen.model)
    with opened(chosen) as (store, home):
        return folder_of(store.run(chosen.run), home)


def _sets(
    chosen: argparse.Namespace,
) -> tuple[Sequence[StrokeSet], Sequence[StrokeSet], int | None]:
    """Drawn digits, non-digits, and how many drawings are also made in other ways."""
    if not chosen.strokes and not chosen.not_digits:
        some = chosen.pictures or built_in_sets.PICTURES
        return [built_in_sets.digits()], [built_in_sets.non_digits()], some
    drawn, no_digits = (
        [stroke_sets.load(path) for path in paths] for paths in (chosen.strokes, chosen.not_digits)
    )
    return drawn, no_digits, chosen.pictures


def _keep(folder: Path, card: Scorecard) -> None:
    """Saves the card beside its network; where that cannot be, it is only printed."""
    try:
        score_file.save(folder, card)
    except OSError as error:
        _say(f"{folder} cannot be written, the scorecard is not kept: {error.strerror or error}")
    else:
        _say(f"kept as {folder / score_file.NAME}")


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
        _say(f"{part.name}: {len(part.wrong):,} of {part.images:,} read wrong, in {path}")

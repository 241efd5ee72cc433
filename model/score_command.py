"""`python -m model score`: a model folder measured, its scorecard printed.

Knows files and what is printed; measuring is `model.learning.scoring`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from model.commands import CommandError
from model.learning import pictures, stroke_sets
from model.learning.datasets import Dataset
from model.learning.scorecard import Scorecard, as_text
from model.learning.scoring import score


def run(chosen: argparse.Namespace, data: Dataset) -> int:
    """Scores, prints the card to standard output and what goes on to standard error.

    Args:
        chosen: `model`, `strokes`, `not_digits`, `pictures`, `json` and `reliability`.

    Raises:
        CommandError: a number of pictures below 1, or a diagram that cannot be written.
        LearningError: a set that is none.
        ModelError: a folder that cannot be read with.
    """
    if chosen.pictures is not None and chosen.pictures < 1:
        raise CommandError(f"--pictures must be at least 1, received {chosen.pictures}")
    card = score(
        chosen.model,
        data,
        [stroke_sets.load(path) for path in chosen.strokes],
        [stroke_sets.load(path) for path in chosen.not_digits],
        pictures=chosen.pictures,
        tell=partial(print, file=sys.stderr, flush=True),
    )
    if chosen.reliability is not None:
        _draw(chosen.reliability, card)
    print(json.dumps(asdict(card), indent=2) if chosen.json else as_text(card))
    return 0


def _draw(path: Path, card: Scorecard) -> None:
    sets = [card.test, *(drawn.digits for drawn in card.drawn)]
    try:
        pictures.save_reliability(path, {digits.name: digits.reliability for digits in sets})
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error

"""What a network reads wrong: each of a set's mistakes, with what it said instead.

Knows a model folder and digits; how they are painted is `pictures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import StrokeSet
from model.learning.evaluation.scoring import inked
from model.reading.reader import Reader


@dataclass(frozen=True)
class Mistake:
    """One image that was read as another digit than it is."""

    image: NDArray[np.float32]
    """(28, 28) float32 in [0, 1], as it was read."""
    digit: int
    """What it is, 0 to 9."""
    guess: int
    """The best guess, 0 to 9."""
    sure: float
    """How sure of it, in [0, 1]."""
    refused: bool
    """Whether the answer was "not a digit", with that guess."""


@dataclass(frozen=True)
class Mistakes:
    """All that was read wrong of one set."""

    name: str
    images: int
    """Of the set."""
    wrong: tuple[Mistake, ...]
    """Like beside like: by digit, then by guess, the surest first."""


def find(folder: Path, data: Dataset, drawn: Sequence[StrokeSet] = ()) -> list[Mistakes]:
    """Reads the test digits and every drawing, each as it stands.

    Raises:
        ModelError: the folder cannot be read with.
        DataError: a set has other labels than digits.
    """
    reader = Reader(folder)
    tests = data.x_test.astype(np.float32) / np.float32(255)
    return [
        _mistakes(reader, data.source, tests, data.y_test),
        *(_mistakes(reader, part.name, inked(part.drawings), part.digits()) for part in drawn),
    ]


def _mistakes(
    reader: Reader, name: str, images: NDArray[np.float32], labels: NDArray[np.integer]
) -> Mistakes:
    wrong = [
        Mistake(image, int(label), said.best_guess, said.confidence, said.digit is None)
        for image, label, said in zip(images, labels, reader.read(images), strict=True)
        if said.best_guess != label
    ]
    wrong.sort(key=lambda each: (each.digit, each.guess, -each.sure))
    return Mistakes(name, len(images), tuple(wrong))

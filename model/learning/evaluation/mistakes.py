"""A network's mistakes on test digits and drawings, each with its wrong prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import StrokeSet
from model.learning.evaluation.scoring import rendered
from model.reading.reader import Reader


@dataclass(frozen=True)
class Mistake:
    """One image that was read as another digit."""

    image: NDArray[np.float32]
    """(28, 28) float32 in [0, 1], as the network sees it."""
    digit: int
    """The true digit, 0 to 9."""
    prediction: int
    """The wrong digit, 0 to 9."""
    confidence: float
    """Of the prediction, in [0, 1]."""
    refused: bool
    """Whether the answer was "not a digit"."""


@dataclass(frozen=True)
class Mistakes:
    """All mistakes in one set."""

    name: str
    images: int
    """How many the set has."""
    wrong: tuple[Mistake, ...]
    """Sorted by digit, then by prediction, the most confident first."""


def find(folder: Path, data: Dataset, drawn: Sequence[StrokeSet] = ()) -> list[Mistakes]:
    """Reads the test digits and all drawings, unperturbed.

    Args:
        folder: a model folder.
        data: its test digits are read.
        drawn: sets of drawn digits.

    Raises:
        ModelError: the model folder is unusable.
        DataError: a label is not a digit.
    """
    reader = Reader(folder)
    tests = data.x_test.astype(np.float32) / np.float32(255)
    return [
        _mistakes(reader, data.source, tests, data.y_test),
        *(_mistakes(reader, part.name, rendered(part.drawings), part.digits()) for part in drawn),
    ]


def _mistakes(
    reader: Reader, name: str, images: NDArray[np.float32], labels: NDArray[np.integer]
) -> Mistakes:
    wrong = [
        Mistake(image, int(label), reading.best_guess, reading.confidence, reading.digit is None)
        for image, label, reading in zip(images, labels, reader.read(images), strict=True)
        if reading.best_guess != label
    ]
    wrong.sort(key=lambda each: (each.digit, each.prediction, -each.confidence))
    return Mistakes(name, len(images), tuple(wrong))

"""How well digits are read: accuracy, recall by digit, commonest confusions.

Knows labels and guesses; `guesses` asks a Keras network, everything else works on numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

_Z_95 = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Evaluation:
    """What a network makes of labelled images; every image counts."""

    images: int
    correct: int
    confusion: tuple[tuple[int, ...], ...]
    """10x10 counts: a row for each true digit, a column for each guess."""

    @property
    def accuracy(self) -> float:
        """Share read right, in [0, 1]."""
        return self.correct / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson score interval of the accuracy (Wilson 1927), in [0, 1]."""
        n, p, z = self.images, self.accuracy, _Z_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def recall(self) -> tuple[float | None, ...]:
        """For each digit the share of its images read right; None where it has no image."""
        return tuple(
            row[digit] / sum(row) if any(row) else None for digit, row in enumerate(self.confusion)
        )

    def confusions(self, most: int) -> list[tuple[int, int, int]]:
        """The commonest mistakes as (true digit, guess, how often), commonest first."""
        mistakes = [
            (digit, guess, count)
            for digit, row in enumerate(self.confusion)
            for guess, count in enumerate(row)
            if digit != guess and count
        ]
        return sorted(mistakes, key=lambda mistake: -mistake[2])[:most]


def evaluate(labels: NDArray[np.integer], guessed: NDArray[np.integer]) -> Evaluation:
    """Counts what was read right.

    Args:
        labels: (n,) integers 0 to 9, n at least 1.
        guessed: (n,) integers 0 to 9.

    Raises:
        ValueError: there is no image, or not one guess for each label.
    """
    if len(labels) == 0 or labels.shape != guessed.shape:
        raise ValueError(
            "there must be one guess for each label and at least one, "
            f"received {guessed.shape} and {labels.shape}"
        )
    counts = confusion_matrix(labels, guessed, labels=range(10))
    return Evaluation(
        images=len(labels),
        correct=int(np.trace(counts)),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
    )


def guesses(network: Any, images: NDArray[np.uint8], batch_size: int = 256) -> NDArray[np.integer]:
    """The most probable digit of each image, the last and smaller batch included.

    Args:
        network: a Keras model as `network.build` makes them.
        images: (n, 28, 28), grey levels 0 to 255.
        batch_size: images per step.

    Returns:
        (n,) integers 0 to 9.
    """
    outputs = np.asarray(network.predict(images, batch_size=batch_size, verbose=0))
    return outputs[:, :10].argmax(axis=1)  # an eleventh says "not a digit"

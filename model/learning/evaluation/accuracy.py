"""Accuracy, recall of each digit and the most common confusions of a network's predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

_Z_95 = 1.959964
"""Standard normal quantile of a two-sided 95% interval."""


@dataclass(frozen=True)
class Evaluation:
    """Result of a network on labelled images; every image counts."""

    images: int
    correct: int
    confusion: tuple[tuple[int, ...], ...]
    """10x10 counts: a row for each true digit, a column for each prediction."""

    @property
    def accuracy(self) -> float:
        """Share of correct predictions, in [0, 1]."""
        return self.correct / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """95% Wilson score interval of the accuracy (Wilson 1927), in [0, 1]."""
        n, p, z = self.images, self.accuracy, _Z_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def recall(self) -> tuple[float | None, ...]:
        """For each digit the share of its images predicted correctly; None without images."""
        return tuple(
            row[digit] / sum(row) if any(row) else None for digit, row in enumerate(self.confusion)
        )

    def confusions(self, limit: int) -> list[tuple[int, int, int]]:
        """The mistakes as (true digit, prediction, count), most common first, up to a limit."""
        mistakes = [
            (digit, prediction, count)
            for digit, row in enumerate(self.confusion)
            for prediction, count in enumerate(row)
            if digit != prediction and count
        ]
        return sorted(mistakes, key=lambda mistake: -mistake[2])[:limit]


def evaluate(labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> Evaluation:
    """Compares predictions with labels.

    Args:
        labels: (n,) integers 0 to 9, n at least 1.
        predicted: (n,) integers 0 to 9.

    Raises:
        ValueError: there is no label, or not one prediction per label.
    """
    if len(labels) == 0 or labels.shape != predicted.shape:
        raise ValueError(
            "there must be at least one label, and one prediction per label, "
            f"received {labels.shape} labels and {predicted.shape} predictions"
        )
    counts = confusion_matrix(labels, predicted, labels=range(10))
    return Evaluation(
        images=len(labels),
        correct=int(np.trace(counts)),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
    )


def predictions(
    network: Any, images: NDArray[np.uint8], batch_size: int = 256
) -> NDArray[np.integer]:
    """The most probable digit of each image, including those of the last, smaller batch.

    Args:
        network: a Keras model made by `network.build`.
        images: (n, 28, 28), grey levels 0 to 255.
        batch_size: images per step.

    Returns:
        (n,) integers 0 to 9.
    """
    outputs = np.asarray(network.predict(images, batch_size=batch_size, verbose=0))
    return outputs[:, :10].argmax(axis=1)  # an eleventh means "not a digit"

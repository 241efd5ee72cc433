"""The full result of a run on the test images, as JSON for its page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from model.learning.evaluation.accuracy import Evaluation
from model.reading.verdict import digit_probabilities, log_outputs

MAX_MISTAKES = 24
"""In the gallery: the most confident ones."""


def probabilities(
    network: Any, images: NDArray[np.uint8], activation: str, batch_size: int = 256
) -> NDArray[np.float64]:
    """A network's probabilities for each image.

    Args:
        network: a Keras model made by `network.build`.
        images: (n, 28, 28), grey levels 0 to 255.
        activation: of its outputs, "softmax" or "sigmoid".
        batch_size: images per step.

    Returns:
        (n, 10) probabilities of the digits, each row summing to 1.
    """
    outputs = np.asarray(network.predict(images, batch_size=batch_size, verbose=0))
    return digit_probabilities(log_outputs(outputs, activation), temperature=1.0)


def report(
    evaluation: Evaluation,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.float64],
) -> dict[str, Any]:
    """The result of a run.

    Args:
        evaluation: on these images.
        images: (n, 28, 28) grey levels 0 to 255.
        labels: (n,) integers 0 to 9.
        probabilities: (n, 10), each row summing to 1.

    Returns:
        `images`, `correct`, `accuracy`, `interval` (95%), `confusion` (10x10, a row for each true
        digit), `digits` (precision, recall, F1 and images of each; null without images) and
        `mistakes`: the most confident ones, each with the image (784 grey levels in base64), the
        digit, the prediction (`guess`) and its confidence in [0, 1] (`sure`).
    """
    predicted = probabilities.argmax(axis=1)
    low, high = evaluation.interval
    scores = precision_recall_fscore_support(
        labels, predicted, labels=range(10), zero_division=np.nan
    )
    return {
        "images": evaluation.images,
        "correct": evaluation.correct,
        "accuracy": evaluation.accuracy,
        "interval": [low, high],
        "confusion": [list(row) for row in evaluation.confusion],
        "digits": [
            {
                "precision": _number(precision),
                "recall": _number(recall),
                "f1": _number(f1),
                "images": int(support),
            }
            for precision, recall, f1, support in zip(*scores, strict=True)
        ],
        "mistakes": _mistakes(images, labels, probabilities),
    }


def _mistakes(
    images: NDArray[np.uint8], labels: NDArray[np.integer], probabilities: NDArray[np.float64]
) -> list[dict[str, Any]]:
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MAX_MISTAKES]
    return [
        {
            "image": base64.b64encode(images[index].tobytes()).decode("ascii"),
            "digit": int(labels[index]),
            "guess": int(predicted[index]),
            "sure": float(confidence[index]),
        }
        for index in worst
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

"""Calibration: temperature, expected calibration error, and the threshold of refusal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.reading.errors import require
from model.reading.verdict import (
    SCORES,
    TEMPERATURES,
    digit_probabilities,
    log_outputs,
    scores_for,
)

BINS = 15
"""Of equal width, as in Guo et al. (2017)."""

REFUSED_DIGITS = 0.01
"""Share of real digits that a threshold may refuse."""


@dataclass(frozen=True)
class Bin:
    """Readings of similar confidence."""

    low: float
    high: float
    """Confidence is above `low` and at most `high`, both in [0, 1]."""
    images: int
    """At least 1."""
    confidence: float
    """Mean confidence, in [0, 1]."""
    accuracy: float
    """Share of correct readings, in [0, 1]."""


def reliability(confidences: NDArray[np.floating], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Sorts readings into 15 bins by confidence and omits empty ones.

    Args:
        confidences: (n,) in [0, 1].
        right: (n,) whether the prediction was correct.
    """
    edges = np.linspace(0, 1, BINS + 1)
    places = np.clip(np.ceil(confidences * BINS).astype(int) - 1, 0, BINS - 1)
    return tuple(
        Bin(
            low=float(edges[place]),
            high=float(edges[place + 1]),
            images=int(np.sum(inside)),
            confidence=float(confidences[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for place in range(BINS)
        if (inside := places == place).any()
    )


def expected_error(bins: tuple[Bin, ...]) -> float:
    """Expected calibration error (Guo et al., 2017), in [0, 1].

    The difference between accuracy and confidence, weighted by the images of each bin; 0 without
    a bin.
    """
    images = sum(b.images for b in bins)
    return sum(b.images * abs(b.accuracy - b.confidence) for b in bins) / max(images, 1)


def fit_temperature(logs: NDArray[np.float64], labels: NDArray[np.integer]) -> float:
    """The temperature that makes the labels most probable (Guo et al., 2017).

    Args:
        logs: (n, 10) or (n, 11) of `verdict.log_outputs`, for images not used in training.
        labels: (n,) 0 to 9.

    Returns:
        A value in `verdict.TEMPERATURES`; the lower end where every prediction is correct.

    Raises:
        ValueError: there is no image, or not one label per image.
    """
    if len(labels) == 0 or len(labels) != len(logs):
        raise ValueError(
            "there must be at least one image, and one label per image, "
            f"received {len(logs)} images and {len(labels)} labels"
        )
    from scipy.optimize import minimize_scalar  # here, as it takes half a second

    def loss(log_temperature: float) -> float:
        probabilities = digit_probabilities(logs, math.exp(log_temperature))
        of_label = probabilities[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(of_label, 1e-300)).mean())

    low, high = map(math.log, TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    return float(np.clip(math.exp(found.x), *TEMPERATURES))


def threshold_for(scores: NDArray[np.float64], share: float = REFUSED_DIGITS) -> float:
    """The lowest threshold that refuses at most that share of real digits.

    Args:
        scores: (n,) of real digits, n at least 1; higher for non-digits.
        share: in [0, 1).

    Raises:
        ValueError: there is no score, or the share is out of range.
    """
    require(len(scores) > 0, "there must be at least one score", len(scores))
    require(0 <= share < 1, "the share must be at least 0 and below 1", share)
    return float(np.sort(scores)[::-1][math.floor(share * len(scores))])


def card_entries(
    activation: str,
    outputs: NDArray[np.floating],
    labels: NDArray[np.integer],
    non_digits: Mapping[str, NDArray[np.floating]],
    *,
    source: str,
) -> dict[str, Any]:
    """The entries `temperature` and `refusal` of a trained network's card.

    Args:
        activation: of the outputs, as named by the card's `output`.
        outputs: (n, 10) or (n, 11) in [0, 1], for real digits not used in training.
        labels: (n,) 0 to 9, of these digits.
        non_digits: by kind, (m, 10) or (m, 11) outputs for non-digits not used in training.
        source: of the digits, in words ("5,000 validation images of MNIST").

    Raises:
        ValueError: there is no digit, or not one label per digit.
    """
    score = scores_for(outputs.shape[1])[0]

    def scored(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        return SCORES[score](log_outputs(outputs, activation))

    temperature = fit_temperature(log_outputs(outputs, activation), labels)
    of_digits = scored(outputs)
    threshold = threshold_for(of_digits)
    kinds = {"digits": of_digits, **{kind: scored(rows) for kind, rows in non_digits.items()}}
    return {
        "temperature": temperature,
        "refusal": {
            "score": score,
            "threshold": threshold,
            "how": f"The lowest threshold that refuses at most {REFUSED_DIGITS:.0%} of "
            f"{source}, none of them used in training; the temperature was fitted on these too.",
            "refused": {
                kind: float((scores > threshold).mean())
                for kind, scores in kinds.items()
                if len(scores)
            },
        },
    }

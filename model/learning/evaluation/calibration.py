"""How far "80 % sure" is right 8 times in 10, and from where on a network refuses.

Knows outputs, labels and what a card says of them; no network, no images and no files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.reading.verdict import (
    SCORES,
    TEMPERATURES,
    digit_probabilities,
    log_outputs,
    scores_for,
)

BINS = 15
"""Of equal width, as Guo et al. (2017) have them."""

REFUSED_DIGITS = 0.01
"""Share of real digits that a threshold may cost."""


@dataclass(frozen=True)
class Bin:
    """Readings that were about equally sure."""

    low: float
    high: float
    """Their confidence is above `low` and at most `high`, both in [0, 1]."""
    images: int
    """At least 1."""
    confidence: float
    """Mean of theirs, in [0, 1]."""
    accuracy: float
    """Share of them that was right, in [0, 1]."""


def reliability(confidences: NDArray[np.floating], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Sorts readings into 15 bins by confidence; those without a reading are left out.

    Args:
        confidences: (n,) in [0, 1].
        right: (n,) whether the best guess was the label.
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

    How far accuracy is from confidence, each bin counting by its images; 0 without a bin.
    """
    images = sum(b.images for b in bins)
    return sum(b.images * abs(b.accuracy - b.confidence) for b in bins) / max(images, 1)


def fit_temperature(logs: NDArray[np.float64], labels: NDArray[np.integer]) -> float:
    """The temperature with which the labels are most probable (Guo et al., 2017).

    Args:
        logs: (n, 10) or (n, 11) of `verdict.log_outputs`, for images not learned from.
        labels: (n,) 0 to 9.

    Returns:
        Within `verdict.TEMPERATURES`; its lower end where every guess is right.

    Raises:
        ValueError: there is no image, or not one label for each.
    """
    if len(labels) == 0 or len(labels) != len(logs):
        raise ValueError(
            "there must be one label for each image and at least one, "
            f"received {len(labels)} and {len(logs)}"
        )
    from scipy.optimize import minimize_scalar  # half a second, which a page need not wait for

    def loss(log_temperature: float) -> float:
        probabilities = digit_probabilities(logs, math.exp(log_temperature))
        of_label = probabilities[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(of_label, 1e-300)).mean())

    low, high = map(math.log, TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    return float(np.clip(math.exp(found.x), *TEMPERATURES))


def threshold_for(scores: NDArray[np.float64], share: float = REFUSED_DIGITS) -> float:
    """The lowest threshold that at most that share of real digits scores above.

    Args:
        scores: (n,) of real digits, n at least 1, higher is less a digit.
        share: in [0, 1).

    Raises:
        ValueError: there is no score, or the share is outside.
    """
    if len(scores) == 0 or not 0 <= share < 1:
        raise ValueError(
            f"there must be a score and a share in [0, 1), received {len(scores)} and {share}"
        )
    return float(np.sort(scores)[::-1][math.floor(share * len(scores))])


def card_entries(
    activation: str,
    outputs: NDArray[np.floating],
    labels: NDArray[np.integer],
    junk: Mapping[str, NDArray[np.floating]],
    *,
    digits_are: str,
) -> dict[str, Any]:
    """The entries `temperature` and `refusal` of a trained network's card.

    Args:
        activation: of the outputs, as the card's `output` names it.
        outputs: (n, 10) or (n, 11) in [0, 1], the network's for real digits not learned from.
        labels: (n,) 0 to 9, theirs.
        junk: what the network puts out for junk not learned from, (m, 10) or (m, 11) by kind.
        digits_are: what the digits are, as a card tells it ("5,000 validation images of MNIST").

    Raises:
        ValueError: there is no digit, or not one label for each.
    """
    score = scores_for(outputs.shape[1])[0]

    def scored(given: NDArray[np.floating]) -> NDArray[np.float64]:
        return SCORES[score](log_outputs(given, activation))

    temperature = fit_temperature(log_outputs(outputs, activation), labels)
    of_digits = scored(outputs)
    threshold = threshold_for(of_digits)
    kinds = {"digits": of_digits, **{kind: scored(given) for kind, given in junk.items()}}
    return {
        "temperature": temperature,
        "refusal": {
            "score": score,
            "threshold": threshold,
            "how": f"The lowest threshold that refuses at most {REFUSED_DIGITS:.0%} of "
            f"{digits_are}, none of them learned from; on these the temperature was fitted too.",
            "refused": {
                kind: float((given > threshold).mean())
                for kind, given in kinds.items()
                if len(given)
            },
        },
    }

"""A network's outputs -> readings: ten probabilities, and whether it is a digit at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.reading.errors import require

DIGITS = 10
"""A network that can refuse has one more output, the last, for "not a digit"."""

TEMPERATURES = (0.05, 20.0)
"""Range of a card's temperature; beyond it, every answer would be certain, or none."""

_FULL_SIGMOID = 2.0**-24
"""Half the step of float32 below 1."""
_MIN_OUTPUT = float(np.finfo(np.float32).tiny)
"""Replaces an output of 0, which underflowed in the network's last layer."""


@dataclass(frozen=True)
class Reading:
    """The network's answer to one image."""

    digit: int | None
    """0 to 9, or None where the network refuses to call it a digit."""
    best_guess: int
    """0 to 9: the most probable digit, even if refused."""
    confidence: float
    """Probability of the best guess, given a digit; in [0, 1]."""
    probabilities: tuple[float, ...]
    """Probabilities of 0 to 9, given a digit; they sum to 1."""
    refusal: float
    """Score of refusal, higher for non-digits: finite, comparable among readings of one network."""


@dataclass(frozen=True)
class Verdicts:
    """Turns one network's outputs into readings, with the settings of its card.

    Raises:
        ValueError: a value is invalid.
    """

    outputs: int
    """10, or 11 with "not a digit" last."""
    activation: str = "softmax"
    """Of the outputs: softmax or sigmoid."""
    temperature: float = 1.0
    """Divisor of the digits' log-probabilities: above 1 it lowers confidence."""
    score: str = "max-softmax"
    """Name of the score of refusal, one of `scores_for(outputs)`."""
    threshold: float = math.inf
    """Images with a higher score are refused."""

    def __post_init__(self) -> None:
        require(
            self.outputs in (DIGITS, DIGITS + 1), "outputs must be 10 or 11", repr(self.outputs)
        )
        low, high = TEMPERATURES
        require(
            _is_number(self.temperature) and low <= self.temperature <= high,
            f"temperature must be a number from {low} to {high:g}",
            repr(self.temperature),
        )
        allowed = scores_for(self.outputs)
        require(
            self.score in allowed,
            f"the score of refusal must be {' or '.join(allowed)}",
            repr(self.score),
        )

    @classmethod
    def of_card(cls, card: Mapping[str, Any], outputs: int) -> Verdicts:
        """The settings of a model card; without entries, temperature is 1 and nothing is refused.

        Raises:
            ValueError: an entry is invalid; the message shows it.
        """
        refusal = card.get("refusal")
        require(
            refusal is None or isinstance(refusal, dict), "refusal must be an object", repr(refusal)
        )
        temperature = card.get("temperature")
        options: dict[str, Any] = {"score": scores_for(outputs)[0]}
        if temperature is not None:
            options["temperature"] = temperature
        if refusal is not None:
            options |= {"score": refusal.get("score"), "threshold": refusal.get("threshold")}
            require(
                _is_number(options["threshold"]) and abs(options["threshold"]) < math.inf,
                "the threshold of refusal must be a finite number",
                repr(options["threshold"]),
            )
        return cls(outputs, str(card.get("output", "softmax")), **options)

    def readings(self, outputs: NDArray[np.floating]) -> list[Reading]:
        """Turns each row of outputs into a reading.

        Args:
            outputs: (n, 10) or (n, 11) in [0, 1], the network's.
        """
        logs = log_outputs(outputs, self.activation)
        probabilities = digit_probabilities(logs, self.temperature)
        refusals = SCORES[self.score](logs)
        best = probabilities.argmax(axis=1).tolist()
        return [
            Reading(
                digit=None if refusal > self.threshold else digit,
                best_guess=digit,
                confidence=row[digit],
                probabilities=tuple(row),
                refusal=refusal,
            )
            for row, digit, refusal in zip(
                probabilities.tolist(), best, refusals.tolist(), strict=True
            )
        ]


def log_outputs(outputs: NDArray[np.floating], activation: str) -> NDArray[np.float64]:
    """(n, k) outputs of a network -> (n, k) finite logits, up to a constant in each row.

    Keras trains sigmoids under a categorical loss by the logits behind them, as a softmax:
    p / (1 - p) is the exponential of a logit. In float32 a sigmoid saturates at 1.
    """
    p = outputs.astype(np.float64)
    if activation == "sigmoid":
        p = np.minimum(p, 1 - _FULL_SIGMOID)
        p = p / (1 - p)
    logs: NDArray[np.float64] = np.log(np.maximum(p, _MIN_OUTPUT))
    return logs


def digit_probabilities(logs: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """(n, k) of `log_outputs` -> (n, 10) probabilities of the digits alone, each row summing to 1.

    The method is temperature scaling (Guo et al., "On Calibration of Modern Neural Networks",
    2017).
    """
    scaled = logs[:, :DIGITS] / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def _odds_of_no_digit(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the odds of the eleventh output against the ten digits together."""
    odds: NDArray[np.float64] = logs[:, DIGITS] - _log_sum(logs[:, :DIGITS])
    return odds


def _odds_against_the_best(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the odds of all else against the best digit: max-softmax, inverted.

    As probabilities, confident readings would all be 1; as odds they remain distinct.
    """
    rows = np.arange(len(logs))
    best = logs[:, :DIGITS].argmax(axis=1)
    others = logs.copy()
    others[rows, best] = -np.inf
    odds: NDArray[np.float64] = _log_sum(others) - logs[rows, best]
    return odds


def _log_sum(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    highest = logs.max(axis=1)
    total: NDArray[np.float64] = highest + np.log(np.exp(logs - highest[:, None]).sum(axis=1))
    return total


SCORES: Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = MappingProxyType(
    {"not-a-digit": _odds_of_no_digit, "max-softmax": _odds_against_the_best}
)
"""Scores of refusal by their names on cards: (n, k) of `log_outputs` -> (n,), higher for
non-digits."""


def scores_for(outputs: int) -> tuple[str, ...]:
    """Names of the scores available for that many outputs, the default first."""
    return tuple(SCORES) if outputs > DIGITS else ("max-softmax",)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

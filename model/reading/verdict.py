"""What a network puts out -> what is said of it: ten probabilities, and whether it is a digit.

Knows numbers and the two entries of a model card that bear on them; no network and no ink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIGITS = 10
"""A network that can say "not a digit" has one more output, the last one."""

TEMPERATURES = (0.05, 20.0)
"""What a card's temperature may be; beyond, every answer would be certain, or none."""

_FULL_SIGMOID = 2.0**-24
"""Half the step of float32 below 1."""
_LEAST = float(np.finfo(np.float32).tiny)
"""What an output of 0 stands for: the network's last layer ran out of digits."""


@dataclass(frozen=True)
class Reading:
    """What the network says of one image."""

    digit: int | None
    """0 to 9, or None where the network refuses to call it a digit."""
    best_guess: int
    """0 to 9: the most probable digit, refused or not."""
    confidence: float
    """Probability of the best guess, given that it is a digit; in [0, 1]."""
    probabilities: tuple[float, ...]
    """Probabilities of 0 to 9, given that it is a digit; they sum to 1."""
    refusal: float
    """How little it looks like a digit: finite, comparable between readings of one network."""


@dataclass(frozen=True)
class Verdicts:
    """Turns one network's outputs into readings, as its card asks for.

    Raises:
        ValueError: a value that nothing can be read with.
    """

    outputs: int
    """10, or 11 with "not a digit" as the last one."""
    activation: str = "softmax"
    """Of the outputs: softmax or sigmoid."""
    temperature: float = 1.0
    """What the digits' log-probabilities are divided by: above 1 makes them less certain."""
    score: str = "max-softmax"
    """One of `scores_for` these outputs."""
    threshold: float = math.inf
    """What scores higher is refused."""

    def __post_init__(self) -> None:
        _hold(self.outputs in (DIGITS, DIGITS + 1), "outputs must be 10 or 11", self.outputs)
        low, high = TEMPERATURES
        _hold(
            _is_number(self.temperature) and low <= self.temperature <= high,
            f"temperature must be a number from {low} to {high:g}",
            self.temperature,
        )
        allowed = scores_for(self.outputs)
        _hold(
            self.score in allowed,
            f"the score of refusal must be {' or '.join(allowed)}",
            self.score,
        )

    @classmethod
    def of_card(cls, card: Mapping[str, Any], outputs: int) -> Verdicts:
        """What a model card asks for; one without entries has temperature 1 and never refuses.

        Raises:
            ValueError: an entry that nothing can be read with; the message shows it.
        """
        refusal = card.get("refusal")
        _hold(refusal is None or isinstance(refusal, dict), "refusal must be an object", refusal)
        temperature = card.get("temperature")
        chosen: dict[str, Any] = {"score": scores_for(outputs)[0]}
        if temperature is not None:
            chosen["temperature"] = temperature
        if refusal is not None:
            chosen |= {"score": refusal.get("score"), "threshold": refusal.get("threshold")}
            _hold(
                _is_number(chosen["threshold"]) and abs(chosen["threshold"]) < math.inf,
                "the threshold of refusal must be a finite number",
                chosen["threshold"],
            )
        return cls(outputs, str(card.get("output", "softmax")), **chosen)

    def readings(self, given: NDArray[np.floating]) -> list[Reading]:
        """Says what each row of outputs means.

        Args:
            given: (n, 10) or (n, 11) in [0, 1], what the network put out.
        """
        logs = log_outputs(given, self.activation)
        probabilities = digit_probabilities(logs, self.temperature)
        refusals = SCORES[self.score](logs)
        best = probabilities.argmax(axis=1).tolist()
        return [
            Reading(
                digit=None if refusal > self.threshold else guess,
                best_guess=guess,
                confidence=row[guess],
                probabilities=tuple(row),
                refusal=refusal,
            )
            for row, guess, refusal in zip(
                probabilities.tolist(), best, refusals.tolist(), strict=True
            )
        ]


def log_outputs(given: NDArray[np.floating], activation: str) -> NDArray[np.float64]:
    """(n, k) outputs of a network -> (n, k) logarithms of them, finite, up to a sum in each row.

    Keras trains sigmoids under a categorical loss by the logits behind them, as a softmax:
    p / (1 - p) is the exponential of a logit. In float32 a sigmoid runs full at 1.
    """
    p = given.astype(np.float64)
    if activation == "sigmoid":
        p = np.minimum(p, 1 - _FULL_SIGMOID)
        p = p / (1 - p)
    logs: NDArray[np.float64] = np.log(np.maximum(p, _LEAST))
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
    """Logarithm of the odds of all else against the best digit: max-softmax, turned round.

    In probability the sure ones would all be 1; in odds they stay apart.
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
"""How little a row of `log_outputs` looks like a digit, by the name that a card gives it: (n, k)
-> (n,), higher is less a digit."""


def scores_for(outputs: int) -> tuple[str, ...]:
    """Names of the scores that so many outputs allow; the first is the usual one."""
    return tuple(SCORES) if outputs > DIGITS else ("max-softmax",)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hold(holds: bool, rule: str, received: object) -> None:
    if not holds:
        raise ValueError(f"{rule}, received {received!r}")

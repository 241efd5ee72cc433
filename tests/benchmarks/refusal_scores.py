"""Scores of refusal compared: how well each separates drawn digits from non-digits.

Run as `python -m tests.benchmarks.refusal_scores --strokes FILE --not-digits FILE [--model DIR]`.
Some need logits, which a served network does not return: they come from `network.keras` without
its last activation. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp
from sklearn.metrics import roc_auc_score

from model.learning.data.stroke_sets import StrokeSet, load
from model.learning.evaluation.scoring import rendered
from model.reading.reader import GREY_LEVELS, SHIPPED, Reader
from model.reading.verdict import DIGITS, SCORES, scores_for
from tests.benchmarks.machine import machine

Logits = NDArray[np.float64]
Score = Callable[[Logits], NDArray[np.float64]]
"""(n, 10) or (n, 11) -> (n,), higher is less a digit."""

REFUSED = 0.03
"""Share of the drawn digits refused in the last column."""


def _served(name: str) -> Score:
    return lambda logits: SCORES[name](log_softmax(logits, axis=1))


def _entropy(logits: Logits) -> NDArray[np.float64]:
    logs = log_softmax(logits[:, :DIGITS], axis=1)
    entropy: NDArray[np.float64] = -(np.exp(logs) * logs).sum(axis=1)
    return entropy


def _margin(logits: Logits) -> NDArray[np.float64]:
    second, best = np.sort(logits[:, :DIGITS], axis=1)[:, -2:].T
    return np.asarray(second - best)


def scores(outputs: int) -> dict[str, Score]:
    """The scores available for that many logits, by name."""
    return {
        **{f"{name} (served)": _served(name) for name in scores_for(outputs)},
        "entropy": _entropy,
        "best logit to second": _margin,
        "best logit to the mean": lambda z: z[:, :DIGITS].mean(axis=1) - z[:, :DIGITS].max(axis=1),
        "max-logit (needs logits)": lambda z: -z[:, :DIGITS].max(axis=1),
        "energy (needs logits)": lambda z: -logsumexp(z[:, :DIGITS], axis=1),
    }


def _logits(network: Path, drawn: StrokeSet) -> Logits:
    import keras  # takes five seconds

    trained = keras.models.load_model(network)
    trained.layers[-1].activation = keras.activations.linear
    model = keras.models.clone_model(trained)
    model.set_weights(trained.get_weights())
    images = rendered(drawn.drawings)
    return np.asarray(model.predict(images * GREY_LEVELS, verbose=0), np.float64)


def main() -> None:
    """Reads and prints."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True)
    parser.add_argument("--not-digits", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    chosen = parser.parse_args()
    drawn, others = load(chosen.strokes), load(chosen.not_digits)
    of_digits, of_others = (_logits(chosen.model / "network.keras", s) for s in (drawn, others))
    apart = ~others.digit_shaped()
    truth = np.repeat([False, True], [len(of_digits), len(of_others)])
    kept = np.append(np.ones(len(of_digits), bool), apart)
    print(f"{Reader(chosen.model).version}, {drawn.name} against {others.name}\n\n{machine()}\n")
    print("| score | AUROC | without letters shaped like digits | refused with 3 % of the digits |")
    print("|---|---:|---:|---:|")
    for name, score in scores(of_digits.shape[1]).items():
        values = np.append(score(of_digits), score(of_others))
        areas = roc_auc_score(truth, values), roc_auc_score(truth[kept], values[kept])
        threshold = np.quantile(values[~truth], 1 - REFUSED)
        refused = (values[truth] > threshold).mean()
        print(f"| {name} | {areas[0]:.4f} | {areas[1]:.4f} | {refused:.1%} |")


if __name__ == "__main__":
    main()

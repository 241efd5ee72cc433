"""Calibration and threshold as numbers: small cases by hand, and what must hold of all."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from model.learning.evaluation.calibration import (
    BINS,
    card_entries,
    expected_error,
    fit_temperature,
    reliability,
    threshold_for,
)
from model.reading.verdict import TEMPERATURES, Verdicts, digit_probabilities, log_outputs
from tests.support.tables import case

SHARES = st.floats(0, 1)
LISTS = st.integers(1, 300).flatmap(
    lambda n: st.tuples(arrays.arrays(float, n, elements=SHARES), arrays.arrays(bool, n))
)


def drawn(
    images: int, temperature: float, seed: int = 0, outputs: int = 10
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits, and labels that are as probable as a softmax of logits / temperature says."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (images, outputs))
    probabilities = digit_probabilities(logits, temperature)
    labels = (probabilities.cumsum(axis=1) < rng.random((images, 1))).sum(axis=1)
    return logits, np.minimum(labels, 9)


def test_bins_and_error_of_a_small_case() -> None:
    confidences = np.array([0.62, 0.64, 0.99, 1.0, 0.0, 0.2])
    right = np.array([True, False, True, True, False, False])
    bins = reliability(confidences, right)
    assert [(round(b.low * 15), round(b.high * 15), b.images) for b in bins] == [
        (0, 1, 1),
        (2, 3, 1),  # 0.2 is 3/15: an edge belongs to the bin below it
        (9, 10, 2),
        (14, 15, 2),
    ]
    assert [b.confidence for b in bins] == pytest.approx([0.0, 0.2, 0.63, 0.995])
    assert [b.accuracy for b in bins] == [0, 0, 0.5, 1]
    assert expected_error(bins) == pytest.approx((0.2 + 2 * 0.13 + 2 * 0.005) / 6)
    assert expected_error(()) == 0


@given(LISTS)
def test_every_reading_is_in_one_bin_and_the_error_is_bounded(
    readings: tuple[NDArray[np.float64], NDArray[np.bool_]],
) -> None:
    confidences, right = readings
    bins = reliability(confidences, right)
    assert sum(b.images for b in bins) == len(confidences)
    assert len(bins) <= BINS
    for b in bins:
        assert b.low - 1e-9 <= b.confidence <= b.high + 1e-9
    # The mean confidence is never further from the accuracy than the bins are.
    assert abs(confidences.mean() - right.mean()) <= expected_error(bins) + 1e-9 <= 1 + 2e-9


def test_the_temperature_that_labels_were_drawn_with_is_found() -> None:
    for temperature in (0.5, 1.0, 2.5):
        for outputs in (10, 11):
            with case((temperature, outputs)):
                logs, labels = drawn(20_000, temperature, outputs=outputs)
                assert fit_temperature(logs, labels) == pytest.approx(temperature, rel=0.05)


def test_the_fitted_temperature_mends_the_error() -> None:
    logs, labels = drawn(20_000, 2.5)

    def error(temperature: float) -> float:
        probabilities = digit_probabilities(logs, temperature)
        right = probabilities.argmax(axis=1) == labels
        return expected_error(reliability(probabilities.max(axis=1), right))

    assert error(1) > 0.2
    assert error(fit_temperature(logs, labels)) < 0.015


def test_guesses_that_are_all_right_leave_the_temperature_within_bounds() -> None:
    logs, _ = drawn(50, 1)
    for labels, bound in ((logs.argmax(axis=1), 0), (logs.argmin(axis=1), 1)):
        assert fit_temperature(logs, labels) == pytest.approx(TEMPERATURES[bound], rel=0.01)


@given(
    arrays.arrays(float, st.integers(1, 400), elements=st.floats(-50, 50)),
    st.sampled_from([0.0, 0.01, 0.05, 0.5]),
)
def test_a_threshold_refuses_no_more_than_asked_and_could_not_be_lower(
    scores: NDArray[np.float64], share: float
) -> None:
    threshold = threshold_for(scores, share)
    assert (scores > threshold).mean() <= share
    assert (scores >= threshold).mean() > share


def test_a_card_with_the_entries_reads_as_it_says() -> None:
    for outputs, score in ((10, "max-softmax"), (11, "not-a-digit")):
        with case(score):
            logs, labels = drawn(3_000, 0.8, outputs=outputs)
            logs[np.arange(3_000), labels] += 6
            scribbles, letters = (drawn(400, 1, seed, outputs)[0] for seed in (1, 2))
            scribbles[:, -1] += 9
            digits, *junk = (
                np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (logs, scribbles, letters)
            )
            kinds = dict(zip(("scribbles", "letters"), junk, strict=True)) | {"none": junk[0][:0]}
            card = card_entries("softmax", digits, labels, kinds, source="3,000 made digits")
            assert card["temperature"] == fit_temperature(log_outputs(digits, "softmax"), labels)
            refusal = card["refusal"]
            assert refusal["score"] == score
            assert "1% of 3,000 made digits" in refusal["how"]
            assert list(refusal["refused"]) == ["digits", "scribbles", "letters"]
            verdicts = Verdicts.of_card(json.loads(json.dumps(card)), outputs)
            for kind, given_ in (("digits", digits), ("scribbles", junk[0]), ("letters", junk[1])):
                refused = np.mean([r.digit is None for r in verdicts.readings(given_)])
                assert refused == refusal["refused"][kind]
            assert refusal["refused"]["digits"] == pytest.approx(0.01, abs=1e-3)


def test_a_threshold_needs_scores_and_a_share() -> None:
    for scores, share, message in (
        ([], 0.01, "at least one score, received 0"),
        ([1.0], 1.0, "share must be at least 0 and below 1, received 1.0"),
        ([1.0], -0.1, "share must be at least 0 and below 1, received -0.1"),
    ):
        with pytest.raises(ValueError, match=message):
            threshold_for(np.array(scores), share)


def test_a_temperature_needs_one_label_per_image() -> None:
    for images, labels in ((0, []), (2, [1])):
        with pytest.raises(ValueError, match=f"received {images} images and {len(labels)} labels"):
            fit_temperature(np.zeros((images, 10)), np.array(labels, int))

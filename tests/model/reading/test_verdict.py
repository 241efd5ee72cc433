"""What outputs mean: temperature, refusal, and cards that ask for what cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from model.reading.verdict import Verdicts
from tests.support.tables import case

OUTPUTS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.sampled_from([10, 11])),
    elements=st.floats(0, 1, width=32),
)


def softmax(*logits: float) -> NDArray[np.float32]:
    """(1, k) float32, as a network puts it out."""
    raised = np.exp(np.array([logits]) - max(logits))
    return (raised / raised.sum()).astype(np.float32)


THREE = softmax(0, 0, 0, 4, 0, 2, 0, 0, 0, 0)
JUNK = softmax(0, 0, 0, 4, 0, 2, 0, 0, 0, 0, 6)
"""Eleven outputs: the same digits, and not a digit before all."""


def test_without_entries_nothing_is_changed_and_nothing_refused() -> None:
    verdicts = Verdicts.of_card({"version": "x", "output": "softmax"}, 10)
    (sure,) = verdicts.readings(THREE)
    (unsure,) = verdicts.readings(softmax(*[0] * 10))
    np.testing.assert_allclose(sure.probabilities, THREE[0], rtol=1e-6)
    assert (sure.digit, sure.best_guess) == (3, 3)
    assert unsure.digit is not None


def test_temperature_divides_the_logits_and_keeps_the_guess() -> None:
    for temperature in (0.5, 1.7):
        with case(temperature):
            (reading,) = Verdicts.of_card({"temperature": temperature}, 10).readings(THREE)
            logits = [0, 0, 0, 4 / temperature, 0, 2 / temperature, 0, 0, 0, 0]
            np.testing.assert_allclose(reading.probabilities, softmax(*logits)[0], rtol=1e-5)
            assert reading.confidence == max(reading.probabilities)


def test_the_eleventh_output_is_no_digit_and_takes_no_part_in_the_ten() -> None:
    (reading,) = Verdicts.of_card({}, 11).readings(JUNK)
    np.testing.assert_allclose(reading.probabilities, THREE[0], rtol=1e-5)
    assert reading.best_guess == 3
    digits = math.log(8 + math.exp(4) + math.exp(2))
    assert reading.refusal == pytest.approx(6 - digits, abs=1e-5)


def test_over_the_threshold_is_refused_with_its_best_guess() -> None:
    for score, outputs, odds in (
        ("max-softmax", THREE, math.log(8 + math.exp(2)) - 4),
        ("max-softmax", JUNK, math.log(8 + math.exp(2) + math.exp(6)) - 4),
        ("not-a-digit", JUNK, 6 - math.log(8 + math.exp(2) + math.exp(4))),
    ):
        with case((score, odds)):
            for threshold, digit in ((odds - 0.01, None), (odds + 0.01, 3)):
                card = {"refusal": {"score": score, "threshold": threshold}}
                (reading,) = Verdicts.of_card(card, outputs.shape[1]).readings(outputs)
                assert (reading.digit, reading.best_guess) == (digit, 3)
                assert reading.refusal == pytest.approx(odds, abs=1e-5)


def test_an_output_that_ran_out_of_digits_is_read_still() -> None:
    certain = np.array([[0] * 10 + [1], [0, 1] + [0] * 9], np.float32)
    other, one = Verdicts.of_card({"temperature": 0.05}, 11).readings(certain)
    assert math.isfinite(other.refusal)
    assert math.isfinite(one.refusal)
    assert other.refusal > 50 > -50 > one.refusal
    assert (one.best_guess, one.confidence) == (1, 1.0)


@given(OUTPUTS, st.sampled_from(["softmax", "sigmoid"]), st.floats(0.05, 20))
def test_whatever_comes_out_is_a_reading(
    outputs: NDArray[np.float32], activation: str, temperature: float
) -> None:
    readings = Verdicts(outputs.shape[1], activation, temperature).readings(outputs)
    assert len(readings) == len(outputs)
    for reading, row in zip(readings, outputs, strict=True):
        assert sum(reading.probabilities) == pytest.approx(1)
        assert reading.confidence == reading.probabilities[reading.best_guess]
        assert row[reading.best_guess] == pytest.approx(row[:10].max(), rel=1e-6, abs=1e-37)
        assert math.isfinite(reading.refusal)


def test_a_card_that_cannot_be_read_with_is_refused() -> None:
    for entries, outputs, rule in (
        ({"temperature": 0}, 10, "temperature must be a number from 0.05 to 20, received 0"),
        ({"temperature": math.nan}, 10, "received nan"),
        ({"temperature": math.inf}, 10, "received inf"),
        ({"temperature": "1.2"}, 10, "received '1.2'"),
        ({"temperature": True}, 10, "received True"),
        ({"refusal": 0.5}, 10, "refusal must be an object, received 0.5"),
        ({"refusal": {"threshold": 1}}, 10, "score of refusal must be max-softmax, received None"),
        ({"refusal": {"score": "not-a-digit", "threshold": 1}}, 10, "must be max-softmax"),
        ({"refusal": {"score": "", "threshold": 1}}, 10, "must be max-softmax, received ''"),
        ({"refusal": {"score": ["x"], "threshold": 1}}, 11, "not-a-digit or max-softmax"),
        ({"refusal": {"score": "max-softmax"}}, 10, "threshold of refusal .* received None"),
        ({"refusal": {"score": "max-softmax", "threshold": math.nan}}, 10, "finite .* nan"),
        ({"refusal": {"score": "max-softmax", "threshold": -math.inf}}, 10, "finite .* -inf"),
        ({"temperature": 10**400}, 10, "received 1000"),
        ({}, 12, "outputs must be 10 or 11, received 12"),
    ):
        with case((entries, outputs)), pytest.raises(ValueError, match=rule):
            Verdicts.of_card(entries, outputs)

"""Built-in drawings to measure with: the same each time, each kind as often as the others."""

from __future__ import annotations

from collections import Counter

import numpy as np

from model.learning.data import built_in_sets
from model.learning.data.non_digits import KINDS


def test_digits_are_the_same_each_time_and_evenly_mixed() -> None:
    one, other = built_in_sets.digits(40), built_in_sets.digits(40)
    assert set(Counter(one.digits().tolist()).values()) == {4}
    for a, b in zip(one.drawings, other.drawings, strict=True):
        assert all(map(np.array_equal, a, b))


def test_a_seven_of_the_set_reads_as_one_of_its_own_kind() -> None:
    """Labels belong to their drawings: a 1 is narrower than a 0."""
    drawn = built_in_sets.digits(400)
    widths = {digit: [] for digit in (0, 1)}  # type: dict[int, list[float]]
    for drawing, label in zip(drawn.drawings, drawn.digits().tolist(), strict=True):
        if label in widths:
            widths[label].append(float(np.ptp(np.concatenate(drawing)[:, 0])))
    assert np.median(widths[1]) < 0.8 * np.median(widths[0])


def test_non_digits_are_of_all_kinds_and_none_is_shaped_like_a_digit() -> None:
    others = built_in_sets.non_digits(2)
    assert Counter(others.kinds()) == dict.fromkeys(KINDS, 2)
    assert not others.digit_shaped().any()

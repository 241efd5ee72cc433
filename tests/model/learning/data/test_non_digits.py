"""Non-digits: every kind, within the unit square, and reproducible."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from model.learning.data.non_digit_styles import LETTERS, SIGNS
from model.learning.data.non_digits import KINDS, SHARES, draw_non_digits, strokes_of
from model.learning.data.stroke_tables import lines_of
from model.reading.ink import from_strokes

ROWS = [*LETTERS.items(), *SIGNS.items()]


@pytest.fixture(scope="module")
def drawn() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """503 non-digits: two chunks, the second one with three."""
    return draw_non_digits(503, seed=7, processes=1)


def test_every_kind_fills_the_unit_square_and_is_ink() -> None:
    for kind in KINDS:
        rng = default_rng(3)
        for _ in range(60):
            lines = strokes_of(kind, rng)
            points = np.concatenate(lines)
            assert points.dtype == np.float64, kind
            assert np.isfinite(points).all(), kind
            low, high = points.min(axis=0), points.max(axis=0)
            assert low.min() >= 0, kind
            assert high.max() <= 1, kind
            np.testing.assert_allclose(low + high, 1, atol=1e-9, err_msg=kind)
            assert from_strokes([line.tolist() for line in lines]).any(), kind


def test_every_row_of_the_tables_is_parsed() -> None:
    for name, row in ROWS:
        lines = lines_of(row)
        assert len(lines) == row.count("|") + 1, name
        for line in lines:
            assert line.knots.min() >= -0.01, name
            assert line.knots.max() <= 1.01, name


def test_two_drawings_of_a_kind_differ_and_one_seed_repeats_them() -> None:
    rng = default_rng(1)
    first, second = strokes_of("letters", rng), strokes_of("letters", rng)
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    again = strokes_of("letters", default_rng(1))
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(again))


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"kind must be one of letters,.*received 'horse'"):
        strokes_of("horse", default_rng(0))


def test_a_set_holds_each_kind_as_often_as_it_should(
    drawn: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    images, kinds = drawn
    assert images.shape == (503, 28, 28)
    assert images.dtype == kinds.dtype == np.uint8
    assert sum(SHARES.values()) == pytest.approx(1)
    assert list(SHARES) == list(KINDS)
    counts = np.bincount(kinds, minlength=len(KINDS))
    np.testing.assert_allclose(counts, [503 * share for share in SHARES.values()], atol=1)
    assert set(kinds[:200].tolist()) == set(range(len(KINDS)))


def test_the_bytes_do_not_depend_on_the_processes(
    drawn: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    images, kinds = draw_non_digits(503, seed=7, processes=2)
    np.testing.assert_array_equal(images, drawn[0])
    np.testing.assert_array_equal(kinds, drawn[1])


def test_nothing_is_nothing_and_less_is_refused() -> None:
    images, kinds = draw_non_digits(0, seed=0)
    assert images.shape == (0, 28, 28)
    assert kinds.shape == (0,)
    with pytest.raises(ValueError, match="count must be at least 0, received -1"):
        draw_non_digits(-1, seed=0)

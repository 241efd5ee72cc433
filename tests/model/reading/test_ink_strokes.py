"""Ink from strokes: made as MNIST was, at any place and size; anything else gets a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.reading.ink import PEN_WIDTH, InkError, from_strokes
from model.reading.reader import Reader
from model.reading.strokes import MAX_COORDINATE, MAX_POINTS, MAX_STROKES, NOT_NUMBERS, NOT_STROKES
from tests.support.digits import DIGITS, Stroke
from tests.support.tables import case

COORDINATES = st.integers(-1000, 1000)
DRAWINGS = st.lists(
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=12), min_size=1, max_size=4
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=30,
)


def moved(strokes: list[Stroke], scale: float, x: float, y: float) -> list[Stroke]:
    return [[(px * scale + x, py * scale + y) for px, py in stroke] for stroke in strokes]


def inked_sides(image: NDArray[np.float32]) -> tuple[int, int]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def mass_centre(image: NDArray[np.float32]) -> NDArray[np.float64]:
    pixels = np.indices(image.shape).reshape(2, -1).astype(np.float64)
    return pixels @ image.ravel() / float(image.sum(dtype=np.float64))


def test_each_digit_is_read_and_with_confidence() -> None:
    readings = Reader().read(np.stack([from_strokes(DIGITS[digit]) for digit in range(10)]))
    assert [reading.best_guess for reading in readings] == list(range(10))
    assert min(reading.confidence for reading in readings) > 0.9


@settings(max_examples=300)
@given(
    digit=st.integers(0, 9),
    scale=st.floats(1e-6, 1e6),
    x=st.floats(-100, 100),
    y=st.floats(-100, 100),
)
@example(digit=5, scale=1e-6, x=0, y=0)
@example(digit=5, scale=1e6, x=100, y=-100)
def test_size_and_place_do_not_matter(digit: int, scale: float, x: float, y: float) -> None:
    strokes = DIGITS[digit]
    anywhere = moved(strokes, scale, x * scale, y * scale)
    np.testing.assert_allclose(from_strokes(anywhere), from_strokes(strokes), atol=1e-5)


def test_direction_and_order_of_the_strokes_hardly_matter() -> None:
    for digit in range(10):
        with case(digit):
            backwards = [stroke[::-1] for stroke in DIGITS[digit]][::-1]
            assert np.abs(from_strokes(backwards) - from_strokes(DIGITS[digit])).mean() < 0.005


@given(DRAWINGS)
def test_made_as_mnist_was(strokes: list[list[tuple[int, int]]]) -> None:
    image = from_strokes(strokes)
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 1
    if len({point for stroke in strokes for point in stroke}) > 1:
        assert max(inked_sides(image)) == 20


def test_centre_of_mass_is_where_mnist_has_it() -> None:
    for digit in range(10):
        with case(digit):
            image = from_strokes(DIGITS[digit])
            centre = mass_centre(image)
            rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
            free = min(rows[0], columns[0], 27 - rows[-1], 27 - columns[-1]) > 0
            # What would be cut off at the edge stays inside, and off its centre.
            assert np.all(np.abs(centre - 14) <= (0.502 if free else 1.5))


def test_ink_is_never_cut_off_however_lopsided() -> None:
    blot = [[(0.01 * (i % 7), 0.01 * (i // 7)) for i in range(49)], [(0.0, 0.0), (1.0, 1.0)]]
    assert inked_sides(from_strokes(blot)) == (20, 20)


def test_nothing_is_off_the_middle() -> None:
    square = from_strokes([[(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]])[4:24, 4:24]
    assert square.sum() == pytest.approx(
        from_strokes([[(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]]).sum()
    )
    for turned in (square.T, square[::-1], square[:, ::-1]):
        np.testing.assert_allclose(turned, square, atol=1e-5)


def test_line_is_as_wide_as_the_pen() -> None:
    across = from_strokes([[[0, 0], [0, 50], [0, 100]]])[14]
    assert across.sum() == pytest.approx(PEN_WIDTH, abs=0.01)


def test_one_point_is_a_dot_in_the_middle() -> None:
    for strokes in ([[[3, 4]]], [[[3, 4], [3, 4]], [[3, 4]]], [[[1e9, -1e9]]]):
        with case(strokes):
            dot = from_strokes(strokes)
            assert dot.sum() == pytest.approx(np.pi * PEN_WIDTH**2 / 4, rel=0.1)
            assert max(inked_sides(dot)) <= PEN_WIDTH + 2
            assert np.all(np.abs(mass_centre(dot) - 13.5) < 1e-3)


def test_nothing_drawn_is_blank() -> None:
    blank: tuple[Any, ...] = ([], [[]], [[], []], ())
    for nothing in blank:
        with case(nothing):
            assert not from_strokes(nothing).any()


def test_a_slow_pen_draws_what_a_fast_one_draws() -> None:
    fast = [[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]]
    legs = np.linspace(0, 1, 4000)
    slow = [[(0.0, y) for y in legs.tolist()] + [(x, 1.0) for x in legs.tolist()]]
    assert np.abs(from_strokes(slow) - from_strokes(fast)).max() < 0.15


NOT_LISTS_OF_STROKES: list[Any] = [
    None,
    "7",
    7,
    True,
    {},
    {"strokes": []},
    [None],
    ["stroke"],
    [7],
    [[7]],
    [[[7]]],
    [[[1, 2, 3]]],
    [[1, 2], [3, 4]],
    [[[1, 2], [3]]],
    [[[1, 2], None]],
    [[[[1, 2]]]],
    [[[[[[[1]]]]]]],
]


def test_anything_but_a_list_of_strokes_is_refused() -> None:
    for value in NOT_LISTS_OF_STROKES:
        with pytest.raises(InkError) as refusal:
            from_strokes(value)
        assert str(refusal.value) == NOT_STROKES, value


NOT_PLAIN_NUMBERS: list[Any] = [
    *("1", None, True, False, [1], {}, 1j),
    *(float("nan"), float("inf"), -float("inf")),
    *(10**400, -(10**400), 2 * MAX_COORDINATE, -1e308),
]


def test_anything_but_a_plain_number_is_refused() -> None:
    for value in NOT_PLAIN_NUMBERS:
        for point in ([value, 1], [1, value]):
            with pytest.raises(InkError) as refusal:
                from_strokes([[[0, 0], point]])
            assert str(refusal.value) == NOT_NUMBERS, repr(value)[:40]


def test_depth_of_a_thousand_lists_is_refused() -> None:
    with pytest.raises(InkError):
        from_strokes(json.loads("[" * 900 + "]" * 900))


def test_too_much_ink_is_refused() -> None:
    for name, strokes in (
        ("points", [[[1, 2]] * (MAX_POINTS + 1)]),
        ("strokes", [[[1, 2]]] * (MAX_STROKES + 1)),
        ("points of all strokes", [[[1, 2]] * 20] * MAX_STROKES),
        ("counted before any of it is looked at", [[object()] * 300_000]),
    ):
        with case(name), pytest.raises(InkError, match="too much ink"):
            from_strokes(strokes)


def test_the_most_ink_that_is_allowed_is_drawn() -> None:
    points = np.random.default_rng(0).random((MAX_POINTS, 2)).tolist()
    assert from_strokes([points]).sum() > 300


@given(ANY_JSON)
def test_any_json_is_ink_or_a_sentence(value: Any) -> None:
    try:
        image = from_strokes(value)
    except InkError:
        return
    assert np.isfinite(image).all()


@given(st.lists(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), max_size=6)))
def test_any_numbers_give_finite_ink(strokes: Any) -> None:
    image = from_strokes(strokes)
    assert np.isfinite(image).all()
    assert image.any() == any(strokes)

"""Whole numbers: which strokes, or pieces of ink, make up each digit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.data.handwriting import strokes as written
from model.learning.data.stroke_styles import STYLES
from model.reading.errors import InkError
from model.reading.grouping import MAX_DIGITS
from model.reading.numbers import read_picture, read_strokes, text_of
from model.reading.reader import Reader
from model.reading.verdict import Reading
from tests.support.digits import DIGITS
from tests.support.number_line import on_paper, side_by_side
from tests.support.tables import case


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def line(number: str, gap: float = 0.2) -> list[NDArray[np.float64]]:
    return side_by_side([[np.array(s) for s in DIGITS[int(digit)]] for digit in number], gap)


def lists(strokes: Sequence[NDArray[np.float64]]) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in strokes]


def test_numbers_are_read_from_strokes_and_from_pictures(reader: Reader) -> None:
    for number in ("10", "42", "3571", "00", "11", "271828", "314159265358"):
        for gap in (0.06, 0.3):
            with case(f"{number}, gap {gap}"):
                strokes = line(number, gap)
                assert text_of(read_strokes(reader, lists(strokes))) == number
                # Thinner than the gap: digits that touch are another test's.
                assert text_of(read_picture(reader, on_paper(strokes, pen=4))) == number


def test_one_digit_of_several_strokes_is_looked_at_once(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def counted(images: NDArray[np.float32]) -> list[Reading]:
        looked.append(len(images))
        return Reader.read(reader, images)

    monkeypatch.setattr(reader, "read", counted)
    assert text_of(read_strokes(reader, lists(line("5")))) == "5"
    assert looked == [1], "though its bar could be a digit of its own"


def test_each_digit_tells_its_box_and_its_strokes(reader: Reader) -> None:
    seven, four = DIGITS[7], DIGITS[4]
    strokes = line("747")
    digits = read_strokes(reader, [[], *lists(strokes)])  # a stroke without a point counts too
    counts = [len(seven), len(four), len(seven)]
    ends = np.cumsum([1, *counts]).tolist()
    assert [d.strokes for d in digits] == [tuple(range(a, b)) for a, b in pairwise(ends)]
    for digit in digits:
        points = np.concatenate([strokes[i - 1] for i in digit.strokes])
        x, y, width, height = digit.box
        assert (x, y) == pytest.approx(points.min(axis=0))
        assert (x + width, y + height) == pytest.approx(points.max(axis=0))
    boxes = [d.box for d in read_picture(reader, on_paper(strokes))]
    assert [box[0] for box in boxes] == sorted(box[0] for box in boxes)
    assert all(0.4 < box[3] < 0.6 for box in boxes), "a line 90 high on paper of 180"


def test_strokes_that_come_late_go_to_their_digit(reader: Reader) -> None:
    crossed = [
        np.array([(0.1, 0.05), (0.8, 0.05), (0.4, 1.0)]),
        np.array([(0.3, 0.5), (0.75, 0.5)]),
    ]
    one = [np.array(DIGITS[1][0])]
    strokes = side_by_side([crossed, one, crossed], 0.15)
    bars = [strokes.pop(4), strokes.pop(1)]
    digits = read_strokes(reader, lists([*strokes, *bars]))
    assert text_of(digits) == "717"
    assert [d.strokes for d in digits] == [(0, 4), (1,), (2, 3)]


def test_one_digit_stays_one(reader: Reader) -> None:
    rng = np.random.default_rng(5)
    split = []
    for digit, styles in STYLES.items():
        for style in styles:
            drawn = written(digit, rng, style)
            if len(drawn) > 1 and len(read_strokes(reader, lists(drawn))) > 1:
                split.append(style)
    assert len(split) <= 1, split


def test_letters_of_several_strokes_are_no_numbers(reader: Reader) -> None:
    letters = {
        "H": [[(0, 0), (0, 1)], [(0, 0.5), (0.6, 0.5)], [(0.6, 0), (0.6, 1)]],
        "K": [[(0, 0), (0, 1)], [(0.6, 0), (0.02, 0.5), (0.6, 1)]],
        "A": [[(0.4, 0), (0, 1)], [(0.4, 0), (0.8, 1)], [(0.2, 0.6), (0.6, 0.6)]],
        "E": [[(0, 0), (0, 1)], [(0, 0), (0.6, 0)], [(0, 0.5), (0.5, 0.5)], [(0, 1), (0.6, 1)]],
    }
    for name, letter in letters.items():
        with case(name):
            assert len(read_strokes(reader, letter)) == 1


def test_touching_digits_are_both_read_or_refused(reader: Reader) -> None:
    for number in ("33", "35", "88", "20", "69"):
        with case(number):
            strokes = line(number, -0.06)
            assert text_of(read_strokes(reader, lists(strokes))) in (number, "?")
            assert text_of(read_picture(reader, on_paper(strokes, pen=7))) in (number, "?")
    touching = on_paper(line("33", -0.06), pen=7)
    assert text_of(read_picture(reader, touching)) == "33", "cut where that reads best"


def test_a_piece_that_is_no_digit_is_a_question_mark(reader: Reader) -> None:
    scribble = [np.random.default_rng(1).uniform(0, 1, (60, 2))]
    four = [np.array(stroke) for stroke in DIGITS[4]]
    for drawings, expected in (([four, scribble], "4?"), ([scribble, four, four], "?44")):
        with case(expected):
            assert text_of(read_strokes(reader, lists(side_by_side(drawings, 0.3)))) == expected


def test_what_is_added_to_a_digit_is_no_part_of_it(reader: Reader) -> None:
    angles = np.linspace(0, 2 * np.pi, 40)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 0.95 + 0.5
    corners = np.array([(-0.3, -0.3), (1.3, -0.3), (1.3, 1.3), (-0.3, 1.3), (-0.3, -0.3)])
    sides = [corners[i : i + 2] for i in range(4)]
    additions = {
        "a dot to the right": [np.array([(1.8, 0.4)])],
        "a dot below": [np.array([(0.5, 1.9), (0.51, 1.9)])],
        "an underline": [np.array([(-0.1, 1.15), (1.1, 1.2)])],
        "a circle around": [circle],
        "a box in one stroke": [corners],
        "a box in four strokes": sides,
    }
    for digit in range(10):
        drawn = [np.array(stroke) for stroke in DIGITS[digit]]
        for name, added in additions.items():
            for strokes in ([*drawn, *added], [*added, *drawn]):
                with case(f"{digit} with {name}"):
                    assert text_of(read_strokes(reader, lists(strokes))) == str(digit)
    circled = [*side_by_side([[np.array(s) for s in DIGITS[d]] for d in (4, 2)], 0.2)]
    assert text_of(read_strokes(reader, lists([*circled, circle * 1.5 - (0.0, 0.25)]))) == "42"
    theta = [np.array(DIGITS[0][0]), np.array([(0.45, 0.5), (0.5, 0.52)])]
    assert len(read_strokes(reader, lists(theta))) == 1, "a dotted 0 keeps its dot"


def test_too_many_digits_or_strokes_are_one_refused_drawing(reader: Reader) -> None:
    assert text_of(read_strokes(reader, lists(line("1" * MAX_DIGITS)))) == "1" * MAX_DIGITS
    assert len(read_strokes(reader, lists(line("8" * (MAX_DIGITS + 1))))) == 1
    assert len(read_strokes(reader, lists(line("1" * 200)))) == 1


def test_no_ink_and_no_strokes(reader: Reader) -> None:
    assert read_strokes(reader, []) == []
    assert read_strokes(reader, [[], []]) == []
    dots = [[[0.0, 0.0]], [[1.0, 0.0]], [[1.0, 0.0]]]
    assert read_strokes(reader, dots)
    with pytest.raises(InkError):
        read_strokes(reader, "nonsense")

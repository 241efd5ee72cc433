"""Drawings made in other ways: turned and painted, the same each time and on several processes."""

from __future__ import annotations

import numpy as np
import pytest

from model.learning.data.stroke_sets import Drawing
from model.learning.evaluation import painting
from model.reading.ink import from_image
from model.reading.reader import Reader
from tests.support.digits import DIGITS
from tests.support.tables import case

DRAWINGS: list[Drawing] = [
    [np.array(stroke) * 50 + (7, -3) for stroke in strokes] for strokes in DIGITS.values()
]


def test_each_way_is_ink_that_is_read_as_what_was_drawn() -> None:
    for way in painting.WAYS:
        with case(way):
            images = painting.perturb(way, DRAWINGS)
            assert (images.shape, images.dtype) == ((10, 28, 28), np.float32)
            assert images.min() == 0
            assert 0.9 < images.max() <= 1
            read = [reading.best_guess for reading in Reader().read(images)]
            assert sum(np.equal(read, list(DIGITS))) >= 9


def test_left_and_right_are_what_they_say() -> None:
    upright: list[Drawing] = [[np.array([(0.0, 0.0), (0.0, 100.0)])]]
    left, right = (
        painting.perturb(f"turned 10° to the {side}", upright)[0] for side in ("left", "right")
    )
    top_of_left, top_of_right = (np.flatnonzero(image[6]).mean() for image in (left, right))
    assert top_of_left + 2 < top_of_right


def test_small_pictures_stand_anywhere_and_their_pens_differ() -> None:
    random = np.random.default_rng(0)
    line: Drawing = [np.array([(2.0, 1.0), (2.0, 9.0)])]
    for pen in (painting.THIN, painting.THICK):
        tops, lefts = set(), set()
        for _ in range(5):
            ink = np.asarray(painting.somewhere(line, random, painting.SMALL, pen)) < 128
            rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
            assert np.ptp(rows) + 1 == len(rows)  # one line, not its ends alone
            assert len(rows) == pytest.approx(painting.SMALL * (1 + pen), abs=2)
            assert len(columns) == pytest.approx(painting.SMALL * pen, abs=2)
            tops.add(rows[0])
            lefts.add(columns[0])
        assert min(len(tops), len(lefts)) > 3


def test_a_small_picture_is_read_as_a_picture() -> None:
    for name, pen in (("thin", painting.THIN), ("thick", painting.THICK)):
        with case(name):
            (made,) = painting.perturb(f"a picture: small and off-centre, {name} pen", DRAWINGS[:1])
            picture = painting.somewhere(DRAWINGS[0], np.random.default_rng(0), painting.SMALL, pen)
            assert np.array_equal(made, from_image(picture))


def test_several_processes_make_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    way = "a picture: small and off-centre, thin pen"
    drawings = [DRAWINGS[i % 10] for i in range(60)]
    alone = painting.perturb(way, drawings)
    monkeypatch.setattr(painting, "_WORTH_A_PROCESS", 1)
    assert np.array_equal(painting.perturb(way, drawings), alone)
    assert len({image.tobytes() for image in alone[:50:10]}) > 1  # each stands elsewhere
    assert painting.perturb(way, []).shape == (0, 28, 28)

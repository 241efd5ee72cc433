"""Drawings made in other ways: turned and painted, the same each time and on several processes."""

from __future__ import annotations

import numpy as np
import pytest

from model.learning import painting
from model.learning.stroke_sets import Drawing
from model.reading.reader import Reader
from tests.digits import DIGITS

DRAWINGS: list[Drawing] = [
    [np.array(stroke) * 50 + (7, -3) for stroke in strokes] for strokes in DIGITS.values()
]


@pytest.mark.parametrize("way", painting.WAYS)
def test_each_way_is_ink_that_is_read_as_what_was_drawn(way: str) -> None:
    images = painting.make(way, DRAWINGS)
    assert (images.shape, images.dtype) == ((10, 28, 28), np.float32)
    assert images.min() == 0
    assert 0.9 < images.max() <= 1
    read = [reading.best_guess for reading in Reader().read(images)]
    assert sum(np.equal(read, list(DIGITS))) >= 9


def test_left_and_right_are_what_they_say() -> None:
    upright: list[Drawing] = [[np.array([(0.0, 0.0), (0.0, 100.0)])]]
    left, right = (
        painting.make(f"turned 10° to the {side}", upright)[0] for side in ("left", "right")
    )
    top_of_left, top_of_right = (np.flatnonzero(image[6]).mean() for image in (left, right))
    assert top_of_left + 2 < top_of_right


def test_small_pictures_stand_anywhere_and_their_pens_differ() -> None:
    random = np.random.default_rng(0)
    places, inks = [], {painting.THIN: 0, painting.THICK: 0}
    for pen in inks:
        for _ in range(5):
            picture = painting.somewhere(DRAWINGS[0], random, painting.SMALL, pen)
            ink = np.asarray(picture) < 128
            rows = np.flatnonzero(ink.any(axis=1))
            assert np.ptp(rows) == pytest.approx(painting.SMALL * (1 + pen), abs=3)
            places.append(rows[0])
            inks[pen] += int(ink.sum())
    assert len(set(places)) > 5
    assert inks[painting.THICK] > 2 * inks[painting.THIN]


def test_several_processes_make_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    way = "a picture: small and off-centre, thin pen"
    drawings = [DRAWINGS[i % 10] for i in range(60)]
    alone = painting.make(way, drawings)
    monkeypatch.setattr(painting, "_WORTH_A_PROCESS", 1)
    assert np.array_equal(painting.make(way, drawings), alone)
    assert len({image.tobytes() for image in alone[::10]}) > 1  # chance differs
    assert painting.make(way, []).shape == (0, 28, 28)

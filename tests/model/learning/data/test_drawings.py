"""Real drawings as training images: which are held out, how many pens, which class."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from model.learning.data import stroke_sets
from model.learning.data.drawings import images_of, split
from model.learning.data.stroke_sets import StrokeSet
from tests.support.digits import DIGITS
from tests.support.strokes_file import write

LABELS = [label for _ in range(20) for label in ("3", "7", "latin/A", "latin/O")]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> StrokeSet:
    path = tmp_path_factory.mktemp("sets") / "x.npz"
    shapes = {"3": DIGITS[3], "7": DIGITS[7], "latin/A": DIGITS[4], "latin/O": DIGITS[0]}
    return stroke_sets.load(write(path, [shapes[label] for label in LABELS], LABELS))


def test_drawings_held_out_are_spread_and_not_trained_on(drawn: StrokeSet) -> None:
    kept, held_out = split([drawn, drawn], 0.1)
    assert not set(kept) & set(held_out)
    assert len(kept) == 108
    assert len(held_out) == 12
    assert np.diff(held_out).max() < 20
    labels = LABELS + LABELS
    assert {labels[place] for place in kept} == {"3", "7", "latin/A"}, "an O looks like a 0"
    assert split([drawn], 0)[1] == []
    assert split([], 0.1) == ([], [])


def test_digits_come_with_two_pens_and_others_with_one(drawn: StrokeSet) -> None:
    kept, _ = split([drawn], 0)
    images, labels = images_of([drawn], kept, np.random.default_rng(1))
    assert Counter(labels.tolist()) == {3: 40, 7: 40, 10: 20}
    assert images.shape == (100, 28, 28)
    assert images.dtype == np.uint8
    first, second = images[labels == 3][:2].astype(int)
    assert first.sum() != second.sum(), "both with the same pen"


def test_the_same_seed_gives_the_same_images_and_a_stop_ends_it(drawn: StrokeSet) -> None:
    kept, _ = split([drawn], 0)
    one, other = (images_of([drawn], kept, np.random.default_rng(2))[0] for _ in range(2))
    assert (one == other).all()
    asked = iter([False] * 5 + [True] * 100)
    images, labels = images_of(
        [drawn], kept, np.random.default_rng(2), should_stop=lambda: next(asked)
    )
    assert len(images) == len(labels) == 9  # five drawings, four of them digits

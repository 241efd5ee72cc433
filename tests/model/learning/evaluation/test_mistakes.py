"""Mistakes of a network that is known: all of them, each with what was said, like beside like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from model.learning.data import stroke_sets
from model.learning.data.datasets import Dataset
from model.learning.evaluation import mistakes
from model.reading.reader import SHIPPED, Reader
from tests.support.digits import DIGITS, SCRIBBLE
from tests.support.strokes_file import write


def test_what_is_labelled_otherwise_than_read_is_found_and_nothing_else(
    digits: Dataset, tmp_path: Path
) -> None:
    tests = digits.x_test.astype(np.float32) / np.float32(255)
    said = Reader().read(tests)
    labels = np.array([each.best_guess for each in said], np.uint8)
    labels[[3, 50]] = (labels[[3, 50]] + 1) % 10
    drawn = stroke_sets.load(
        write(tmp_path / "x.npz", [DIGITS[7], DIGITS[3], DIGITS[7]], [1, 3, 0])
    )
    of_tests, of_drawn = mistakes.find(SHIPPED, replace(digits, y_test=labels), [drawn])

    assert (of_tests.name, of_tests.images, of_drawn.images) == ("drawn digits", 70, 3)
    assert {(w.digit, w.prediction, w.confidence) for w in of_tests.wrong} == {
        (int(labels[i]), said[i].best_guess, said[i].confidence) for i in (3, 50)
    }
    assert any(np.array_equal(of_tests.wrong[0].image, tests[i]) for i in (3, 50))
    assert [(w.digit, w.prediction, w.refused) for w in of_drawn.wrong] == [
        (0, 7, False),
        (1, 7, False),
    ]


def test_what_is_wrong_and_refused_is_marked(digits: Dataset, tmp_path: Path) -> None:
    drawn = stroke_sets.load(write(tmp_path / "x.npz", [SCRIBBLE] * 10, list(range(10))))
    _, of_drawn = mistakes.find(SHIPPED, digits, [drawn])
    assert len(of_drawn.wrong) == 9
    assert all(wrong.refused for wrong in of_drawn.wrong)

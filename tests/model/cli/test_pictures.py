"""The PNGs: written, of the right size, and showing what they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.cli import pictures
from model.learning.data.datasets import Dataset
from model.learning.evaluation.calibration import Bin
from model.learning.evaluation.mistakes import Mistake, Mistakes
from model.learning.events import EpochEvent
from tests.support.tables import case

WRONG = (181, 69, 44)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def coloured(path: Path, colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels(path) - colour).max(axis=2) < 30).sum())


def history(val: float | None) -> list[EpochEvent]:
    return [EpochEvent(n, 1 / n, 1 - 0.3 / n, val, val, 1.0, False) for n in range(1, 5)]


def test_a_grid_has_a_row_for_each_ten(tmp_path: Path, digits: Dataset) -> None:
    for images, rows in ((1, 1), (10, 1), (11, 2), (50, 5)):
        with case(images):
            path = tmp_path / "digits.png"
            pictures.save_digits(path, digits.x_train[:images], digits.y_train[:images])
            height, width, _ = pixels(path).shape
            assert width == 900
            assert height == pytest.approx((41 * rows + 12) * 90 / 34, abs=1)


def test_only_wrong_guesses_are_marked(tmp_path: Path, digits: Dataset) -> None:
    images, labels = digits.x_test[:20], digits.y_test[:20]
    pictures.save_guesses(tmp_path / "right.png", images, labels, labels)
    wrong = labels.copy()
    wrong[7] = 3
    pictures.save_guesses(tmp_path / "one.png", images, labels, wrong)
    assert coloured(tmp_path / "right.png", WRONG) == 0
    assert coloured(tmp_path / "one.png", WRONG) > 10


def test_curves_show_validation_where_there_is_one(tmp_path: Path) -> None:
    pictures.save_curves(tmp_path / "without.png", history(None))
    pictures.save_curves(tmp_path / "with.png", history(0.7))
    without, with_it = pixels(tmp_path / "without.png"), pixels(tmp_path / "with.png")
    assert without.shape == with_it.shape
    assert (without != with_it).any()


def test_curves_of_a_single_epoch_are_drawn(tmp_path: Path) -> None:
    pictures.save_curves(tmp_path / "curves.png", history(0.5)[:1])
    assert coloured(tmp_path / "curves.png", (31, 95, 168)) > 10


def test_an_unwritable_path_is_an_os_error(tmp_path: Path, digits: Dataset) -> None:
    with pytest.raises(OSError, match="No such file"):
        pictures.save_digits(tmp_path / "no" / "d.png", digits.x_train[:1], digits.y_train[:1])


def test_a_diagram_for_each_set_shows_how_far_off_the_bins_are(tmp_path: Path) -> None:
    right, wrong = Bin(0.8, 0.9, 50, 0.85, 0.85), Bin(0.8, 0.9, 50, 0.85, 0.25)
    for name, sets in (("one", {"a": [right]}), ("two", {"a": [right], "b": [wrong, right]})):
        pictures.save_reliability(tmp_path / name, sets)
    assert pixels(tmp_path / "two").shape[1] == 2 * pixels(tmp_path / "one").shape[1]
    assert coloured(tmp_path / "one", WRONG) == 0
    assert coloured(tmp_path / "two", WRONG) > 100


def test_every_mistake_of_every_set_is_on_one_sheet(tmp_path: Path) -> None:
    ink = np.ones((28, 28), np.float32)

    def sheet(*counts: int) -> np.ndarray:
        path = tmp_path / "errors.png"
        wrong = Mistake(ink, 9, 4, 0.87, refused=False)
        pictures.save_mistakes(path, [Mistakes("x", 10_000, (wrong,) * n) for n in counts])
        return pixels(path)

    one = (sheet(1).max(axis=2) < 10).sum()
    many = sheet(21, 0, 30)
    # Each is a black square; letters are not black.
    assert (many.max(axis=2) < 10).sum() == pytest.approx(51 * one, rel=0.02)
    assert many.shape[1] == sheet(1).shape[1]
    assert many.shape[0] > sheet(20, 0, 20).shape[0] > sheet(20, 20).shape[0]
    assert coloured(tmp_path / "errors.png", WRONG) > 0

"""Moving and turning digits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.augmentation import augment, sample


@pytest.fixture
def bar() -> NDArray[np.uint8]:
    """One upright bar, a little left of the middle."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 6:22, 11:14] = 255
    return image


def centre(image: NDArray[np.uint8]) -> tuple[float, float]:
    weight = image.sum(dtype=float)
    y, x = np.mgrid[:28, :28]
    return float((y * image).sum() / weight), float((x * image).sum() / weight)


def lean(image: NDArray[np.uint8]) -> float:
    """Degrees by which the ink's main axis leans from upright."""
    y, x = np.mgrid[:28, :28] - np.array(centre(image))[:, None, None]
    spread = (y * y * image).sum() - (x * x * image).sum()
    return float(np.degrees(np.arctan2(2 * (y * x * image).sum(), spread)) / 2)


def test_nothing_asked_changes_nothing(bar: NDArray[np.uint8]) -> None:
    assert np.array_equal(augment(bar, np.random.default_rng(1)), bar)


def test_shift_moves_by_up_to_so_many_pixels_and_keeps_the_ink(bar: NDArray[np.uint8]) -> None:
    many = np.repeat(bar, 400, axis=0)
    moved = augment(many, np.random.default_rng(1), shift=3)
    y0, x0 = centre(bar[0])
    offsets = np.array([centre(image) for image in moved]) - (y0, x0)
    assert np.abs(offsets).max() <= 3.01
    assert offsets.min(axis=0).max() < -2.8
    assert offsets.max(axis=0).min() > 2.8
    ink = moved.reshape(400, -1).sum(axis=1) / bar.sum()
    assert np.allclose(ink, 1, atol=0.01)


def test_rotation_turns_by_up_to_so_many_degrees(bar: NDArray[np.uint8]) -> None:
    turned = augment(np.repeat(bar, 300, axis=0), np.random.default_rng(1), rotation=20)
    angles = [lean(image) for image in turned]
    assert 18 < max(angles) <= 20.5
    assert -20.5 <= min(angles) < -18


def test_what_comes_in_from_outside_is_paper() -> None:
    full = np.full((1, 28, 28), 255, np.uint8)
    y, x = np.mgrid[:28, :28].astype(np.float32)
    moved = sample(full, (y - 10)[None], (x + 40)[None])
    assert not moved.any()
    half = sample(full, (y - 10)[None], x[None])
    assert not half[0, :9].any()
    assert (half[0, 10:] == 255).all()


def test_between_pixels_grey_is_bilinear() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5, 5] = 200
    y, x = np.mgrid[:28, :28].astype(np.float32)
    moved = sample(image, (y + 0.25)[None], (x + 0.5)[None])
    assert moved[0, 5, 5] == round(200 * 0.75 * 0.5)
    assert moved[0, 4, 4] == round(200 * 0.25 * 0.5)


def test_the_same_seed_gives_the_same_images(bar: NDArray[np.uint8]) -> None:
    once, again = (augment(bar, np.random.default_rng(7), shift=2, rotation=9) for _ in range(2))
    assert np.array_equal(once, again)

"""Moving and turning digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.data.augmentation import augment, sample
from model.learning.hyperparameters import Warp


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


def test_without_limits_nothing_changes(bar: NDArray[np.uint8]) -> None:
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


def test_paper_lies_beyond_the_edges() -> None:
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


NO_WARP = Warp(slant=0, stretch=0, elastic_coarse=0, elastic_fine=0, pen=0)


def warped(bar: NDArray[np.uint8], **limits: float) -> NDArray[np.uint8]:
    many = np.repeat(bar, 300, axis=0)
    return augment(many, np.random.default_rng(2), warp=replace(NO_WARP, **limits))


def test_an_empty_warp_changes_no_ink(bar: NDArray[np.uint8]) -> None:
    assert np.array_equal(warped(bar), np.repeat(bar, 300, axis=0))


def test_slant_leans_both_ways_up_to_what_is_asked(bar: NDArray[np.uint8]) -> None:
    leans = [lean(image) for image in warped(bar, slant=0.3)]
    most = np.degrees(np.arctan(0.3))
    assert min(leans) == pytest.approx(-most, abs=2)
    assert max(leans) == pytest.approx(most, abs=2)


def test_stretch_makes_bars_longer_and_shorter(bar: NDArray[np.uint8]) -> None:
    lengths = (warped(bar, stretch=0.2) > 127).any(axis=2).sum(axis=1)
    assert lengths.min() == pytest.approx(16 * np.exp(-0.2), abs=1)
    assert lengths.max() == pytest.approx(16 * np.exp(0.2), abs=1)


def test_elastic_displacements_bend_and_keep_most_ink(bar: NDArray[np.uint8]) -> None:
    for name in ("elastic_coarse", "elastic_fine"):
        bent = warped(bar, **{name: 1.0})
        assert len({image.tobytes() for image in bent}) > 280, name
        ink = bent.sum(axis=(1, 2), dtype=float) / bar.sum(dtype=float)
        assert ink.mean() == pytest.approx(1, abs=0.1), name
        assert ink.min() > 0.5, name


def test_pens_are_wider_and_thinner_as_often(bar: NDArray[np.uint8]) -> None:
    ink = warped(bar, pen=0.3).sum(axis=(1, 2), dtype=float) / bar.sum(dtype=float)
    assert (ink > 1.01).mean() == pytest.approx(0.3, abs=0.06)
    assert (ink < 0.99).mean() == pytest.approx(0.3, abs=0.06)
    assert ink.min() > 0.4
    assert ink.max() < 1.7


def test_the_same_chance_gives_the_same_images(bar: NDArray[np.uint8]) -> None:
    warp = Warp(slant=0.3, stretch=0.2, elastic_coarse=1, elastic_fine=0.4, pen=0.3)
    first, again = (
        augment(bar, np.random.default_rng(3), shift=1, rotation=9, warp=warp) for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)

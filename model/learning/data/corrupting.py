"""Makes non-digits out of images of digits: turned, mirrored, and two in one box.

Drawn non-digits have a pen of their own; these share pen and paper with the digits, so that a
network cannot tell non-digits by their ink.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from model.learning.data.non_digits import MIRRORED, QUARTER_TURNED, UPSIDE_DOWN
from model.reading.placing import BOX, SIDE, place

_ALL = tuple(range(10))


def corrupt(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, rng: Generator
) -> NDArray[np.uint8]:
    """Makes non-digits out of images taken at random.

    Where the images lack the digits that one way needs (a turned 0 is still a 0), pairs take its
    place.

    Args:
        images: (n, 28, 28) uint8 digits, 0 (paper) to 255 (ink).
        labels: (n,) uint8, 0 to 9.
        count: how many to make, at least 0.
        rng: the source of all randomness.

    Returns:
        (count, 28, 28) uint8, placed in 28x28 as MNIST's digits are; none where no image has ink.
    """
    has_ink = images.any(axis=(1, 2))
    if not has_ink.any():
        return np.zeros((0, SIDE, SIDE), np.uint8)
    places = {
        digits: np.flatnonzero(has_ink & np.isin(labels, digits))
        for digits in (_ALL, QUARTER_TURNED, UPSIDE_DOWN, MIRRORED)
    }

    def one_of(digits: tuple[int, ...]) -> NDArray[np.uint8]:
        return images[places[digits][rng.integers(len(places[digits]))]]

    corrupted = np.zeros((count, SIDE, SIDE), np.uint8)
    for i in range(count):
        digits = _digits_for(rng.random())
        if digits is _ALL or not len(places[digits]):
            left, right = (_trimmed(one_of(_ALL)) for _ in range(2))
            picture = _beside(left, right, int(rng.integers(-1, 6)))
        elif digits is QUARTER_TURNED:
            picture = np.rot90(one_of(digits), rng.choice((1, 3)))
        elif digits is UPSIDE_DOWN:
            picture = np.rot90(one_of(digits), 2)
        else:
            picture = one_of(digits)[:, ::-1]
        corrupted[i] = _boxed(_trimmed(picture))
    return corrupted


def _digits_for(chance: float) -> tuple[int, ...]:
    """The digits to corrupt, and by that how: half of the time any two become a pair."""
    if chance < 0.5:
        return _ALL
    if chance < 0.7:
        return QUARTER_TURNED
    return UPSIDE_DOWN if chance < 0.85 else MIRRORED


def _trimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The rows and columns from the first to the last with ink."""
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _beside(left: NDArray[np.uint8], right: NDArray[np.uint8], gap: int) -> NDArray[np.uint8]:
    """Both in one picture, centred vertically; a negative gap lets them touch."""
    height = max(len(left), len(right))
    picture = np.zeros(
        (height, left.shape[1] + max(gap, 1 - right.shape[1]) + right.shape[1]), np.uint8
    )
    for image, start in ((left, 0), (right, picture.shape[1] - right.shape[1])):
        top = (height - len(image)) // 2
        window = picture[top : top + len(image), start : start + image.shape[1]]
        np.maximum(window, image, out=window)
    return picture


def _boxed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(28, 28) uint8: the longer side scaled to `BOX` pixels, placed by its centre of mass."""
    scale = BOX / max(picture.shape)
    height, width = (max(1, round(side * scale)) for side in picture.shape)
    small = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    box = np.zeros((BOX, BOX), np.float32)
    top, left = (BOX - height) // 2, (BOX - width) // 2
    box[top : top + height, left : left + width] = np.asarray(small, np.float32) / 255
    return np.rint(place(box) * 255).astype(np.uint8)

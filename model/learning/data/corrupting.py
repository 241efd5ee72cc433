"""Makes what is no digit out of images of digits: turned, mirrored, and two in one box.

What `junk` draws has its own pen; these have the pen and the paper of the digits themselves, so
that a network cannot tell junk by its ink. Knows images; not who learns from them.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from model.learning.data.non_digits import MIRRORED, QUARTER_TURNED, UPSIDE_DOWN
from model.reading.placing import BOX, SIDE, place

_ALL = tuple(range(10))

_SHARE_OF_PAIRS = 0.5


def spoil(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, rng: Generator
) -> NDArray[np.uint8]:
    """Spoils images taken at random.

    Args:
        images: (n, 28, 28) uint8 digits, 0 (paper) to 255 (ink); all ten should be among them.
        labels: (n,) uint8, 0 to 9.
        count: of images to make, at least 0.
        rng: where all chance comes from.

    Returns:
        (count, 28, 28) uint8, set into 28x28 as MNIST's digits are.
    """
    has_ink = images.any(axis=(1, 2))
    places = {
        digits: np.flatnonzero(has_ink & np.isin(labels, digits))
        for digits in (_ALL, QUARTER_TURNED, UPSIDE_DOWN, MIRRORED)
    }

    def one_of(digits: tuple[int, ...]) -> NDArray[np.uint8]:
        return images[places[digits][rng.integers(len(places[digits]))]]

    spoilt = np.zeros((count, SIDE, SIDE), np.uint8)
    for i in range(count):
        way = rng.random()
        if way < _SHARE_OF_PAIRS:
            pair = [_trimmed(one_of(_ALL)) for _ in range(2)]
            spoilt[i] = _boxed(_beside(pair[0], pair[1], int(rng.integers(-1, 6))))
        elif way < 0.7:
            spoilt[i] = _boxed(_trimmed(np.rot90(one_of(QUARTER_TURNED), rng.choice((1, 3)))))
        elif way < 0.85:
            spoilt[i] = _boxed(_trimmed(np.rot90(one_of(UPSIDE_DOWN), 2)))
        else:
            spoilt[i] = _boxed(_trimmed(one_of(MIRRORED)[:, ::-1]))
    return spoilt


def _trimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part that has ink."""
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _beside(left: NDArray[np.uint8], right: NDArray[np.uint8], gap: int) -> NDArray[np.uint8]:
    """Both in one picture, their middles level; a gap below 0 lets them touch."""
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
    """(28, 28) uint8: the longer side `BOX` pixels, then placed by its mass."""
    scale = BOX / max(picture.shape)
    height, width = (max(1, round(side * scale)) for side in picture.shape)
    small = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    box = np.zeros((BOX, BOX), np.float32)
    top, left = (BOX - height) // 2, (BOX - width) // 2
    box[top : top + height, left : left + width] = np.asarray(small, np.float32) / 255
    return np.rint(place(box) * 255).astype(np.uint8)

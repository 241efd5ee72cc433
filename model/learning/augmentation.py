"""Moves and turns digits, so that a network learns that neither matters.

Knows images only; numpy only, so that the page can show what it does to one digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MIDDLE = 13.5
"""Of 28 pixels, counted from the first one's centre."""


def augment(
    images: NDArray[np.uint8], rng: np.random.Generator, *, shift: float = 0, rotation: float = 0
) -> NDArray[np.uint8]:
    """Each image turned about its middle and moved, by amounts drawn evenly up to the given ones.

    Args:
        images: (n, 28, 28) uint8, 0 (paper) to 255 (ink).
        rng: where chance comes from: the same one gives the same images.
        shift: pixels, each way, across and down.
        rotation: degrees, each way.

    Returns:
        (n, 28, 28) uint8; grey levels between pixels are bilinear, what comes in from outside is
        paper.
    """
    count = len(images)
    angle = np.radians(rng.uniform(-rotation, rotation, count)).astype(np.float32)
    move = rng.uniform(-shift, shift, (2, count, 1, 1)).astype(np.float32)
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    down, across = np.mgrid[:28, :28].astype(np.float32) - np.float32(_MIDDLE)
    y = cosine * down + sine * across + move[0]
    x = cosine * across - sine * down + move[1]
    return sample(images, y + np.float32(_MIDDLE), x + np.float32(_MIDDLE))


def sample(
    images: NDArray[np.uint8], y: NDArray[np.float32], x: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The images' grey levels at places between their pixels, bilinear.

    Args:
        images: (n, 28, 28) uint8.
        y: (n, 28, 28) float32, for each pixel of the result the row it comes from; paper outside.
        x: (n, 28, 28) float32, the column.

    Returns:
        (n, 28, 28) uint8.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(len(images), 900)
    # The frame of paper around each image answers for all that lies outside.
    y = np.clip(y, -1, 28) + 1
    x = np.clip(x, -1, 28) + 1
    top = np.minimum(y.astype(np.int32), 28)
    left = np.minimum(x.astype(np.int32), 28)
    y -= top
    x -= left
    first = (30 * top + left).reshape(len(images), 784)
    y, x = y.reshape(first.shape), x.reshape(first.shape)

    def grey(offset: int) -> NDArray[np.uint8]:
        return np.take_along_axis(padded, first + offset, axis=1)

    above = grey(0) * (1 - x) + grey(1) * x
    below = grey(30) * (1 - x) + grey(31) * x
    mixed = above * (1 - y) + below * y
    return np.rint(mixed).astype(np.uint8).reshape(images.shape)

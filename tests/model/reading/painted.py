"""Pictures as tones that tests can shade and compare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def tones(picture: Image.Image) -> NDArray[np.float64]:
    """(h, w) float64 in [0, 1]."""
    return np.asarray(picture.convert("L"), np.float64) / 255


def from_tones(values: NDArray[np.float64]) -> Image.Image:
    """A picture of mode L from values in [0, 1]; the rest is clipped."""
    return Image.fromarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))


def difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Mean absolute difference of two 28x28, the other moved by a pixel where that fits better.

    As MNIST's digits do, ours stand on whole pixels: where the centre of mass falls between two,
    a hair decides which.
    """
    around = np.pad(other, 1)
    moved = [around[y : y + 28, x : x + 28] for y in range(3) for x in range(3)]
    return min(float(np.abs(one - place).mean()) for place in moved)

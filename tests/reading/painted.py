"""Paints strokes into pictures as a drawing program or a pen on paper would.

Draws with Pillow, not with the code under test, so that the two can be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.digits import Stroke

_FINER = 4
"""Painted so many times larger and averaged, for grey edges."""


def painted(
    strokes: list[Stroke],
    canvas: tuple[int, int] = (300, 300),
    height: float = 200,
    at: tuple[float, float] = (0.5, 0.5),
    pen: float = 0.08,
) -> Image.Image:
    """Paints black on white.

    Args:
        strokes: points in the unit square.
        canvas: pixels, width and height.
        height: pixels that the unit square's side takes.
        at: where in the free room the square stands, from 0 (left, top) to 1.
        pen: width of the line, as a part of `height`.

    Returns:
        A picture of mode L.
    """
    width = pen * height
    room = np.subtract(canvas, height + width)
    corner = room * at + width / 2
    finer = Image.new("L", (canvas[0] * _FINER, canvas[1] * _FINER), 255)
    brush = ImageDraw.Draw(finer)
    radius = width * _FINER / 2
    for stroke in strokes:
        points = [tuple((np.array(point) * height + corner) * _FINER) for point in stroke]
        brush.line(points, fill=0, width=max(1, round(2 * radius)))
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return finer.resize(canvas, Image.Resampling.BOX)


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

"""Places ink as in MNIST: a 20x20 box, set into 28x28 by its centre of mass.

The method is that of LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to
Document Recognition" (1998).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 28
"""Pixels: width and height of an image that a network reads."""

BOX = 20
"""Pixels: the longer side of the inked part."""

PEN_WIDTH = 2.4
"""Pixels of the 28x28: MNIST's line width, measured by `tests/benchmarks/pen_width.py`."""

_MIDDLE = 14
"""Pixel index of the centre of mass: in MNIST it is in [13.5, 14.5), down and across."""

_TIE = 1e-3
"""Pixels: the centre of symmetric ink is exactly between two pixels; it always moves up or left,
as in MNIST, whatever the rounding."""


def place(box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sets ink into 28x28, moved by whole pixels so that no grey level changes.

    Args:
        box: (20, 20) float32 in [0, 1].

    Returns:
        (28, 28) float32 in [0, 1], with all of the ink; zeros without any.
    """
    placed = np.zeros((SIDE, SIDE), np.float32)
    if box.any():
        top = _start(box.sum(axis=1, dtype=np.float64))
        left = _start(box.sum(axis=0, dtype=np.float64))
        placed[top : top + BOX, left : left + BOX] = box
    return placed


def _start(profile: NDArray[np.float64]) -> int:
    centre = float(profile @ np.arange(BOX) / profile.sum())
    start = int(np.floor(_MIDDLE - centre + 0.5 - _TIE))
    return min(max(start, 0), SIDE - BOX)

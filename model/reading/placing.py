"""Puts ink where MNIST has it: a 20x20 box, set into 28x28 by its centre of mass.

Knows MNIST's measures and nothing of where the ink comes from. The method is that of LeCun,
Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 28
"""Pixels, width and height of an image that a network reads."""

BOX = 20
"""Pixels: the longer side of the inked part."""

PEN_WIDTH = 2.4
"""Pixels of the 28x28: the width of a line. MNIST's, by `tests/benchmarks/pen_width.py`."""

_MIDDLE = 14
"""Pixel index of the centre of mass: in MNIST it lies in [13.5, 14.5), both ways."""

_TIE = 1e-3
"""Pixels: what is symmetric has its mass exactly between two pixels; it always goes up or left,
as in MNIST, and not where the last digit of a float sends it."""


def place(box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sets ink into 28x28, moved by whole pixels, so that no grey changes.

    Args:
        box: (20, 20) float32 in [0, 1].

    Returns:
        (28, 28) float32 in [0, 1], none of the ink cut off; zeros where there is none.
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

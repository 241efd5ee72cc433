"""Ink of any size and pen -> MNIST's 20x20 box, with MNIST's pen where the ink shows its own.

Knows the thickness of lines; neither paper nor files.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.reading.placing import BOX, PEN_WIDTH
from model.reading.strokes import draw

Ink = NDArray[np.float32]

MEASURABLE = 32
"""Pixels: in a smaller digit a line is one or two pixels wide, and stays as it is."""

_FINE = 128
"""Pixels: the longer side of the ink while the width of its lines is changed."""

_MARGIN = 24
"""Pixels around it, so that lines can grow."""

_FAINT = 0.1
"""Of full ink: in a small picture, the faintest grey that counts into the digit's size."""

_DOT = 0.6
"""Of the ink's size: a line as wide as this is a dot of the pen."""

_LEAST_LINE = 0.7
"""Of the pen's width: what is thinner is not thinned."""

_LEAST_LOOP = 0.5
"""Pixels of the 28x28: radius of what stays open of a loop."""


def fit(ink: Ink) -> Ink:
    """Scales ink to the 20x20 box with lines of `PEN_WIDTH`.

    Args:
        ink: (h, w) float32 in [0, 1], any size.

    Returns:
        (20, 20) float32 in [0, 1], the ink's longer side reaching both edges; zeros without ink.
    """
    if not (ink > 0.5).any():
        return np.zeros((BOX, BOX), np.float32)
    size = _size(_bounds(ink, 0.5))
    if size < MEASURABLE:
        return _into_box(ink if size >= BOX else _scaled(ink, _FINE / size), _FAINT)
    depth = _depth(_fine(ink))
    if not (depth > 0).any():  # dots so far apart that none is left when they are made finer
        return np.zeros((BOX, BOX), np.float32)
    # Across a line, depth goes from 0 to half its width and back.
    width, size = 4 * float(depth[depth > 0].mean()), _size(_bounds(depth, 0))
    if width > _DOT * size:
        return draw([np.zeros((1, 2))])
    ours = PEN_WIDTH * (size - width) / (BOX - PEN_WIDTH)
    depth += _thinner(depth, width, ours) if ours < width else _thicker(depth, width, ours)
    return _into_box(np.clip(depth + 0.5, 0, 1).astype(np.float32), 0.5)


def _fine(ink: Ink) -> Ink:
    """The ink alone, `_FINE` pixels along its longer side, with a margin."""
    top, left, bottom, right = _bounds(ink, 0.5)
    ink = np.pad(ink, 2)[top : bottom + 4, left : right + 4]
    return np.pad(_scaled(ink, _FINE / (max(ink.shape) - 4)), _MARGIN)


def _depth(ink: Ink) -> NDArray[np.float64]:
    """(h, w) float64: pixels from the middle of each pixel to the ink's edge, negative outside."""
    from scipy import ndimage  # here, as it takes 0.1 s

    inside = ndimage.gaussian_filter(ink, 1) > 0.5  # what is rough is noise at this size
    inside |= ~inside.any() & (ink > 0.5)
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    return depth - np.sign(depth) / 2


def _thinner(depth: NDArray[np.float64], width: float, ours: float) -> NDArray[np.float64]:
    """(h, w): what to add to `depth`; less where a line is thinner than the rest."""
    from scipy import ndimage

    ridge = (depth > 0) & (depth > ndimage.maximum_filter(depth, 3) - 0.6)
    nearest = ndimage.distance_transform_edt(~ridge, return_distances=False, return_indices=True)
    half_width = depth[tuple(nearest)]
    return np.clip(_LEAST_LINE * ours / 2 - half_width, (ours - width) / 2, 0)


def _thicker(depth: NDArray[np.float64], width: float, ours: float) -> NDArray[np.float64]:
    """(h, w): what to add to `depth`; less in a loop that would be filled."""
    from scipy import ndimage

    loops, count = ndimage.label(depth < 0)
    radii = -ndimage.minimum(depth, loops, np.arange(count + 1))
    most = np.maximum(radii - _LEAST_LOOP * ours / PEN_WIDTH, 0)
    most[loops[0, 0]] = np.inf
    most[0] = np.inf
    return np.minimum((ours - width) / 2, most)[loops]


def _into_box(ink: Ink, least: float) -> Ink:
    """Averages over areas, into 20x20; the shorter side in the middle, to a whole pixel."""
    top, left, bottom, right = _bounds(ink, least)
    size = _size((top, left, bottom, right))
    rows = _overlaps((top + bottom - size) // 2, size / BOX, ink.shape[0])
    columns = _overlaps((left + right - size) // 2, size / BOX, ink.shape[1])
    # Not `@`: OpenBLAS would wake all its threads for this, and wait for them on a busy machine.
    return np.einsum("rx,cx->rc", np.einsum("ry,yx->rx", rows, ink), columns).clip(0, 1)


def _overlaps(start: int, step: float, pixels: int) -> Ink:
    """(20, pixels) float32: the part that each pixel has in each of the box's steps."""
    lower = start + step * np.arange(BOX)[:, None]
    pixel = np.arange(pixels)
    shared = np.minimum(lower + step, pixel + 1) - np.maximum(lower, pixel)
    return (np.maximum(shared, 0) / step).astype(np.float32)


def _scaled(ink: Ink, scale: float) -> Ink:
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(ink).resize((width, height), how)).clip(0, 1)


def _bounds(ink: NDArray[Any], least: float) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what is more than `least`; the last two exclusive."""
    rows, columns = (np.flatnonzero((ink > least).any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _size(bounds: tuple[int, int, int, int]) -> int:
    top, left, bottom, right = bounds
    return max(bottom - top, right - left)

"""Ink of any size and pen -> MNIST's 20x20 box with lines as wide as MNIST's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.reading.placing import BOX, PEN_WIDTH
from model.reading.strokes import draw

Ink = NDArray[np.float32]

MIN_MEASURABLE = 32
"""Pixels: in a smaller digit lines are one or two pixels wide, and stay unchanged."""

_FINE = 128
"""Pixels: the longer side of the ink while its line width is adjusted."""

_MARGIN = 24
"""Pixels around it, so that lines can grow."""

_FAINT = 0.1
"""Share of full ink: in a small picture, the faintest grey that counts towards the size."""

_DOT = 0.6
"""Share of the ink's size: a wider line is a dot."""

_MIN_LINE = 0.7
"""Share of the pen's width: thinner lines are not thinned."""

_MIN_LOOP = 0.5
"""Pixels of the 28x28: radius of the opening left in a loop."""


def fit(ink: Ink) -> Ink:
    """Scales ink to the 20x20 box with lines of `PEN_WIDTH`.

    Args:
        ink: (h, w) float32 in [0, 1], any size.

    Returns:
        (20, 20) float32 in [0, 1], the ink's longer side reaching both edges; zeros without ink.
    """
    if not (ink > 0.5).any():
        return np.zeros((BOX, BOX), np.float32)
    size = _size(bounds(ink, 0.5))
    if size < MIN_MEASURABLE:
        return _into_box(ink if size >= BOX else _scaled(ink, _FINE / size), _FAINT)
    depth = _depth(_fine(ink))
    if not (depth > 0).any():  # dots too far apart to survive the scaling
        return np.zeros((BOX, BOX), np.float32)
    # Across a line, depth goes from 0 to half its width and back.
    width, size = 4 * float(depth[depth > 0].mean()), _size(bounds(depth, 0))
    if width > _DOT * size:
        return draw([np.zeros((1, 2))])
    ours = PEN_WIDTH * (size - width) / (BOX - PEN_WIDTH)
    depth += _thinner(depth, width, ours) if ours < width else _thicker(depth, width, ours)
    return _into_box(np.clip(depth + 0.5, 0, 1).astype(np.float32), 0.5)


def _fine(ink: Ink) -> Ink:
    """The ink cropped and scaled to `_FINE` pixels along its longer side, with a margin."""
    top, left, bottom, right = bounds(ink, 0.5)
    ink = np.pad(ink, 2)[top : bottom + 4, left : right + 4]
    return np.pad(_scaled(ink, _FINE / (max(ink.shape) - 4)), _MARGIN)


def _depth(ink: Ink) -> NDArray[np.float64]:
    """(h, w) float64: pixels from each pixel's middle to the ink's edge, negative outside."""
    from scipy import ndimage  # here, as it takes 0.1 s

    inside = ndimage.gaussian_filter(ink, 1) > 0.5  # roughness at this scale is noise
    inside |= ~inside.any() & (ink > 0.5)
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    return depth - np.sign(depth) / 2


def _thinner(depth: NDArray[np.float64], width: float, ours: float) -> NDArray[np.float64]:
    """(h, w): change of `depth`, smaller where a line is thinner than the rest."""
    from scipy import ndimage

    ridge = (depth > 0) & (depth > ndimage.maximum_filter(depth, 3) - 0.6)
    nearest = ndimage.distance_transform_edt(~ridge, return_distances=False, return_indices=True)
    half_width = depth[tuple(nearest)]
    return np.clip(_MIN_LINE * ours / 2 - half_width, (ours - width) / 2, 0)


def _thicker(depth: NDArray[np.float64], width: float, ours: float) -> NDArray[np.float64]:
    """(h, w): change of `depth`, smaller in loops that would be filled."""
    from scipy import ndimage

    loops, count = ndimage.label(depth < 0)
    radii = -ndimage.minimum(depth, loops, np.arange(count + 1))
    limits = np.maximum(radii - _MIN_LOOP * ours / PEN_WIDTH, 0)
    limits[loops[0, 0]] = np.inf
    limits[0] = np.inf
    return np.minimum((ours - width) / 2, limits)[loops]


def _into_box(ink: Ink, threshold: float) -> Ink:
    """Area-averaged into 20x20; the shorter side centred to a whole pixel."""
    top, left, bottom, right = bounds(ink, threshold)
    size = _size((top, left, bottom, right))
    rows = _overlaps((top + bottom - size) // 2, size / BOX, ink.shape[0])
    columns = _overlaps((left + right - size) // 2, size / BOX, ink.shape[1])
    # Not `@`: OpenBLAS would wake all its threads, and wait for them on a busy machine.
    return np.einsum("rx,cx->rc", np.einsum("ry,yx->rx", rows, ink), columns).clip(0, 1)


def _overlaps(start: int, step: float, pixels: int) -> Ink:
    """(20, pixels) float32: each pixel's share of each row, or column, of the box."""
    lower = start + step * np.arange(BOX)[:, None]
    pixel = np.arange(pixels)
    shared = np.minimum(lower + step, pixel + 1) - np.maximum(lower, pixel)
    return (np.maximum(shared, 0) / step).astype(np.float32)


def _scaled(ink: Ink, scale: float) -> Ink:
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(ink).resize((width, height), how)).clip(0, 1)


def bounds(ink: NDArray[Any], threshold: float) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of the ink above a threshold; the last two exclusive."""
    rows, columns = (np.flatnonzero((ink > threshold).any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _size(bounds: tuple[int, int, int, int]) -> int:
    top, left, bottom, right = bounds
    return max(bottom - top, right - left)

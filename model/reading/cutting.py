"""Pieces of a picture's ink, cut where digits may touch: along seams that pass through little ink.

A seam runs from top to bottom and moves at most one column a row, as in Avidan and Shamir, "Seam
Carving for Content-Aware Image Resizing" (2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.reading.pen import fit
from model.reading.placing import place

_NARROW = 0.6
"""Heights of the line: a narrower piece holds one digit."""
_SIDE = 0.2
"""Heights of the line: how far a seam stays from both sides of the piece, and from other seams."""
_REACH = 0.2
"""Heights of the line: how far a seam may be from where it is looked for."""
_MAX_INK = 0.3
"""Heights of the line: the most ink that a seam may pass through, two wide pens."""
_STEP_PRICE = 0.02
"""Pixels of ink that a step aside costs: straight seams first."""


class Pieces:
    """Pieces of a picture's ink, by their numbers from 0.

    Args:
        ink: (h, w) float32 in [0, 1], above 0.5 somewhere.
    """

    def __init__(self, ink: NDArray[np.float32]) -> None:
        from scipy import ndimage  # here, as it takes 0.1 s

        labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
        self._labels: NDArray[np.int32] = labels - 1
        self._ink, self.count = ink, count
        rows = np.flatnonzero((ink > 0.5).any(axis=1))
        self.top, self.height = float(rows[0]), float(rows[-1] - rows[0] + 1)
        # Each grey edge goes with the piece that it is nearest to.
        self._nearest = ndimage.distance_transform_edt(
            labels == 0, return_distances=False, return_indices=True
        )

    def pixels(self, piece: int) -> NDArray[np.float64]:
        """(n, 2): x and y of its pixels."""
        return np.argwhere(self._labels == piece)[:, ::-1].astype(np.float64)

    def draw(self, pieces: Sequence[int]) -> NDArray[np.float32]:
        own = np.isin(self._labels[tuple(self._nearest)], pieces)
        box = _box(own)
        return place(fit(self._ink[box] * own[box]))

    def cut(self, piece: int) -> list[int]:
        """Cuts a piece where digits may touch; the numbers of its parts, from left to right."""
        box = _box(self._labels == piece)
        inside = self._labels[box] == piece
        parts = [piece]
        for seam in _seams(inside, self.height):
            self._labels[box][inside & (np.arange(inside.shape[1]) >= seam[:, None])] = self.count
            parts.append(self.count)
            self.count += 1
        return parts


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of what is True in (h, w)."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _seams(piece: NDArray[np.bool_], height: float) -> list[NDArray[np.intp]]:
    """The seams along which a piece may be cut, from left to right.

    Args:
        piece: (h, w) its pixels, cropped to them.
        height: of the line, in pixels.

    Returns:
        For each seam (h,) the first column to its right in each row.
    """
    width = piece.shape[1]
    if width < _NARROW * height:
        return []
    ink = piece.astype(np.float64)
    found = []
    side, reach = _SIDE * height, max(round(_REACH * height), 1)
    for middle in np.arange(side, width - side + 1e-9, side / 2).round().astype(int):
        start = max(middle - reach, 1)
        seam = start + _cheapest_seam(ink[:, start : min(middle + reach, width - 1)])
        passed = float(ink[np.arange(len(seam)), seam].sum())
        if passed <= _MAX_INK * height:
            found.append((passed, seam))
    kept: list[NDArray[np.intp]] = []
    for _, seam in sorted(found, key=lambda each: each[0]):
        if all(abs(seam.mean() - other.mean()) > side for other in kept):
            kept.append(seam)
    return sorted(kept, key=lambda seam: float(seam.mean()))


def _cheapest_seam(ink: NDArray[np.float64]) -> NDArray[np.intp]:
    """(h, w) with w > 0 -> (h,) columns."""
    costs = [ink[0]]
    for row in ink[1:]:
        beside = np.pad(costs[-1], 1, constant_values=np.inf)
        costs.append(
            row + np.minimum(beside[1:-1], np.minimum(beside[:-2], beside[2:]) + _STEP_PRICE)
        )
    seam = np.empty(len(ink), np.intp)
    seam[-1] = _middle_of_the_least(costs[-1])
    for i in range(len(ink) - 2, -1, -1):
        low = max(seam[i + 1] - 1, 0)
        near = costs[i][low : seam[i + 1] + 2] + _STEP_PRICE * (
            np.arange(low, min(seam[i + 1] + 2, ink.shape[1])) != seam[i + 1]
        )
        seam[i] = low + near.argmin()
    return seam


def _middle_of_the_least(costs: NDArray[np.float64]) -> int:
    least = np.flatnonzero(costs == costs.min())
    return int(least[len(least) // 2])

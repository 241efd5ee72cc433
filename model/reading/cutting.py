"""Pieces of a picture's ink, cut where digits may touch: along seams that pass through little ink.

A seam runs from top to bottom and moves at most one column a row, as in Avidan and Shamir, "Seam
Carving for Content-Aware Image Resizing" (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.reading.pen import bounds, fit
from model.reading.placing import place

_NARROW = 0.6
"""Heights of the line: a narrower piece holds one digit."""
_SIDE = 0.2
"""Heights of the line: how far a seam stays from both sides of the piece, and from other seams."""
_REACH = 0.2
"""Heights of the line: how far a seam may be from where it is looked for."""
_MAX_INK = 0.3
"""Heights of the line: the most ink that a seam may pass through, two wide pens."""
_EDGE = 2
"""Pixels: the grey edge of a piece."""
_STEP_PRICE = 0.02
"""Pixels of ink that a step aside costs: straight seams first."""


_Box = tuple[slice, slice]
"""Rows and columns of a picture."""


class Pieces:
    """Pieces of a picture's ink, by their numbers from 0.

    Args:
        ink: (h, w) float32 in [0, 1], above 0.5 somewhere.
    """

    def __init__(self, ink: NDArray[np.float32]) -> None:
        from scipy import ndimage  # here, as it takes 0.1 s

        labels, _ = ndimage.label(ink > 0.5, np.ones((3, 3)))
        self._ink, self._labels = ink, labels - 1
        self._boxes: list[_Box] = ndimage.find_objects(labels)
        top, _, bottom, _ = bounds(ink, 0.5)
        self.top, self.height = float(top), float(bottom - top)

    def __len__(self) -> int:
        return len(self._boxes)

    @property
    def edges(self) -> NDArray[np.float64]:
        """(n, 4): left, top, right and bottom of each piece, in pixels; the last two exclusive."""
        return np.array(
            [(x.start, y.start, x.stop, y.stop) for y, x in self._boxes], np.float64
        ).reshape(-1, 4)

    def pixels(self, piece: int) -> NDArray[np.float64]:
        """(n, 2): x and y of its pixels."""
        rows, columns = box = self._boxes[piece]
        inside = np.argwhere(self._labels[box] == piece)[:, ::-1].astype(np.float64)
        return np.add(inside, (columns.start, rows.start))

    def box(self, pieces: Sequence[int]) -> tuple[float, float, float, float]:
        """x, y, width and height of these pieces together, in shares of the picture's sides."""
        rows, columns = self._around(pieces)
        height, width = self._ink.shape
        return (
            *(columns.start / width, rows.start / height),
            *((columns.stop - columns.start) / width, (rows.stop - rows.start) / height),
        )

    def draw(self, pieces: Sequence[int]) -> NDArray[np.float32]:
        """(28, 28) in [0, 1]: these pieces alone; zeros where nothing is left at that size."""
        if len(pieces) == len(self):
            return place(fit(self._ink))
        # Cropped: what is small is enlarged, and with it whatever paper is around it.
        box = self._around(pieces, _EDGE)
        rows, columns = self._nearest
        own = np.isin(self._labels[rows[box], columns[box]], pieces)
        return place(fit(self._ink[box] * own))

    def cut(self, piece: int) -> list[int]:
        """Cuts a piece where digits may touch; the numbers of its parts, from left to right."""
        box = self._boxes[piece]
        labels = self._labels[box]
        columns = np.arange(labels.shape[1])
        parts = [piece]
        for seam in _seams(labels == piece, self.height):
            last = labels == parts[-1]
            beyond = last & (columns >= seam[:, None])
            if beyond.any() and (last & ~beyond).any():
                labels[beyond] = len(self)
                parts.append(len(self))
                self._boxes.append(box)
        for part in parts:
            top, left, bottom, right = bounds(labels == part, 0)
            rows, across = (side.start for side in box)
            self._boxes[part] = (
                slice(rows + top, rows + bottom),
                slice(across + left, across + right),
            )
        return parts

    def _around(self, pieces: Sequence[int], margin: int = 0) -> _Box:
        """Rows and columns of these pieces together, and so many pixels around them."""
        return tuple(  # type: ignore[return-value]
            slice(
                max(min(side.start for side in sides) - margin, 0),
                max(side.stop for side in sides) + margin,
            )
            for sides in zip(*(self._boxes[piece] for piece in pieces), strict=True)
        )

    @cached_property
    def _nearest(self) -> NDArray[np.int32]:
        """(2, h, w): for each pixel the one of a piece that it is nearest to, for grey edges."""
        from scipy import ndimage

        paper = self._labels < 0
        nearest: NDArray[np.int32] = ndimage.distance_transform_edt(
            paper, return_distances=False, return_indices=True
        )
        return nearest


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
        start, end = max(middle - reach, 1), min(middle + reach, width - 1)
        if start >= end:
            continue  # a few pixels, of which each is ink
        seam = start + _cheapest_seam(ink[:, start:end])
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

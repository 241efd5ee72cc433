"""Parses tables of pen points, in the notation of `stroke_styles`, into smooth lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP = 0.045
"""Share of the drawing's height between points of a line: just under a pixel of the 28x28."""


@dataclass(frozen=True)
class Line:
    """One stroke of a table, prepared for variation: its points are linear in its knots."""

    knots: NDArray[np.float64]
    """(k, 2) float64 in the unit square; a corner is one knot."""
    chords: NDArray[np.float64]
    """(n, k) float64: points on the straight lines between the knots are `chords @ knots`."""
    bulge: NDArray[np.float64]
    """(n, k) float64: offset of the smooth line from the straight ones, likewise."""


def lines_of(row: str) -> tuple[Line, ...]:
    """Parses one drawing of a table."""
    return tuple(_line(stroke.split()) for stroke in row.split("|"))


def _line(knots: list[str]) -> Line:
    """Parses a stroke of the table.

    The smooth line is a cubic Hermite spline whose tangent at a knot is that of the parabola
    through it and its neighbours, over the square root of the distance between them (the
    centripetal spacing of Catmull and Rom's spline, which has no loops between uneven knots).
    """
    values = np.array([k.rstrip("!").split(",") for k in knots], np.float64) / 100
    ways = np.hypot(*np.diff(values, axis=0).T)
    gaps = np.sqrt(ways)
    tangents = _tangents(gaps, [k.endswith("!") for k in knots])
    unit = np.eye(len(knots))
    chords, bulge = [], []
    for i, (way, gap) in enumerate(zip(ways, gaps, strict=True)):
        samples = max(2, round(way / STEP))
        is_last = i == len(ways) - 1
        t = (np.arange(samples + is_last) / samples)[:, None]
        chord = unit[i + 1] - unit[i]
        leaving, arriving = gap * tangents[i][1] - chord, gap * tangents[i + 1][0] - chord
        chords.append(unit[i] + t * chord)
        bulge.append(t * (1 - t) * ((1 - t) * leaving - t * arriving))
    return Line(values, np.concatenate(chords), np.concatenate(bulge))


def _tangents(
    gaps: NDArray[np.float64], corners: list[bool]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """For each of k knots the tangents before and after it, as two (k,) float64 of weights."""
    slopes = np.diff(np.eye(len(corners)), axis=0) / gaps[:, None]
    tangents = []
    for i, corner in enumerate(corners):
        before, after = slopes[max(i - 1, 0)], slopes[min(i, len(gaps) - 1)]
        if corner or i in (0, len(gaps)):
            tangents.append((before, after))
        else:
            a, b = gaps[i - 1 : i + 1]
            middle = (b * before + a * after) / (a + b)
            tangents.append((middle, middle))
    return tangents

"""Group and choose: which neighbouring parts of a line of ink make up each digit of a number.

Parts are strokes, or pieces of a picture's ink. Neighbours, from left to right, form candidate
groups; each is read by the network, and dynamic programming finds the cheapest sequence of groups
that has every part once. A group costs what the network holds against its being a digit, and what
its geometry does: how low it is against the line, and whether there is paper in its middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.reading.verdict import Reading

Draw = Callable[[tuple[int, ...]], NDArray[np.float32]]
"""Parts, by their indices -> their image, (28, 28) in [0, 1]."""
Read = Callable[[NDArray[np.float32]], list[Reading]]
"""(n, 28, 28) in [0, 1] -> the network's n readings."""

_Span = tuple[int, int]
"""Of neighbouring parts: the first, and the one after the last."""

ROWS = 24
"""Rows of a line of ink in which its parts' edges are compared: slanted digits overlap in x."""

_REACH = 2
"""Rows above and below in which a part also counts: the loose bar of a 5 is above its body."""

MAX_DIGITS = 12
MAX_PARTS = 3 * MAX_DIGITS
"""More are one drawing: nobody meant them as a number."""

_MAX_GROUP = 5
"""Parts of one digit."""
_MAX_WIDTH = 1.6
"""Heights of the line: wider than any digit of several parts."""
_MAX_OVERLAP = 0.12
"""Heights of the line: parts that overlap by more are of one digit."""
_MAX_INNER_GAP = 0.25
"""Heights of the line: no digit has that much paper in its middle."""

# The prices are natural logarithms of odds, chosen on strings of digits, and on letters, by writers
# whom no figure is measured on: see docs/LOG.md.
_GAP, _SOFTNESS = 0.05, 0.02
"""Heights of the line: a gap that is as likely between two digits as inside one, and how fast that
changes."""
_SPLIT = 2.0
"""Of each further digit: most drawings are one."""
_MAX_BOUNDARY = 9.0
"""Of a boundary through touching ink."""
_MAX_READING = 7.0
"""Of a group that the network does not take for a digit."""
_REFUSED = 2.0
"""Of a group that the network refuses, on top of its odds: digits side by side are likelier."""
_LOW, _LOWNESS = 0.55, 12.0
"""Share of the line's height below which a group is too low for a digit, and the price at 0."""


@dataclass(frozen=True)
class Part:
    """A part's edges in each row of the line; in heights of the line, infinite where it has no
    ink."""

    left: NDArray[np.float64]
    """(ROWS,) its leftmost ink, infinity without any."""
    right: NDArray[np.float64]
    """(ROWS,) its rightmost ink, minus infinity without any."""
    top: float
    bottom: float
    """From the top of the line, in its heights; 0 to 1."""


@dataclass(frozen=True)
class Group:
    """Parts that are read as one digit."""

    parts: tuple[int, ...]
    """Their indices, from left to right."""
    image: NDArray[np.float32]
    """(28, 28) in [0, 1]: what the network was given."""
    reading: Reading


def line_height(points: NDArray[np.float64]) -> float:
    """Of a line of ink with these points (n, 2), n > 0; more than nothing for a lone bar or dot."""
    width, height = np.ptp(points, axis=0).tolist()
    return max(height, width / (2 * MAX_DIGITS), np.finfo(np.float32).tiny)


def part_of(points: NDArray[np.float64], top: float, height: float) -> Part:
    """The edges of a stroke or a piece.

    Args:
        points: (n, 2), x right and y down, n > 0: its ink, with a point in each row of the line
            that it passes through.
        top: of the line, in the same unit.
        height: of the line, above 0.
    """
    x, y = points[:, 0] / height, (points[:, 1] - top) / height
    rows = np.clip(y * ROWS, 0, ROWS - 1).astype(int)
    edges = np.full((2, ROWS), np.inf)
    np.minimum.at(edges[0], rows, x)
    np.minimum.at(edges[1], rows, -x)
    reached = edges.copy()
    for shift in range(1, _REACH + 1):
        np.minimum(reached[:, shift:], edges[:, :-shift], out=reached[:, shift:])
        np.minimum(reached[:, :-shift], edges[:, shift:], out=reached[:, :-shift])
    return Part(reached[0], -reached[1], float(y.min()), float(y.max()))


def traced(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """A stroke's points (n, 2), and others between them, no further apart than `step`."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0, along[-1], math.ceil(along[-1] / step) + 1)
    places = np.concatenate([along, places])
    return np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)


def choose(
    parts: Sequence[Part], draw: Draw, read: Read, boundary: float | None = None
) -> list[Group]:
    """The digits that the parts make up, from left to right.

    Args:
        parts: of one line of ink, from one to `MAX_PARTS`.
        draw: the (28, 28) image of parts, given by their indices.
        read: the network; takes (n, 28, 28).
        boundary: price of each boundary; by the gap there when None.

    Returns:
        At least one group and at most `MAX_DIGITS`; all parts in one where these do not suffice.
    """
    line = _Line(parts)
    cuts = line.cuts() if boundary is None else list(range(len(line) + 1))
    if len(cuts) > 2:
        groups = _chosen(line, cuts, draw, read, boundary)
        if len(groups) <= MAX_DIGITS:
            return groups
    return [in_one(len(parts), draw, read)]


def in_one(count: int, draw: Draw, read: Read) -> Group:
    """So many parts, read as one digit."""
    everything = tuple(range(count))
    image = draw(everything)
    return Group(everything, image, read(image[None])[0])


class _Line:
    """Parts from left to right, and the gaps between them."""

    def __init__(self, parts: Sequence[Part]) -> None:
        middles = [part.left.min() + part.right.max() for part in parts]
        self.order = sorted(range(len(parts)), key=middles.__getitem__)
        sorted_parts = [parts[i] for i in self.order]
        left = np.stack([part.left for part in sorted_parts])
        right = np.stack([part.right for part in sorted_parts])
        self._gaps = (left[None] - right[:, None]).min(axis=2)
        self._first, self._last = left.min(axis=1), right.max(axis=1)
        self._top = np.array([part.top for part in sorted_parts])
        self._bottom = np.array([part.bottom for part in sorted_parts])

    def __len__(self) -> int:
        return len(self.order)

    def cuts(self) -> list[int]:
        """Where a digit may begin or end: nothing before overlaps much with anything after."""
        inner = (i for i in range(1, len(self)) if self.gap(0, i, len(self)) > -_MAX_OVERLAP)
        return [0, *inner, len(self)]

    def width(self, start: int, end: int) -> float:
        """Of the parts from `start` to before `end`, in heights of the line."""
        return float(self._last[start:end].max() - self._first[start:end].min())

    def height(self, start: int, end: int) -> float:
        """Likewise, in heights of the line."""
        return float(self._bottom[start:end].max() - self._top[start:end].min())

    def gap(self, start: int, middle: int, end: int) -> float:
        """Paper between the parts before `middle` and those from there on, in the row where there
        is least; negative where they overlap."""
        gap = float(self._gaps[start:middle, middle:end].min())
        if math.isfinite(gap):
            return gap
        return float(self._first[middle:end].min() - self._last[start:middle].max())


def _chosen(
    line: _Line, cuts: list[int], draw: Draw, read: Read, boundary: float | None
) -> list[Group]:
    prices = {}
    for i, start in enumerate(cuts[:-1]):
        for j, end in enumerate(cuts[i + 1 : i + 1 + _MAX_GROUP], i + 1):
            inner = max((line.gap(start, m, end) for m in cuts[i + 1 : j]), default=-math.inf)
            too_wide = j > i + 1 and line.width(start, end) > _MAX_WIDTH
            if not too_wide and inner <= _MAX_INNER_GAP:
                prices[start, end] = _of_geometry(line.height(start, end), inner)
    # All in one group, however it looks: nobody may lose what is one drawing.
    whole = (0, len(line))
    prices.setdefault(whole, _MAX_READING * len(line))
    parts = {span: tuple(sorted(line.order[slice(*span)])) for span in prices}
    images: dict[_Span, NDArray[np.float32]] = {}
    readings: dict[_Span, Reading] = {}

    def look(spans: list[_Span]) -> None:
        images.update({span: draw(parts[span]) for span in spans})
        readings.update(zip(spans, read(np.stack([images[span] for span in spans])), strict=True))
        for span in spans:
            prices[span] += min(_of_reading(readings[span]), _MAX_READING)

    look([whole])
    chosen = [whole]
    # Most drawings are one digit, which costs less than any boundary: no other needs a look.
    if prices[whole] > (_SPLIT if boundary is None else boundary):
        look([span for span in prices if span != whole])
        chosen = _cheapest(line, prices, boundary)
    return [Group(parts[span], images[span], readings[span]) for span in chosen]


def _cheapest(line: _Line, prices: dict[_Span, float], boundary: float | None) -> list[_Span]:
    """The sequence of groups that costs least together with the boundaries between them."""
    best: dict[_Span, tuple[float, _Span | None]] = {}
    by_end: dict[int, list[_Span]] = {}
    for span in sorted(prices, key=lambda span: span[1]):
        start, end = span
        ways: list[tuple[float, _Span | None]] = [(0.0, None)] if start == 0 else []
        for before in by_end.get(start, ()):
            gap = line.gap(before[0], start, end)
            price = _of_boundary(gap) if boundary is None else boundary
            ways.append((best[before][0] + price, before))
        if ways:
            cost, last = min(ways, key=lambda way: way[0])
            best[span] = (cost + prices[span], last)
            by_end.setdefault(end, []).append(span)
    last = min(by_end[len(line)], key=lambda span: best[span][0])
    path: list[_Span] = []
    while last is not None:
        path.append(last)
        last = best[last][1]
    return path[::-1]


def _of_geometry(height: float, inner_gap: float) -> float:
    """The price of a group by its height and the widest gap in its middle."""
    lowness = max(0.0, _LOW - height) / _LOW
    return _LOWNESS * lowness + _softplus((inner_gap - _GAP) / _SOFTNESS)


def _of_boundary(gap: float) -> float:
    """The price of a further digit after that gap."""
    return _SPLIT + min(_softplus((_GAP - gap) / _SOFTNESS), _MAX_BOUNDARY)


def _of_reading(reading: Reading) -> float:
    """What the network holds against a digit: its odds of a non-digit, and of another digit."""
    refused = _REFUSED if reading.digit is None else 0.0
    return refused + _softplus(reading.refusal) - math.log(max(reading.confidence, 1e-30))


def _softplus(x: float) -> float:
    """log(1 + exp(x)), the price of odds of exp(x) against."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))

"""Strokes -> ink: validates strokes from untrusted JSON and draws them with a round pen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise

import numpy as np
from numpy.typing import NDArray

from model.reading.errors import InkError
from model.reading.placing import BOX, PEN_WIDTH, place

MAX_STROKES = 1_000
MAX_POINTS = 10_000
"""A digit has one to four strokes, and a slow hand makes 400 points per stroke."""

MAX_COORDINATE = 1e9
"""In the unit of the drawing, either sign."""

NOT_STROKES = "These are not strokes: send a list of strokes, each a list of [x, y] points."
NOT_NUMBERS = (
    "These are not strokes: every x and y must be a number between -1,000,000,000 and "
    "1,000,000,000."
)
TOO_MUCH = "This is too much ink for a digit: clear it and draw it again."

_SPACING = 1 / math.pi
"""Pixels of the 28x28: points closer together along the line only cost time. Irrational, so that
evenly spaced points never lie exactly on the border between kept and dropped."""

_DOT = 1e-9
"""Share of its distance from the origin: a smaller drawing is one point with rounding errors."""

_BATCH = 128
"""Segments at once: fits the processor's cache, and is too small for OpenBLAS to use threads, which
takes eight times as long on a busy machine (measured)."""

_PIXELS = np.stack(
    [*np.meshgrid(np.arange(BOX) + 0.5, np.arange(BOX) + 0.5), np.ones((BOX, BOX))], axis=-1
).reshape(BOX * BOX, 3)
_PIXELS = _PIXELS.astype(np.float32)
"""(400, 3) float32: x, y and 1 for the middle of each pixel of the box, row by row."""


def points_of(strokes: object) -> list[NDArray[np.float64]]:
    """Validates strokes from JSON.

    Args:
        strokes: should be a list of strokes, each a list of [x, y]; untrusted.

    Returns:
        One (n, 2) float64 for each stroke with n > 0 points, all finite, at most `MAX_COORDINATE`.

    Raises:
        InkError: it is something else, or exceeds `MAX_STROKES` or `MAX_POINTS`.
    """
    drawn = _lists(strokes)
    if len(drawn) > MAX_STROKES:
        raise InkError(TOO_MUCH)
    pointed = [points for points in map(_lists, drawn) if points]
    # Counted before any is examined: 300,000 points must cost no more than their transfer.
    if sum(map(len, pointed)) > MAX_POINTS:
        raise InkError(TOO_MUCH)
    if not pointed:
        return []
    # All strokes at once: a thousand strokes of ten points cost what one of ten thousand does.
    numbers = _numbers(list(chain.from_iterable(pointed)))
    ends = list(accumulate(map(len, pointed)))
    return [numbers[start:end] for start, end in pairwise([0, *ends])]


def count_points(strokes: object) -> int:
    """How many points there are to examine; 0 in anything but strokes. Takes 0.1 ms at most."""
    if not isinstance(strokes, list | tuple) or len(strokes) > MAX_STROKES:
        return 0
    return sum(len(stroke) for stroke in strokes if isinstance(stroke, list | tuple))


def render(
    strokes: Sequence[NDArray[np.float64]], pen_width: float = PEN_WIDTH
) -> NDArray[np.float32]:
    """Draws strokes as MNIST would have them: `draw`, then `placing.place`.

    Args:
        strokes: one (n, 2) float64 for each stroke, n > 0; x right, y down, in any unit.
        pen_width: pixels of the 28x28; in (0, 20).

    Returns:
        (28, 28) float32 in [0, 1]; zeros without strokes.
    """
    return place(draw(strokes, pen_width))


def draw(
    strokes: Sequence[NDArray[np.float64]], pen_width: float = PEN_WIDTH
) -> NDArray[np.float32]:
    """Draws with a round pen, as large as the 20x20 box allows; the shorter side is centred.

    Args:
        strokes: one (n, 2) float64 for each stroke, n > 0; x right, y down, in any unit.
        pen_width: pixels of the box; in (0, 20).

    Returns:
        (20, 20) float32 in [0, 1], the ink's longer side reaching both edges; zeros without
        strokes, a dot in the middle where all points coincide.
    """
    if not strokes:
        return np.zeros((BOX, BOX), np.float32)
    lengths = np.array([len(stroke) for stroke in strokes])
    points = _fit(np.concatenate(strokes), BOX - pen_width)
    starts, ends = _segments(points, lengths)
    black = max(pen_width / 2 - 0.5, 0.0)
    distance = np.sqrt(_squared_distance(starts, ends, black**2))
    grey = (np.float32(pen_width / 2 + 0.5) - distance).clip(0, 1)
    return grey.reshape(BOX, BOX)


def _lists(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise InkError(NOT_STROKES)
    return value


def _numbers(points: Sequence[object]) -> NDArray[np.float64]:
    pairs = [_lists(point) for point in points]
    if set(map(len, pairs)) != {2}:
        raise InkError(NOT_STROKES)
    numbers = list(chain.from_iterable(pairs))
    kinds = set(map(type, numbers))
    if bool in kinds or not all(issubclass(kind, int | float) for kind in kinds):
        raise InkError(NOT_NUMBERS)
    try:
        values = np.array(numbers, np.float64)
    except OverflowError:  # an integer of hundreds of digits
        raise InkError(NOT_NUMBERS) from None
    if not (np.abs(values) <= MAX_COORDINATE).all():  # False for NaN too
        raise InkError(NOT_NUMBERS)
    return values.reshape(-1, 2)


def _fit(points: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """Scales to `room` pixels along the longer side and centres in the box."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if extent <= _DOT * float(np.abs(points).max()):
        return np.full_like(points, BOX / 2)
    margin = (BOX - room * (high - low) / extent) / 2
    return np.asarray(room * ((points - low) / extent) + margin)


def _segments(
    points: NDArray[np.float64], lengths: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Joins the points of each stroke; one point alone is a segment of length 0.

    Points closer than `_SPACING` along the line are dropped, but for both ends.

    Args:
        points: (n, 2), of all strokes, one after the other.
        lengths: (m,), the number of points of each stroke, all above 0.

    Returns:
        (s, 2) starts and (s, 2) ends.
    """
    last = lengths.cumsum() - 1
    first = last - lengths + 1
    passed = np.zeros(len(points))
    passed[1:] = np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1)).cumsum()
    passed = np.floor((passed - passed[first].repeat(lengths)) / _SPACING)
    keep = np.empty(len(points), bool)
    keep[:-1] = passed[1:] > passed[:-1]
    keep[first] = keep[last] = True
    stroke = np.arange(len(lengths)).repeat(lengths)[keep]
    points, dots = points[keep], points[first[lengths == 1]]
    joined = stroke[1:] == stroke[:-1]
    return (
        np.concatenate([points[:-1][joined], dots]),
        np.concatenate([points[1:][joined], dots]),
    )


def _squared_distance(
    starts: NDArray[np.float64], ends: NDArray[np.float64], enough: float
) -> NDArray[np.float32]:
    """(400,) float32: squared distance from the middle of each pixel to the nearest segment.

    To any segment within `enough`, the squared distance at which a pixel is black, where there is
    one: a scribble of ten thousand points soon leaves no pixel to look at.
    """
    along_line, across_line, lengths = _frames(starts, ends)
    nearest = np.full(len(_PIXELS), np.inf, np.float32)
    left: slice | NDArray[np.intp] = slice(None)
    for i in range(0, len(lengths), _BATCH):
        batch = slice(i, i + _BATCH)
        pixels = _PIXELS[left].T
        beyond = along_line[batch] @ pixels
        along = np.maximum(beyond, 0)  # with the next line, `np.clip` in half its time
        beyond -= np.minimum(along, lengths[batch], out=along)
        squared = across_line[batch] @ pixels
        squared *= squared
        beyond *= beyond
        squared += beyond
        nearest[left] = np.minimum(nearest[left], squared.min(axis=0))
        left = np.flatnonzero(nearest > enough)
        if not len(left):
            break
    return nearest


def _frames(
    starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Each segment's own axes, as rows to multiply with (x, y, 1).

    Returns:
        (s, 3) for the distance along the segment from its start, (s, 3) for the distance across
        it, and (s, 1) its length; float32, pixels.
    """
    step = ends - starts
    lengths = np.hypot(step[:, 0], step[:, 1])
    axes = np.zeros_like(step)
    axes[:, 0] = 1.0  # of a dot, too
    x, y = np.divide(step, lengths[:, None], out=axes, where=lengths[:, None] > 0).T
    x0, y0 = starts.T
    along_line, across_line = np.empty((2, len(step), 3), np.float32)
    for line, values in (
        (along_line, (x, y, -(x * x0 + y * y0))),
        (across_line, (-y, x, y * x0 - x * y0)),
    ):
        for column, value in enumerate(values):
            line[:, column] = value
    return along_line, across_line, lengths[:, None].astype(np.float32)

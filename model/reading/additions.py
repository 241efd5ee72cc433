"""Finds strokes that are no part of a digit: a far dot, an underline, a circle or box around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.reading.grouping import traced

Strokes = Sequence[NDArray[np.float64]]

_DOT = 0.06
"""Share of the size of the rest: a smaller stroke is a dot."""
_FAR = 0.35
"""Heights of the rest: a dot that far from it was not meant."""
_FLAT = 0.15
"""Share of its width: a flatter stroke can be an underline."""
_BELOW = 0.04
"""Heights of the rest: paper between it and its underline."""
_SHORTER = 0.15
"""Widths of the rest: an underline may end that far inside of it."""
_SPECK = 0.2
"""Share of the size of the largest piece: a far piece that small was not meant."""
_INSIDE = 0.06
"""Share of a frame's size: paper between it and what it frames."""
_FRAMED = 0.3
"""Share of a frame's height: what it frames is higher; a dotted 0 has a dot inside."""
_MOST_FRAME_STROKES = 4
_FINE = 40
"""Steps along the size of a drawing: distances are measured between points."""


def without_far_dots(strokes: Strokes) -> list[int]:
    """Indices of the strokes without dots far from all else.

    Args:
        strokes: one (n, 2) for each, n > 0, in any unit.
    """
    sizes = np.array([np.ptp(stroke, axis=0).max() for stroke in strokes])
    is_dot = sizes < _DOT * sizes.max()
    if not is_dot.any():
        return list(range(len(strokes)))
    rest = _traced([s for s, dot in zip(strokes, is_dot, strict=True) if not dot], sizes.max())
    far = _FAR * np.ptp(rest, axis=0).max()
    return [
        i for i, stroke in enumerate(strokes) if not is_dot[i] or _distance(stroke, rest) <= far
    ]


def without_frame(strokes: Strokes) -> list[int] | None:
    """Indices of the strokes inside a circle or box that touches none of them; None without one.

    Args:
        strokes: one (n, 2) for each, n > 0, in any unit.
    """
    everything = range(len(strokes))
    # A box is drawn in one stroke or in four, before what is in it or after.
    for count in range(1, min(_MOST_FRAME_STROKES, len(strokes) - 1) + 1):
        for first in (0, len(strokes) - count):
            frame = range(first, first + count)
            inner = [i for i in everything if i not in frame]
            if _frames([strokes[i] for i in frame], [strokes[i] for i in inner]):
                return inner
    return None


def without_underline(strokes: Strokes) -> list[int] | None:
    """Indices of the strokes without lines below all others; None where there is none."""
    boxes = np.array([(*stroke.min(axis=0), *stroke.max(axis=0)) for stroke in strokes])
    lines = _underlines(boxes)
    kept = [i for i in range(len(strokes)) if i not in lines]
    return kept if lines and kept else None


def plausible_rests(boxes: NDArray[np.float64]) -> list[list[int]]:
    """Indices of the pieces of a picture without a frame, an underline, or far specks.

    Args:
        boxes: (n, 4) left, top, right and bottom of each piece, in any unit.

    Returns:
        What may be left, the most plausible first; each has fewer than all.
    """
    everything = np.arange(len(boxes))
    rests = []
    inside = _inside(boxes)
    frames = np.flatnonzero(inside.any(axis=1))
    if len(frames):
        outermost = frames[np.argmax((boxes[frames, 2:] - boxes[frames, :2]).prod(axis=1))]
        within = everything[inside[outermost]]
        height = np.ptp(boxes[within][:, [1, 3]])
        if height >= _FRAMED * (boxes[outermost, 3] - boxes[outermost, 1]):
            rests.append(within.tolist())
    rests += [everything[everything != line].tolist() for line in _underlines(boxes)]
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    largest = int(np.argmax(widths * heights))
    size = max(widths[largest], heights[largest])
    apart = np.maximum(boxes[:, :2] - boxes[largest, 2:], boxes[largest, :2] - boxes[:, 2:])
    far = np.hypot(*apart.clip(0).T) > _FAR * size
    specks = far & (np.maximum(widths, heights) < _SPECK * size)
    if specks.any():
        rests.append(everything[~specks].tolist())
    return rests


def _inside(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, n): whether the box of the first goes around that of the second, with paper between."""
    around, within = boxes[:, None], boxes[None]
    paper = _INSIDE * (boxes[:, 2:] - boxes[:, :2]).max(axis=1)[:, None, None]
    return np.asarray(
        (around[..., :2] + paper <= within[..., :2]).all(axis=2)
        & (around[..., 2:] - paper >= within[..., 2:]).all(axis=2)
    )


def _underlines(boxes: NDArray[np.float64]) -> list[int]:
    """Indices of the strokes or pieces that are flat and below all others, with paper between, and
    about as wide."""
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    found = []
    for i in np.flatnonzero(heights <= _FLAT * widths).tolist():
        others = np.delete(boxes, i, axis=0)
        if not len(others):
            continue
        (left, top), (right, bottom) = others[:, :2].min(axis=0), others[:, 2:].max(axis=0)
        if (
            boxes[i, 1] >= bottom + _BELOW * (bottom - top)
            and boxes[i, 0] <= left + _SHORTER * (right - left)
            and boxes[i, 2] >= right - _SHORTER * (right - left)
        ):
            found.append(i)
    return found


def _frames(frame: Strokes, inner: Strokes) -> bool:
    """Whether strokes go around others on all sides, without touching them."""
    around, within = np.concatenate(list(frame)), np.concatenate(list(inner))
    size = np.ptp(around, axis=0).max()
    low, high = within.min(axis=0), within.max(axis=0)
    if (low <= around.min(axis=0)).any() or (high >= around.max(axis=0)).any():
        return False
    if high[1] - low[1] < _FRAMED * np.ptp(around[:, 1]):
        return False
    return _distance(within, _traced(frame, size)) >= _INSIDE * size


def _traced(strokes: Strokes, size: float) -> NDArray[np.float64]:
    """Points of the strokes and between them, close together for a drawing of that size."""
    return np.concatenate([traced(stroke, size / _FINE) for stroke in strokes])


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The least between two sets of points."""
    return float(min(np.hypot(*(other - point).T).min() for point in one[:: 1 + len(one) // 64]))

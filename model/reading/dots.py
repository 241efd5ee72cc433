"""Joins dots and dashes into the lines that they were meant as: a fast mouse, a pen that skips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

MIN_DOTS = 6
"""Fewer are no line."""
_SHORT = 0.2
"""Share of the height of all, which is that of a digit: a longer stroke or piece is a line."""
_MOST = 0.5
"""Share of all strokes or pieces: so many are short where a line is dotted."""
_APART = 2.5
"""Of the usual distance between neighbours: further apart are two lines."""
_LOOP = 1.4
"""Likewise: neighbours this near are joined also where that closes a loop."""
_WIDE_GAP = 4.5
"""Dots' diameters between the middles of neighbours: dots further apart are dust."""
_LONGEST = 0.6
"""Share of the height: dots that touch are a piece that long at most."""
_MAX_DOTS = 400
"""In a picture: more is texture."""


def joined_strokes(strokes: Sequence[NDArray[np.float64]]) -> list[list[int]] | None:
    """Indices of the strokes of each line, in order of drawing; None where they are no dots.

    Args:
        strokes: one (n, 2) for each, n > 0, in any unit.
    """
    if len(strokes) < MIN_DOTS:
        return None
    lengths = np.array([np.ptp(stroke, axis=0).max() for stroke in strokes])
    height = float(np.ptp(np.concatenate(list(strokes))[:, 1]))
    if np.mean(lengths < _SHORT * height) < _MOST:
        return None
    ends = np.stack([stroke[-1] for stroke in strokes[:-1]])
    starts = np.stack([stroke[0] for stroke in strokes[1:]])
    gaps = np.hypot(*(starts - ends).T)
    usual = float(np.median(gaps))
    if usual > _SHORT * height:
        return None
    lines = [[0]]
    for i, gap in enumerate(gaps.tolist(), 1):
        if gap <= _APART * usual:
            lines[-1].append(i)
        else:
            lines.append([i])
    return lines


def joined_pieces(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink with lines between neighbouring dots, where nearly all of it is dots.

    Args:
        ink: (h, w) float32 in [0, 1].
    """
    from scipy import ndimage  # here, as it takes 0.1 s
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import cdist

    labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
    if not MIN_DOTS <= count <= _MAX_DOTS:
        return ink
    boxes = ndimage.find_objects(labels)
    edges = np.array([(y.start, x.start, y.stop, x.stop) for y, x in boxes])
    lengths = (edges[:, 2:] - edges[:, :2]).max(axis=1)
    height = edges[:, 2].max() - edges[:, 0].min()
    if np.mean(lengths < _SHORT * height) < _MOST or lengths.max() > _LONGEST * height:
        return ink
    width = float(np.median(lengths))
    middles, owners = _points(labels, boxes, width)
    apart = cdist(middles, middles)
    tree = minimum_spanning_tree(apart).tocoo()
    between = owners[tree.row] != owners[tree.col]
    usual = float(np.median(tree.data[between]))
    if usual > _WIDE_GAP * width:
        return ink
    near = np.triu((apart <= _LOOP * usual) & (owners[:, None] != owners), 1)
    kept = tree.data <= _APART * usual
    near[tree.row[kept], tree.col[kept]] = True
    picture = Image.fromarray((ink > 0.5).astype(np.uint8) * 255)
    pen = ImageDraw.Draw(picture)
    for one, other in np.argwhere(near).tolist():
        ends = [tuple(middles[i, ::-1].tolist()) for i in (one, other)]
        pen.line(ends, fill=255, width=max(1, round(0.8 * width)))
    return np.maximum(ink, np.asarray(picture, np.float32) / 255)


def _points(
    labels: NDArray[np.int32], boxes: Sequence[tuple[slice, ...]], width: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The middle of each dot, several points of a longer piece, and the piece of each point."""
    points, owners = [], []
    for i, box in enumerate(boxes):
        pixels = np.argwhere(labels[box] == i + 1)
        cells = (pixels // (_LOOP * width)).astype(int)
        _, cell = np.unique(cells, axis=0, return_inverse=True)
        if np.ptp(pixels, axis=0).max() < _LOOP * width:
            cell = np.zeros_like(cell)
        for own in np.unique(cell):
            points.append(pixels[cell.ravel() == own].mean(axis=0) + [side.start for side in box])
            owners.append(i)
    return np.array(points), np.array(owners)

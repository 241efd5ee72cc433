"""Removes connected pieces of ink that are not part of a digit: dust, shadows, table edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPECK = 0.04
"""Share of the largest piece's area: smaller is dust. The loose bar of a 5 has a tenth."""

_MAX_AT_EDGE = 0.4
"""Share of a piece's length that may lie along the picture's edge: beyond, it is not ink."""

_MIN_CROPPED = 0.2
"""Likewise of a digit that lies along the edge."""

_WHOLE_SIDE = 0.95
"""Share of a side of the picture."""

_MIN_DIGIT = 0.05
"""Share of the picture's longer side: a digit is longer."""


def of_the_digit(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Removes everything that is not part of a digit.

    Args:
        ink: (h, w) float32 in [0, 1].

    Returns:
        (h, w) float32 in [0, 1]: the same ink, 0 where it was removed.
    """
    from scipy import ndimage  # here, as it takes 0.1 s

    labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
    if not count:
        return np.zeros_like(ink)
    areas = np.bincount(labels.ravel())[1:]
    boxes = ndimage.find_objects(labels)
    lengths = np.array([max(side.stop - side.start for side in box) for box in boxes])
    loose = _rim_pixels(labels, count) < _MAX_AT_EDGE * lengths
    if not (loose & (lengths > _MIN_DIGIT * max(ink.shape))).any():
        # A digit cropped close.
        loose |= ~_is_edge(labels, count) & (lengths > _MIN_CROPPED * max(ink.shape))
    areas, lengths = areas * loose, lengths * loose
    largest = areas.argmax()
    kept = areas > SPECK * areas[largest]
    # As far as the pen's grey edge reaches, and the soft edge of an enlarged picture.
    reach = 1 + lengths[largest] // 30
    near = ndimage.maximum_filter(np.concatenate([[False], kept])[labels], 2 * reach + 1)
    return ink * near


def _is_edge(labels: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """(count,): which pieces are the edge of a shadow or a table: they lie along two whole sides of
    the picture, or along one without spanning it."""
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    along = np.stack([np.bincount(side, minlength=count + 1)[1:] / len(side) for side in sides])
    whole = (along > _WHOLE_SIDE).sum(axis=0)
    spans = (along[:2] > 0).all(axis=0) & (along[2:] > 0).all(axis=0)
    return np.asarray((whole > 1) | ((whole > 0) & ~spans))


def _rim_pixels(labels: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """(count,): how many pixels of each piece lie on the picture's edge."""
    rim = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(rim, minlength=count + 1)[1:]

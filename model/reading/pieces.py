"""Pieces of ink: which belong to the digit, and which are dust or the edge of the table.

Knows size and place of what hangs together; not what it shows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPECK = 0.04
"""Of the largest piece's area: what is smaller is dust. The loose bar of a 5 has a tenth."""

_HUGS = 0.4
"""Of a piece's length: what lies along the picture's edge for longer is no part of a digit."""

_SEEN = 0.05
"""Of the picture's longer side: a digit is larger."""


def of_the_digit(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wipes away what is no part of a digit.

    Args:
        ink: (h, w) float32 in [0, 1].

    Returns:
        (h, w) float32 in [0, 1]: the same, 0 where it was wiped.
    """
    from scipy import ndimage  # here, as it takes 0.1 s

    labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
    if not count:
        return np.zeros_like(ink)
    areas = np.bincount(labels.ravel())[1:]
    boxes = ndimage.find_objects(labels)
    lengths = np.array([max(side.stop - side.start for side in box) for box in boxes])
    loose = _rim_pixels(labels, count) < _HUGS * lengths
    if not (loose & (lengths > _SEEN * max(ink.shape))).any():
        loose |= _as_large_as(ink.shape, boxes)  # a digit that was cut out along its ink
    areas, lengths = areas * loose, lengths * loose
    largest = areas.argmax()
    kept = areas > SPECK * areas[largest]
    # As far as the pen's grey edge reaches, and the soft edge of a picture that was enlarged.
    reach = 1 + lengths[largest] // 30
    near = ndimage.maximum_filter(np.concatenate([[False], kept])[labels], 2 * reach + 1)
    return ink * near


def _as_large_as(shape: tuple[int, ...], boxes: list[tuple[slice, ...]]) -> NDArray[np.bool_]:
    """(count,): which pieces reach from edge to edge of the picture, one way or both."""
    spans = np.array([[side.stop - side.start for side in box] for box in boxes])
    return np.asarray((spans > 0.95 * np.array(shape)).any(axis=1))


def _rim_pixels(labels: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """(count,): of each piece, how many pixels lie on the picture's edge."""
    rim = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(rim, minlength=count + 1)[1:]

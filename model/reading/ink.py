"""Ink: strokes or a picture -> the 28x28 that a network reads, made exactly as MNIST was.

The entry point for the page and for programs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.reading.errors import InkError
from model.reading.paper import lift
from model.reading.pen import fit
from model.reading.picture import Source, colours_of
from model.reading.pieces import of_the_digit
from model.reading.placing import PEN_WIDTH, SIDE, place
from model.reading.strokes import count_points, points_of, render

__all__ = ["PEN_WIDTH", "SIDE", "InkError", "count_points", "from_image", "from_strokes"]


def from_strokes(strokes: object) -> NDArray[np.float32]:
    """Draws strokes as MNIST would have them: where and how large they are does not matter.

    Args:
        strokes: a list of strokes, each a list of [x, y], x right and y down, in any unit;
            untrusted JSON.

    Returns:
        (28, 28) float32 in [0, 1]; zeros without a point.

    Raises:
        InkError: not strokes, or far too many; the message is for the sender.
    """
    return render(points_of(strokes))


def from_image(source: Source) -> NDArray[np.float32]:
    """Lifts the ink off a picture and places it as MNIST would have it.

    Dark ink on light or light on dark, of any size, anywhere on uneven paper, with any pen.

    Args:
        source: a path, the bytes of a file, an open binary file, or a Pillow image.

    Returns:
        (28, 28) float32 in [0, 1]; zeros where the paper is blank.

    Raises:
        InkError: not a picture, damaged or far too large; the message is for the sender.
    """
    return place(fit(of_the_digit(lift(colours_of(source)))))

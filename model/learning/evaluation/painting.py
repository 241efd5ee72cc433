"""Perturbed drawings: turned, or painted into pictures with other pens.

Paints with Pillow like a drawing program, not with the page's own pen, to compare the reading of
pictures with that of strokes.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model.learning.data.stroke_sets import Drawing, unit
from model.reading.ink import from_image
from model.reading.strokes import render

Points = Sequence[tuple[float, float]]
Perturb = Callable[[Drawing, Generator], NDArray[np.float32]]
"""A drawing and a source of randomness -> (28, 28) float32 in [0, 1]."""

CANVAS = (300, 300)
"""Pixels of a picture, width and height."""
LARGE, SMALL = 230.0, 80.0
"""Pixels of the picture: the longer side of a digit."""
THIN, MIDDLING, THICK = 0.04, 0.08, 0.12
"""Pen widths as shares of the digit's longer side."""
TURN = 10.0
"""Degrees: a common tilt of a hand or a tablet."""

_OVERSIZE = 4
"""Painted this much larger and averaged, for grey edges."""
_CHUNK = 50
"""Drawings per task of a process."""
_WORTH_A_PROCESS = 200
"""Drawings: perturbing fewer takes less time than starting processes."""


def painted(
    strokes: Iterable[Points],
    canvas: tuple[int, int] = CANVAS,
    height: float = 200,
    at: tuple[float, float] = (0.5, 0.5),
    pen: float = MIDDLING,
) -> Image.Image:
    """Paints black on white.

    Args:
        strokes: points in the unit square.
        canvas: pixels, width and height.
        height: side of the unit square in pixels.
        at: position in the free space, from 0 (left, top) to 1.
        pen: line width, as a share of `height`.

    Returns:
        A picture of mode L.
    """
    width = pen * height
    room = np.subtract(canvas, height + width)
    corner = room * at + width / 2
    large = Image.new("L", (canvas[0] * _OVERSIZE, canvas[1] * _OVERSIZE), 255)
    brush = ImageDraw.Draw(large)
    radius = width * _OVERSIZE / 2
    for stroke in strokes:
        points = [tuple((np.array(point) * height + corner) * _OVERSIZE) for point in stroke]
        brush.line(points, fill=0, width=max(1, round(2 * radius)))
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return large.resize(canvas, Image.Resampling.BOX)


def somewhere(drawing: Drawing, rng: Generator, height: float, pen: float) -> Image.Image:
    """The drawing painted at a random place in the picture; see `painted`."""
    at = (float(rng.random()), float(rng.random()))
    return painted([stroke.tolist() for stroke in unit(drawing)], CANVAS, height, at, pen)


def _turned(degrees: float) -> Perturb:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turn = np.array([[cos, sin], [-sin, cos]])  # y is down: positive is clockwise
    return lambda drawing, _: render([stroke @ turn for stroke in drawing])


def _picture(height: float, pen: float) -> Perturb:
    return lambda drawing, rng: from_image(somewhere(drawing, rng, height, pen))


WAYS: Mapping[str, Perturb] = MappingProxyType(
    {
        f"turned {TURN:g}° to the left": _turned(-TURN),
        f"turned {TURN:g}° to the right": _turned(TURN),
        "a picture: large, middling pen": _picture(LARGE, MIDDLING),
        "a picture: small and off-centre, thin pen": _picture(SMALL, THIN),
        "a picture: small and off-centre, thick pen": _picture(SMALL, THICK),
    }
)
"""Perturbations that should make no difference, by name."""


def perturb(way: str, drawings: Sequence[Drawing]) -> NDArray[np.float32]:
    """Perturbs each drawing, on all cores if there are many; the same each time.

    Args:
        way: a name in `WAYS`.
        drawings: each in any unit.

    Returns:
        (n, 28, 28) float32 in [0, 1].
    """
    starts = range(0, len(drawings), _CHUNK)
    chunks = [(way, start, drawings[start : start + _CHUNK]) for start in starts]
    if len(drawings) < _WORTH_A_PROCESS or multiprocessing.current_process().daemon:
        parts = list(map(_perturb_chunk, chunks))
    else:
        # Spawned, as a fork would copy locks held by other threads; Ctrl-C is left to the parent.
        spawning = multiprocessing.get_context("spawn")
        ignoring = (signal.SIGINT, signal.SIG_IGN)
        with spawning.Pool(os.cpu_count(), signal.signal, ignoring) as pool:
            parts = pool.map(_perturb_chunk, chunks, chunksize=1)
    return np.concatenate([np.empty((0, 28, 28), np.float32), *parts])


def _perturb_chunk(chunk: tuple[str, int, Sequence[Drawing]]) -> NDArray[np.float32]:
    way, start, drawings = chunk
    return np.stack(
        [WAYS[way](drawing, np.random.default_rng(start + i)) for i, drawing in enumerate(drawings)]
    )

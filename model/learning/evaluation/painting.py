"""Drawings made in other ways than the page's: turned, or painted into pictures with other pens.

Paints with Pillow as a drawing program would, and not with the page's own pen, so that what reads
pictures can be held against what reads strokes.
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
from model.reading.placing import place
from model.reading.strokes import draw

Points = Sequence[tuple[float, float]]
Make = Callable[[Drawing, Generator], NDArray[np.float32]]
"""A drawing and chance -> (28, 28) float32 in [0, 1]."""

CANVAS = (300, 300)
"""Pixels of a picture, width and height."""
LARGE, SMALL = 230.0, 80.0
"""Pixels of the picture: the longer side of a digit."""
THIN, MIDDLING, THICK = 0.04, 0.08, 0.12
"""Pens as parts of the digit's longer side."""
TURN = 10.0
"""Degrees: as far as a hand or a tablet easily is off."""

_FINER = 4
"""Painted so many times larger and averaged, for grey edges."""
_CHUNK = 50
"""Drawings that a process is given at once."""
_WORTH_A_PROCESS = 200
"""Pictures: making fewer takes less time than starting processes."""


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
        height: pixels that the unit square's side takes.
        at: where in the free room the square stands, from 0 (left, top) to 1.
        pen: width of the line, as a part of `height`.

    Returns:
        A picture of mode L.
    """
    width = pen * height
    room = np.subtract(canvas, height + width)
    corner = room * at + width / 2
    finer = Image.new("L", (canvas[0] * _FINER, canvas[1] * _FINER), 255)
    brush = ImageDraw.Draw(finer)
    radius = width * _FINER / 2
    for stroke in strokes:
        points = [tuple((np.array(point) * height + corner) * _FINER) for point in stroke]
        brush.line(points, fill=0, width=max(1, round(2 * radius)))
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return finer.resize(canvas, Image.Resampling.BOX)


def as_drawn(drawing: Drawing, _: Generator) -> NDArray[np.float32]:
    """What the pad makes of it."""
    return place(draw(drawing))


def somewhere(drawing: Drawing, random: Generator, height: float, pen: float) -> Image.Image:
    """The drawing painted with that height and pen, anywhere in the picture."""
    at = (float(random.random()), float(random.random()))
    return painted([stroke.tolist() for stroke in unit(drawing)], CANVAS, height, at, pen)


def _turned(degrees: float) -> Make:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turn = np.array([[cos, sin], [-sin, cos]])  # y is down: a positive turn goes clockwise
    return lambda drawing, _: place(draw([stroke @ turn for stroke in drawing]))


def _picture(height: float, pen: float) -> Make:
    return lambda drawing, random: from_image(somewhere(drawing, random, height, pen))


WAYS: Mapping[str, Make] = MappingProxyType(
    {
        f"turned {TURN:g}° to the left": _turned(-TURN),
        f"turned {TURN:g}° to the right": _turned(TURN),
        "a picture: large, middling pen": _picture(LARGE, MIDDLING),
        "a picture: small and off-centre, thin pen": _picture(SMALL, THIN),
        "a picture: small and off-centre, thick pen": _picture(SMALL, THICK),
    }
)
"""Ways that must make no difference."""


def make(way: str, drawings: Sequence[Drawing]) -> NDArray[np.float32]:
    """Makes each drawing that way, on all cores where there are many; the same each time.

    Args:
        way: one of `WAYS`.

    Returns:
        (n, 28, 28) float32 in [0, 1].
    """
    starts = range(0, len(drawings), _CHUNK)
    chunks = [(way, start, drawings[start : start + _CHUNK]) for start in starts]
    if len(drawings) < _WORTH_A_PROCESS or multiprocessing.current_process().daemon:
        made = list(map(_make_chunk, chunks))
    else:
        # Spawned, as a fork would copy the locks of other threads; Ctrl-C is the parent's to see.
        spawning = multiprocessing.get_context("spawn")
        ignoring = (signal.SIGINT, signal.SIG_IGN)
        with spawning.Pool(os.cpu_count(), signal.signal, ignoring) as pool:
            made = pool.map(_make_chunk, chunks, chunksize=1)
    return np.concatenate([np.empty((0, 28, 28), np.float32), *made])


def _make_chunk(chunk: tuple[str, int, Sequence[Drawing]]) -> NDArray[np.float32]:
    way, start, drawings = chunk
    return np.stack(
        [WAYS[way](drawing, np.random.default_rng(start + i)) for i, drawing in enumerate(drawings)]
    )

"""Digits drawn with a pen, read through the served network: ink as MNIST made it, and other ways.

Run as `python -m tests.benchmarks.drawn_digits --strokes FILE [--model DIR]`, FILE holding points,
stroke_starts, drawing_starts and labels. Prints Markdown.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.learning.evaluation import evaluate
from model.reading.ink import from_image, from_strokes
from model.reading.reader import SHIPPED, Reader
from tests.benchmarks.machine import machine
from tests.reading.painted import painted

CANVAS = (300, 300)
LARGE, SMALL = 230.0, 80.0
"""Pixels of the canvas: the longer side of a digit."""
PEN = 13.0
"""Pixels of the canvas: the pen of a drawing program; shrunk to 28x28 it is as wide as MNIST's."""
THIN, THICK = 0.04, 0.12
"""Pens as parts of the digit's longer side."""

Drawing = list[NDArray[np.float64]]
Make = Callable[[Drawing, np.random.Generator], NDArray[np.float32]]


def load(path: Path) -> tuple[list[Drawing], NDArray[np.int64]]:
    """Drawings, each fitted into the unit square, and the digit that each was drawn for."""
    with np.load(path) as file:
        strokes = np.split(file["points"].astype(np.float64), file["stroke_starts"][1:-1])
        starts = file["drawing_starts"].tolist()
        labels = file["labels"].astype(np.int64)
    return [_unit(strokes[a:b]) for a, b in itertools.pairwise(starts)], labels


def _unit(strokes: Drawing) -> Drawing:
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    longer = size.max() or 1.0
    return [(stroke - low + (longer - size) / 2) / longer for stroke in strokes]


def _painted(drawing: Drawing, height: float, at: tuple[float, float], pen: float) -> Image.Image:
    return painted([[(x, y) for x, y in s.tolist()] for s in drawing], CANVAS, height, at, pen)


def _somewhere(random: np.random.Generator) -> tuple[float, float]:
    return float(random.random()), float(random.random())


def _shrunk(picture: Image.Image) -> NDArray[np.float32]:
    small = picture.resize((28, 28), Image.Resampling.BOX)
    return 1 - np.asarray(small, np.float32) / np.float32(255)


def strokes(drawing: Drawing, _: np.random.Generator) -> NDArray[np.float32]:
    """What the pad does."""
    return from_strokes([stroke.tolist() for stroke in drawing])


def shrunk_large(drawing: Drawing, _: np.random.Generator) -> NDArray[np.float32]:
    """A large, centred drawing, the whole canvas shrunk."""
    return _shrunk(_painted(drawing, LARGE, (0.5, 0.5), PEN / LARGE))


def shrunk_small(drawing: Drawing, random: np.random.Generator) -> NDArray[np.float32]:
    """A small drawing anywhere, the whole canvas shrunk."""
    return _shrunk(_painted(drawing, SMALL, _somewhere(random), PEN / SMALL))


def picture_small_thin(drawing: Drawing, random: np.random.Generator) -> NDArray[np.float32]:
    """A small drawing anywhere with a thin pen, as a picture."""
    return from_image(_painted(drawing, SMALL, _somewhere(random), THIN))


def picture_small_thick(drawing: Drawing, random: np.random.Generator) -> NDArray[np.float32]:
    """A small drawing anywhere with a thick pen, as a picture."""
    return from_image(_painted(drawing, SMALL, _somewhere(random), THICK))


WAYS: dict[str, Make] = {
    "strokes, ink as MNIST made it": strokes,
    "large and centred, the canvas merely shrunk to 28x28": shrunk_large,
    "small and off-centre, the canvas merely shrunk to 28x28": shrunk_small,
    "small and off-centre, thin pen, a picture with ink as MNIST made it": picture_small_thin,
    "small and off-centre, thick pen, a picture with ink as MNIST made it": picture_small_thick,
}


def main() -> None:
    """Reads and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    chosen = parser.parse_args()
    drawings, labels = load(chosen.strokes)
    reader = Reader(chosen.model)
    print(f"{len(drawings)} drawings of {chosen.strokes.name}, read by {reader.version}")
    print(f"\n{machine()}\n\n| drawn and made | read right (95 % interval) |\n|---|---|")
    for name, make in WAYS.items():
        random = np.random.default_rng(0)
        images = np.stack([make(drawing, random) for drawing in drawings])
        guessed = np.array([reading.best_guess for reading in reader.read(images)])
        result = evaluate(labels, guessed)
        low, high = result.interval
        print(f"| {name} | {result.accuracy:.1%} ({low:.1%} to {high:.1%}) |", flush=True)


if __name__ == "__main__":
    main()

"""Digits drawn with a pen, their ink as MNIST made it, and as many a page makes it.

Run as `python -m tests.benchmarks.drawn_digits --strokes FILE [--model DIR]`, FILE a set of digits
as `model.learning.data.stroke_sets` reads it. Prints Markdown. What must make no difference is in
`python -m model score`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from model.learning.data.stroke_sets import Drawing, load, unit
from model.learning.evaluation.accuracy import evaluate
from model.learning.evaluation.painting import LARGE, SMALL, Perturb, painted, somewhere
from model.reading.reader import SHIPPED, Reader
from model.reading.strokes import render
from tests.benchmarks.machine import machine

PEN = 13.0
"""Pixels of the canvas: the pen of a drawing program; shrunk to 28x28 it is as wide as MNIST's."""


def _shrunk(picture: Image.Image) -> NDArray[np.float32]:
    small = picture.resize((28, 28), Image.Resampling.BOX)
    return 1 - np.asarray(small, np.float32) / np.float32(255)


def shrunk_large(drawing: Drawing, _: Generator) -> NDArray[np.float32]:
    """A large, centred drawing, the whole canvas shrunk."""
    strokes = [stroke.tolist() for stroke in unit(drawing)]
    return _shrunk(painted(strokes, height=LARGE, pen=PEN / LARGE))


def shrunk_small(drawing: Drawing, random: Generator) -> NDArray[np.float32]:
    """A small drawing anywhere, the whole canvas shrunk."""
    return _shrunk(somewhere(drawing, random, SMALL, PEN / SMALL))


WAYS: dict[str, Perturb] = {
    "strokes, ink as MNIST made it": lambda drawing, _: render(drawing),
    "large and centred, the canvas merely shrunk to 28x28": shrunk_large,
    "small and off-centre, the canvas merely shrunk to 28x28": shrunk_small,
}


def main() -> None:
    """Reads and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    chosen = parser.parse_args()
    drawn = load(chosen.strokes)
    labels = drawn.digits()
    reader = Reader(chosen.model)
    print(f"{len(labels)} drawings of {drawn.name}, read by {reader.version}")
    print(f"\n{machine()}\n\n| drawn and made | read right (95 % interval) |\n|---|---|")
    for name, make in WAYS.items():
        random = np.random.default_rng(0)
        images = np.stack([make(drawing, random) for drawing in drawn.drawings])
        guessed = np.array([reading.best_guess for reading in reader.read(images)])
        result = evaluate(labels, guessed)
        low, high = result.interval
        print(f"| {name} | {result.accuracy:.1%} ({low:.1%} to {high:.1%}) |", flush=True)


if __name__ == "__main__":
    main()

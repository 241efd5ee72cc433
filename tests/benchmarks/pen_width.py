"""The width of MNIST's pen: which width gives drawings the lines that MNIST's digits have.

Run as `python -m tests.benchmarks.pen_width --mnist FILE --strokes FILE [--model DIR]`, in the
layouts of `keras.datasets.mnist` and of `drawn_digits`. Prints Markdown. Nothing is trained on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.reading.placing import PEN_WIDTH, place
from model.reading.reader import SHIPPED, Reader
from model.reading.strokes import draw
from tests.benchmarks.drawn_digits import Drawing, load
from tests.benchmarks.machine import machine

WIDTHS = (1.5, 1.75, 2.0, 2.25, PEN_WIDTH, 2.5, 2.75, 3.0, 3.5, 4.0)
"""Pixels of the 28x28."""


def line_widths(images: NDArray[np.float32]) -> NDArray[np.float64]:
    """How wide the lines of each image are: twice its area over the length of its edges.

    The edges' length is the sum of the gradient's magnitude, so grey counts as it should and no
    line need be found. Blur and crossings raise it: it compares images, and is no pen's width.

    Args:
        images: (n, 28, 28) float32 in [0, 1].

    Returns:
        (n,) float64, pixels.
    """
    down, right = np.gradient(images, axis=(1, 2))
    return 2 * images.sum(axis=(1, 2)) / np.hypot(down, right).sum(axis=(1, 2))


def by_digit(images: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(10,) float64: the median of `line_widths` for each digit."""
    widths = line_widths(images)
    return np.array([np.median(widths[labels == digit]) for digit in range(10)])


def drawn(drawings: list[Drawing], pen_width: float) -> NDArray[np.float32]:
    """(n, 28, 28) float32 in [0, 1]: the drawings as the pad has them, with that pen."""
    return np.stack([place(draw(drawing, pen_width)) for drawing in drawings])


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--strokes", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    chosen = parser.parse_args()
    with np.load(chosen.mnist) as file:
        mnist = by_digit(file["x_train"].astype(np.float32) / 255, file["y_train"])
    drawings, labels = load(chosen.strokes)
    reader = Reader(chosen.model)
    print(f"{machine()}\n\nMedian line width, pixels; {len(drawings)} drawings, read by", end=" ")
    print(f"{reader.version}\n\n| pen | {' | '.join(map(str, range(10)))} | read right |")
    print(f"|---|{'---|' * 11}")
    print(_row("MNIST", mnist, ""))
    measured = []
    for width in WIDTHS:
        images = drawn(drawings, width)
        measured.append(by_digit(images, labels))
        right = np.mean([r.best_guess for r in reader.read(images)] == labels)
        print(_row(f"{width:.2f}", measured[-1], f"{right:.1%}"), flush=True)
    best = [np.interp(mnist[n], np.array(measured)[:, n], WIDTHS) for n in range(10)]
    print(_row("MNIST's pen", np.array(best), ""))
    print(f"\nMNIST's pen, median of the digits: {np.median(best):.2f}; ours: {PEN_WIDTH}")


def _row(name: str, values: NDArray[np.float64], last: str) -> str:
    return f"| {name} | {' | '.join(f'{value:.2f}' for value in values)} | {last} |"


if __name__ == "__main__":
    main()

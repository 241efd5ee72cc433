"""MNIST's line width, and the pen of ours that draws lines of that width.

Run as `python -m tests.benchmarks.pen_width --mnist FILE --strokes FILE`. Width is 2 area /
perimeter of the grey image, which needs no skeleton. Prints Markdown.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.learning.data.stroke_sets import load
from model.reading.placing import PEN_WIDTH
from model.reading.reader import Reader
from model.reading.strokes import render
from tests.benchmarks.machine import machine

PENS = (1.5, 2.0, 2.25, 2.4, 2.5, 2.75, 3.0, 3.5)
"""Pixels of the 28x28."""


def line_widths(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 28, 28) in [0, 1] -> (n,) pixels: 2 area / perimeter, the latter by total variation."""
    steps = np.gradient(images, axis=(1, 2))
    perimeter = np.hypot(*steps).sum(axis=(1, 2))
    return 2 * images.sum(axis=(1, 2)) / np.maximum(perimeter, 1e-9)


def by_digit(widths: NDArray[np.float64], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """(10,) the median width of each digit."""
    return np.array([np.median(widths[labels == digit]) for digit in range(10)])


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--strokes", type=Path, required=True)
    chosen = parser.parse_args()
    with np.load(chosen.mnist) as mnist:
        target = by_digit(line_widths(mnist["x_train"] / 255), mnist["y_train"])
    drawn = load(chosen.strokes)
    labels = drawn.digits()
    reader = Reader()
    print(f"{machine()}\n\nMNIST, median of each digit: {', '.join(f'{w:.2f}' for w in target)}")
    print("\n| pen, pixels | lines, mean of ten medians | off MNIST's, mean | read right |")
    print("|---:|---:|---:|---:|")
    for pen in PENS:
        images = np.stack([render(drawing, pen) for drawing in drawn.drawings])
        widths = by_digit(line_widths(images.astype(np.float64)), labels)
        right = np.mean([r.best_guess for r in reader.read(images)] == labels)
        mark = " (ours)" if pen == PEN_WIDTH else ""
        off = np.abs(widths - target).mean()
        print(f"| {pen}{mark} | {widths.mean():.2f} | {off:.2f} | {right:.1%} |", flush=True)


if __name__ == "__main__":
    main()

"""Digits side by side on one line, as strokes and on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Drawing = Sequence[NDArray[np.float64]]

_MIN_HEIGHT = 0.5
"""Shares of the longer side: a flat drawing is not enlarged further."""


def side_by_side(
    drawings: Sequence[Drawing], gap: float, rng: Generator | None = None
) -> list[NDArray[np.float64]]:
    """The strokes of all drawings, each about 1 high, from left to right.

    Args:
        drawings: one (n, 2) for each stroke, x right and y down, in any unit.
        gap: between two, in heights of the line; negative where they overlap.
        rng: varies sizes, the base line and gaps; all are the same without.
    """
    line: list[NDArray[np.float64]] = []
    edge = 0.0
    for drawing in drawings:
        points = np.concatenate([np.asarray(stroke, np.float64) for stroke in drawing])
        low, (width, height) = points.min(axis=0), np.ptp(points, axis=0)
        size, lift, space = 1.0, 0.0, gap
        if rng is not None:
            size, lift = rng.uniform(0.85, 1.15), rng.normal(0, 0.05)
            space = gap * rng.uniform(0.7, 1.3)
        scale = size / max(height, _MIN_HEIGHT * width, 1e-9)
        move = np.array([edge, lift + 1 - height * scale])
        line += [(np.asarray(stroke, np.float64) - low) * scale + move for stroke in drawing]
        edge += width * scale + space
    return line


def on_paper(line: Drawing, height: int = 90, pen: float = 6.0) -> Image.Image:
    """Dark strokes on white paper.

    Args:
        line: as `side_by_side` makes it, 1 high.
        height: of the line, in pixels.
        pen: its width, in pixels.
    """
    margin, fine = height // 2, 3
    low = np.concatenate(list(line)).min(axis=0)
    placed = [((stroke - low) * height + margin) * fine for stroke in line]
    width, tall = (np.concatenate(placed).max(axis=0) + margin * fine).astype(int).tolist()
    image = Image.new("L", (width, tall), 255)
    draw, radius = ImageDraw.Draw(image), pen * fine / 2
    for stroke in placed:
        draw.line(
            [tuple(point) for point in stroke], fill=30, width=round(2 * radius), joint="curve"
        )
        for x, y in (stroke[0], stroke[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=30)
    return image.resize((width // fine, tall // fine), Image.Resampling.LANCZOS)


def as_photo(paper: Image.Image, rng: Generator, turned: float = 2.0) -> Image.Image:
    """A sheet with that paper in its middle, as a phone takes it: aslant, lit from one side,
    yellowish, noisy and a little blurred.

    Args:
        turned: degrees, to the left.
    """
    sheet = Image.new("L", (paper.width + 300, paper.height + 400), 255)
    sheet.paste(paper, (150, 200))
    tones = np.asarray(sheet.rotate(turned, Image.Resampling.BICUBIC, fillcolor=255)) / 255
    rows, columns = np.mgrid[0 : 1 : tones.shape[0] * 1j, 0 : 1 : tones.shape[1] * 1j]
    light = 0.9 - 0.3 * np.hypot(columns - 0.3, rows - 0.2)
    colours = (tones * light)[..., None] * (235, 228, 210) + (20, 22, 28)
    colours += rng.normal(0, 6, colours.shape)
    photo = Image.fromarray(colours.clip(0, 255).astype(np.uint8))
    return photo.filter(ImageFilter.GaussianBlur(0.8))

"""Digits drawn on paper, as a photo would show them."""

from __future__ import annotations

from PIL import Image, ImageDraw

from tests.support.digits import DIGITS


def drawn_on_paper(
    digit: int, side: int = 400, paper: str = "#f4f0e6", pen: str = "#222233"
) -> Image.Image:
    """A digit in dark ink on light paper, or the other way round, `side` pixels square."""
    image = Image.new("RGB", (side, side), paper)
    draw = ImageDraw.Draw(image)
    for stroke in DIGITS[digit]:
        points = [(side * (0.2 + 0.6 * x), side * (0.2 + 0.6 * y)) for x, y in stroke]
        draw.line(points, fill=pen, width=max(1, side // 20), joint="curve")
    return image

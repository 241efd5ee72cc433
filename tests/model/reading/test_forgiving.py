"""What a hand, a sheet or a camera adds to a digit does not change it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.learning.evaluation.painting import painted
from model.reading.ink import from_image, from_strokes
from model.reading.numbers import read_picture, read_strokes, text_of
from model.reading.reader import Reader
from tests.model.reading.painted import difference, from_tones, tones
from tests.support.digits import DIGITS
from tests.support.tables import case

NEAR = 0.02
"""Mean absolute difference of two 28x28: about 16 of 784 pixels turned over."""


def as_png(light: NDArray[np.float64]) -> bytes:
    file = io.BytesIO()
    from_tones(light).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_cut_out_along_its_ink() -> None:
    straight = {7: [[(0.1, 0.0), (0.8, 0.0), (0.4, 1.0)]]}
    for pen in (0.08, 0.16):
        for digit, strokes in [*DIGITS.items(), *straight.items()]:
            light = tones(painted(strokes, (200, 200), 140, pen=pen))
            left, top, right, bottom = from_tones(1 - light).getbbox() or (0, 0, 0, 0)
            cuts = {
                "all sides": light[top:bottom, left:right],
                "all sides, light on dark": 1 - light[top:bottom, left:right],
                "the top cut off": light[top + 3 :],
                "the left cut off": light[:, left + 3 :],
                "the bottom and the top": light[top:bottom],
                "the right, few pixels": tones(from_tones(light[:, :right]).reduce(4)),
                "a photo": (0.8 * light + 0.1 + noise_like(light))[top:bottom, left:right],
            }
            for name, cut in cuts.items():
                if digit == 1 and name.startswith("all sides, light"):
                    continue  # then there is hardly any paper to be seen
                with case(f"{digit} cropped on {name}, pen {pen}"):
                    near = 2 * NEAR if "cut off" in name or "few" in name else NEAR
                    image = from_image(as_png(cut))
                    assert difference(from_strokes(strokes), image) < near


def noise_like(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.random.default_rng(7).normal(0, 0.015, light.shape)


def test_a_digit_of_few_pixels_without_any_paper_is_answered(reader: Reader) -> None:
    for side in (1, 2, 3, 8, 20):
        for tone in (0, 90):
            with case((side, tone)):
                checked = np.indices((side, side)).sum(axis=0) % 2 * 255
                checked[side // 3 :] = tone
                read_picture(reader, Image.fromarray(checked.astype(np.uint8)))


def dotted(strokes: list[list[tuple[float, float]]], step: float) -> list[NDArray[np.float64]]:
    """Each stroke as dots that far apart."""
    dots: list[NDArray[np.float64]] = []
    for stroke in strokes:
        points = np.array(stroke)
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        places = np.linspace(0, along[-1], 1 + round(along[-1] / step))
        even = np.stack([np.interp(places, along, axis) for axis in points.T], axis=1)
        dots += list(even[:, None])
    return dots


def test_digits_made_of_dots_are_read(reader: Reader) -> None:
    for digit, strokes in DIGITS.items():
        for step in (0.06, 0.12):
            with case(f"{digit}, dots {step} apart"):
                dots = dotted(strokes, step)
                (read,) = read_strokes(reader, [dot.tolist() for dot in dots])
                assert read.reading.digit == digit
                assert read.strokes == tuple(range(len(dots)))
                picture = painted([dot.tolist() for dot in dots], height=160, pen=step / 1.6)
                assert text_of(read_picture(reader, picture)) == str(digit)
    many = [dot + np.array((shift, 0)) for shift in (0.0, 1.2) for dot in dotted(DIGITS[3], 0.09)]
    assert text_of(read_strokes(reader, [dot.tolist() for dot in many])) == "33"


def test_what_is_printed_or_drawn_around_a_digit_is_no_part_of_it(reader: Reader) -> None:
    angles = np.linspace(0, 2 * np.pi, 60)
    circle = [(0.5 + 0.85 * np.cos(a), 0.5 + 0.85 * np.sin(a)) for a in angles]
    additions = {
        "a box": [(-0.1, -0.25), (1.1, -0.25), (1.1, 1.25), (-0.1, 1.25), (-0.1, -0.25)],
        "a circle": circle,
        "an underline": [(0.1, 1.2), (1.1, 1.25)],
        "a far speck": [(1.35, 1.4), (1.36, 1.4)],
    }
    for digit, strokes in DIGITS.items():
        for name, added in additions.items():
            with case(f"{digit} and {name}"):
                shrunk = [[(0.3 + 0.4 * x, 0.3 + 0.4 * y) for x, y in s] for s in [*strokes, added]]
                picture = painted(shrunk, (340, 340), 330, pen=0.025)
                assert text_of(read_picture(reader, picture)) == str(digit)
    slashed = [*DIGITS[0], [(0.45, 0.4), (0.5, 0.6)]]
    assert text_of(read_picture(reader, painted(slashed, pen=0.05))) != "1"

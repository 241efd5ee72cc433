"""Ink from pictures: any size, place, pen, colour and light give what the strokes give."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from model.learning.evaluation.painting import painted
from model.reading.ink import PEN_WIDTH, from_image, from_strokes
from model.reading.placing import place
from model.reading.reader import Reader
from model.reading.strokes import draw
from tests.model.reading.painted import difference, from_tones, tones
from tests.support.digits import DIGITS
from tests.support.tables import case

NEAR = 0.02
"""Mean absolute difference of two 28x28: about 16 of 784 pixels turned over."""

Tones = NDArray[np.float64]
ROWS, COLUMNS = np.mgrid[0:1:300j, 0:1:300j]


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def noise(strength: float) -> Tones:
    return np.random.default_rng(7).normal(0, strength, ROWS.shape)


def in_shadow(paper: Tones, softness: float, depth: float = 0.4) -> Tones:
    edge = from_tones((COLUMNS + 0.6 * ROWS > 0.8).astype(float))
    return paper * (1 - depth * tones(edge.filter(ImageFilter.GaussianBlur(softness))))


def dusty(paper: Tones) -> Tones:
    """Specks that stand free of the ink: one that touches it cannot be told from it."""
    dusted, chance = paper.copy(), random.Random(3)
    for _ in range(40):
        x, y, size = chance.randrange(290), chance.randrange(290), chance.randrange(1, 7)
        if paper[max(0, y - 8) : y + 14, max(0, x - 8) : x + 14].min() < 1:
            continue
        dusted[y : y + size, x : x + size] = 0
    return dusted


def on_a_table(paper: Tones) -> Tones:
    paper = paper.copy()
    paper[:, :18], paper[285:] = 0.2, 0.25
    return paper


def framed(board: Tones) -> Tones:
    board = board.copy()
    board[:14], board[-14:], board[:, :14], board[:, -14:] = 0.8, 0.8, 0.8, 0.8
    return board


def coloured(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Callable[[Tones], bytes]:
    def paint(light: Tones) -> bytes:
        bands = light[..., None] * paper + (1 - light[..., None]) * ink
        return encoded(Image.fromarray(bands.astype(np.uint8)), "PNG")

    return paint


def by(change: Callable[[Tones], Tones]) -> Callable[[Tones], bytes]:
    return lambda light: encoded(from_tones(change(light)), "PNG")


LIGHT: dict[str, Callable[[Tones], bytes]] = {
    "dark on light": by(lambda t: t),
    "light on dark": by(lambda t: 1 - t),
    "pale": by(lambda t: 0.7 + 0.15 * t),
    "lit from one side": by(lambda t: t * (0.35 + 0.6 * COLUMNS)),
    "vignette": by(lambda t: t * (1 - 0.9 * ((COLUMNS - 0.5) ** 2 + (ROWS - 0.5) ** 2))),
    "chalk, lit from one side": by(lambda t: 0.15 + 0.2 * COLUMNS + 0.5 * (1 - t)),
    "hard shadow": by(lambda t: in_shadow(0.05 + 0.9 * t, 1)),
    "soft shadow": by(lambda t: in_shadow(0.05 + 0.9 * t, 20, 0.5)),
    "chalk, and the board's frame": by(lambda t: framed(0.9 - 0.7 * t)),
    "noise": by(lambda t: 0.2 + 0.6 * t + noise(0.08)),
    "salt": by(lambda t: np.where(np.abs(noise(1)) > 2.8, noise(9), t)),
    "blurred": lambda t: encoded(from_tones(t).filter(ImageFilter.GaussianBlur(2)), "PNG"),
    "poor JPEG": lambda t: encoded(from_tones(0.4 + 0.4 * t), "JPEG", quality=12),
    "dust": by(dusty),
    "edge of the table": by(on_a_table),
    "a phone's photo": lambda t: encoded(
        from_tones(in_shadow((0.3 + 0.55 * t) * (0.6 + 0.4 * COLUMNS), 6, 0.25) + noise(0.02)),
        "JPEG",
        quality=60,
    ),
    "red on green": coloured((200, 40, 40), (40, 140, 40)),
    "yellow on white": coloured((255, 240, 60), (255, 255, 255)),
    "blue on black": coloured((40, 40, 220), (0, 0, 0)),
}


def test_light_and_colour_do_not_matter() -> None:
    for name, light in LIGHT.items():
        with case(name):
            for digit, strokes in DIGITS.items():
                picture = light(tones(painted(strokes, pen=0.09)))
                assert difference(from_strokes(strokes), from_image(picture)) < NEAR, digit


@given(
    digit=st.integers(0, 9),
    height=st.integers(80, 400),
    canvas=st.tuples(st.integers(480, 600), st.integers(480, 600)),
    at=st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)),
    pen=st.floats(0.03, 0.17),  # ours is 0.136 of the height
)
@settings(max_examples=60)
def test_size_place_and_pen_do_not_matter(
    digit: int,
    height: int,
    canvas: tuple[int, int],
    at: tuple[float, float],
    pen: float,
) -> None:
    picture = painted(DIGITS[digit], canvas, height, at, pen)
    assert difference(from_strokes(DIGITS[digit]), from_image(picture)) < 1.25 * NEAR


def test_small_digits_keep_their_shape() -> None:
    for height in (16, 24, 34, 48):
        with case(height):
            pen = PEN_WIDTH / 18  # where a line is two pixels wide, it cannot be measured
            pictures = [painted(DIGITS[n], (64, 56), height, (0.2, 0.7), pen) for n in range(10)]
            readings = Reader().read(np.stack([from_image(picture) for picture in pictures]))
            assert [reading.best_guess for reading in readings] == list(range(10))


def test_pictures_of_each_digit_are_read() -> None:
    for pen in (0.03, 0.12):
        with case(pen):
            pictures = [painted(DIGITS[n], (300, 200), 90, (0.1, 0.9), pen) for n in range(10)]
            readings = Reader().read(np.stack([from_image(picture) for picture in pictures]))
            assert [reading.best_guess for reading in readings] == list(range(10))
            assert min(reading.confidence for reading in readings) > 0.8


def test_every_mode_is_the_same_picture() -> None:
    for mode in (
        "1",
        *["L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV", "LAB"],
    ):
        with case(mode):
            grey = painted(DIGITS[5])
            if mode == "LAB":
                middle = Image.new("L", grey.size, 128)
                picture = Image.merge("LAB", (grey, middle, middle))
            else:
                steps = {"La": "LA", "RGBa": "RGBA", "PA": "P", "HSV": "RGB", "YCbCr": "RGB"}
                picture = grey.convert(steps.get(mode, mode)).convert(mode)
            assert picture.mode == mode
            assert difference(from_image(grey), from_image(picture)) < 0.005


def test_deep_greys_are_the_same_picture() -> None:
    for mode, white in [
        ("F", 1.0),
        *((m, w) for m in ("F", "I", "I;16", "I;16B") for w in (255.0, 4095.0, 65535.0)),
    ]:
        with case((mode, white)):
            values = tones(painted(DIGITS[2])) * white
            kinds = {"F": "f4", "I": "i4", "I;16": "<u2", "I;16B": ">u2"}
            picture = Image.fromarray(values.astype(kinds[mode]))
            assert picture.mode == mode
            assert difference(from_image(painted(DIGITS[2])), from_image(picture)) < 0.005


def test_grey_that_is_no_number_is_no_ink() -> None:
    values = tones(painted(DIGITS[2])).astype(np.float32)
    values[3, 3], values[4, 4], values[5, 5] = np.nan, np.inf, -np.inf
    assert np.isfinite(from_image(Image.fromarray(values))).all()


def transparent(ink: tuple[int, int, int], paper: tuple[int, int, int] | None) -> Image.Image:
    """A 5 in `ink` on a round sheet of `paper`; around it, or where there is none, transparent."""
    shape = painted(DIGITS[5])
    picture = Image.new("RGBA", shape.size, (0, 0, 0, 0))
    if paper:
        ImageDraw.Draw(picture).ellipse((4, 4, 296, 296), fill=(*paper, 255))
    stamp = Image.new("RGBA", shape.size, (*ink, 255))
    stamp.putalpha(Image.eval(shape, lambda grey: 255 - grey))
    return Image.alpha_composite(picture, stamp)


BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (200, 30, 30)


def test_transparency() -> None:
    for ink, paper in [(i, p) for i in (BLACK, WHITE, RED) for p in (None, WHITE, BLACK) if i != p]:
        for format in ("PNG", "WEBP", "GIF", "palette"):
            with case((ink, paper, format)):
                picture = transparent(ink, paper)
                if format in ("GIF", "palette"):
                    picture.putalpha(
                        picture.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
                    )
                if format == "palette":
                    picture = picture.quantize(64)
                file = encoded(picture, "PNG" if format == "palette" else format)
                assert difference(from_strokes(DIGITS[5]), from_image(file)) < NEAR


def test_the_camera_may_have_been_turned() -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose: the way that undoes it
    for turn in range(1, 9):
        for format in ("JPEG", "PNG", "WEBP"):
            with case((turn, format)):
                upright = painted(DIGITS[7])
                held = upright.transpose(Image.Transpose(back[turn])) if turn in back else upright
                exif = Image.Exif()
                exif[0x0112] = turn
                file = encoded(held.convert("RGB"), format, exif=exif)
                assert difference(from_image(upright), from_image(file)) < 0.005


def test_a_sheet_on_a_large_transparent_picture() -> None:
    sheet = Image.new("RGBA", (900, 900), (0, 0, 0, 0))
    sheet.paste(painted(DIGITS[5]), (400, 80))
    assert difference(from_strokes(DIGITS[5]), from_image(sheet)) < NEAR


BLANK: dict[str, Tones] = {
    "white": np.ones(ROWS.shape),
    "black": np.zeros(ROWS.shape),
    "one pixel": np.full((1, 1), 0.3),
    "lit from one side": 0.3 + 0.6 * COLUMNS,
    "vignette": 1 - 0.9 * ((COLUMNS - 0.5) ** 2 + (ROWS - 0.5) ** 2),
    "little noise": 0.5 + noise(0.03),
    "noise": 0.6 + noise(0.06),
    "more noise": 0.5 + noise(0.12),
    "much noise": 0.5 + noise(0.2),
    "hard shadow": in_shadow(np.full(ROWS.shape, 0.9), 1),
    "soft shadow": in_shadow(np.full(ROWS.shape, 0.9), 15),
    "too pale": 0.8 - 0.04 * (1 - tones(painted(DIGITS[5]))),
}


def test_blank_paper_is_blank() -> None:
    for name, paper in BLANK.items():
        for format in ("PNG", "JPEG"):
            with case((name, format)):
                options = {"quality": 50} if format == "JPEG" else {}
                file = encoded(from_tones(paper), format, **options)
                assert not from_image(file).any()


def test_blank_and_transparent_is_blank() -> None:
    for alpha in (0, 120, 255):
        with case(alpha):
            assert not from_image(Image.new("RGBA", (90, 90), (40, 90, 200, alpha))).any()


def test_a_loose_bar_is_kept() -> None:
    (body, bar), away = DIGITS[5], 0.1
    loose = [body, [(x + away, y - away) for x, y in bar]]
    picture = painted(loose, at=(0.5, 0.7))
    assert difference(from_strokes(loose), from_image(picture)) < NEAR


def test_a_dot_is_a_dot_of_our_pen() -> None:
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).ellipse((50, 60, 90, 100), fill=0)
    np.testing.assert_array_equal(from_image(picture), from_strokes([[[0, 0]]]))


def test_thick_lines_do_not_fill_a_loop_nor_thin_ones_vanish() -> None:
    circle = [(0.5 + 0.08 * np.cos(a), 0.1 + 0.08 * np.sin(a)) for a in np.linspace(0, 6.3, 40)]
    picture = painted([circle, [(0.5, 0.18), (0.5, 1.0)]], pen=0.03)
    image = from_image(picture)
    column = image[:, image.sum(axis=0).argmax()]
    top = int(np.flatnonzero(column > 0.5)[0])
    assert column[top : top + 8].min() < 0.8, "the loop has no hole"

    uneven = painted([[(0.2, 0.0), (0.2, 1.0)]], pen=0.25)
    ImageDraw.Draw(uneven).line((110, 60, 250, 60), fill=0, width=6)
    assert from_image(uneven)[:, 18:].max() > 0.3, "the hairline is gone"


def test_every_way_to_hand_over_a_picture(tmp_path: Path) -> None:
    for as_file in (str, Path, Path.read_bytes, lambda path: path.open("rb")):
        with case(as_file):
            path = tmp_path / "five.png"
            painted(DIGITS[5]).save(path)
            np.testing.assert_array_equal(from_image(as_file(path)), from_image(painted(DIGITS[5])))


def test_a_picture_of_mnists_measures_stays_as_it_is() -> None:
    for pen in (1.5, PEN_WIDTH, 5.5):
        with case(pen):
            for strokes in DIGITS.values():
                drawn = place(draw([np.array(stroke) for stroke in strokes], pen))
                image = np.rint(drawn * 255).astype(np.uint8)
                np.testing.assert_allclose(
                    from_image(Image.fromarray(image)), image / 255, atol=1 / 255
                )


@pytest.mark.skipif("MNIST_PATH" not in os.environ, reason="MNIST_PATH names no mnist.npz")
def test_mnist_as_pictures_is_read_as_well_as_mnist() -> None:
    with np.load(os.environ["MNIST_PATH"]) as mnist:
        images, labels = mnist["x_test"][:150], mnist["y_test"][:150]
    reader = Reader()

    def right(inks: NDArray[np.float32]) -> float:
        return float(np.mean([r.best_guess for r in reader.read(inks)] == labels))

    direct = right(images.astype(np.float32) / 255)
    for scale in (1, 5):
        large = [
            Image.fromarray(i).resize((28 * scale,) * 2, Image.Resampling.BICUBIC) for i in images
        ]
        assert right(np.stack([from_image(picture) for picture in large])) > direct - 0.01

"""An untrusted picture file -> its colours as an array of bounded size, transparency filled.

All pictures enter here: formats, limits, and what a hostile file may cost.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.reading import container
from model.reading.errors import InkError

Source = str | Path | bytes | BinaryIO | Image.Image
"""A path, the bytes of a file, an open file, or a picture opened by Pillow."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
"""The formats decoded here. Pillow has many more: some start other programs, and in TIFF there are
too many ways for a small file to ask for gigabytes."""

MAX_BYTES = 16_000_000
"""A 50-megapixel photo takes 8 to 15 MB."""

MAX_PIXELS = 16_000_000
"""Decoded in full: 64 MB at four bytes per pixel, and as much again to convert its mode."""

MAX_PHOTO_PIXELS = 64_000_000
"""A JPEG of one scan is decoded at a fraction of its size."""

MAX_WEBP_PIXELS = 8_000_000
"""Pillow holds four copies of one."""

MAX_SCANS = 64
"""Of a progressive JPEG: each passes over all pixels, and an empty one takes a few bytes."""

WORKING_SIDE = 1000
"""Pixels: the longer side after reduction. A digit a tenth as large still has measurable lines."""

NOT_A_PICTURE = "This is not a picture that can be opened. Choose a PNG or JPEG file."
HEIC = (
    "This is an HEIC photo, as iPhones save them. Send it as JPEG: open it and export it as one, "
    "or take a screenshot of it."
)
TOO_HEAVY = f"This file is too large. Choose a picture of less than {MAX_BYTES // 10**6} MB."
TOO_LARGE = "This picture has too many pixels. Make it smaller, or cut the digit out of it."

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
"""First bytes after `ftyp` of a file, as ISO/IEC 23008-12 has them."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> transposition to upright. Pillow's own function reads the whole EXIF, where
64 kB can hide gigabytes."""

_CLEAR = 0.02
"""Transparency, of 1: less is rounding."""

_ONE_COLOUR = 0.2
"""Of the tonal range: if opaque pixels differ less, the drawing is in the alpha channel."""


def colours_of(source: Source) -> NDArray[np.float32]:
    """Opens a picture and reduces it to a working size.

    Args:
        source: see `Source`; untrusted.

    Returns:
        (h, w, c) float32 in [0, 1]: 1 <= h, w <= `WORKING_SIDE`, c = 1 for grey and 3 for colour,
        0 dark. Upright by its EXIF. Transparent pixels get the paper's tone; where all opaque
        pixels have one colour, transparency itself is the paper.

    Raises:
        InkError: not a picture, damaged, or larger than the limits above.
    """
    try:
        image = _upright(_small(_open(source)))
        colours = np.asarray(image, np.float32)
    except InkError:
        raise
    except Exception as error:
        # Hostile bytes make Pillow's decoders raise nearly every exception there is.
        raise InkError(NOT_A_PICTURE) from error
    if not colours.size:
        raise InkError(NOT_A_PICTURE)
    if image.mode == "RGBA":
        return _without_alpha(colours / np.float32(255))
    if image.mode == "F":
        return _grey_of(colours)[..., None]
    return colours.reshape(*colours.shape[:2], -1) / np.float32(255)


def _open(source: Source) -> Image.Image:
    """The picture, not yet decoded, checked against the limits of its format."""
    if isinstance(source, Image.Image):
        if math.prod(source.size) > MAX_PIXELS:
            raise InkError(TOO_LARGE)
        return source
    content = _bytes_of(source)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise InkError(HEIC)
    content, exif = container.stripped(content)
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise InkError(TOO_LARGE) from None
    image.info["exif"] = exif or image.info.get("exif", b"")
    scans = container.scans(content) if image.format == "JPEG" else 0
    if math.prod(image.size) > _max_pixels(image.format, scans) or scans > MAX_SCANS:
        raise InkError(TOO_LARGE)
    # Decodes a JPEG at a half, a quarter or an eighth of its size where that is large enough.
    larger = max(image.size) / WORKING_SIDE
    width, height = (max(1, round(side / larger)) for side in image.size)
    image.draft(None, (width, height))
    return image


def _max_pixels(format: str | None, scans: int) -> int:
    if format == "JPEG" and scans == 1:
        return MAX_PHOTO_PIXELS
    return MAX_WEBP_PIXELS if format == "WEBP" else MAX_PIXELS


def _bytes_of(source: str | Path | bytes | BinaryIO) -> bytes:
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise InkError(f"There is no picture file called {path.name!r}.")
        with path.open("rb") as file:
            return _bytes_of(file)
    content = source if isinstance(source, bytes) else source.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InkError(TOO_HEAVY)
    return content


def _small(image: Image.Image) -> Image.Image:
    """Decoded to L, RGB, RGBA or F, no side longer than `WORKING_SIDE`."""
    image.load()
    if image.mode == "LAB":  # Pillow converts it only with a colour profile
        image = image.getchannel("L")
    elif image.mode == "La":
        image = image.convert("LA")
    mode = _working_mode(image)
    if image.mode != mode:
        image = image.convert(mode)
    factor = -(-max(image.size) // WORKING_SIDE)
    return image.reduce(factor) if factor > 1 else image


def _working_mode(image: Image.Image) -> str:
    if image.mode.startswith(("I", "F")):
        return "F"
    if image.has_transparency_data:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _upright(image: Image.Image) -> Image.Image:
    turn = TURNS.get(container.orientation(image.info.get("exif", b"")))
    return image if turn is None else image.transpose(turn)


def _grey_of(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grey levels of 16 bits or unknown range, scaled to [0, 1] by the smallest usual range."""
    values = np.nan_to_num(values, posinf=0, neginf=0).clip(-1e30, 1e30)
    values = values - min(float(values.min()), 0)
    largest = float(values.max())
    span = next((top for top in (1.0, 255.0, 4095.0, 65535.0) if largest <= top), largest)
    return values / np.float32(span)


def _without_alpha(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 4) -> (h, w, 3), or (h, w, 1) where only the alpha has shapes."""
    colour, alpha = colours[..., :3], colours[..., 3:]
    if alpha.min() > 1 - _CLEAR:
        return colour
    opaque = colour[alpha[..., 0] > 0.5]
    if (
        not len(opaque)
        or np.ptp(np.percentile(opaque, (0.1, 99.9), axis=0), axis=0).max() < _ONE_COLOUR
    ):
        return 1 - alpha
    paper = np.median(opaque, axis=0)
    return colour * alpha + paper * (1 - alpha)

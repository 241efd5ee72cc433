"""Hostile input in place of strokes and pictures."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

from PIL import Image

BAD_STROKES: dict[str, Any] = {
    "null": None,
    "text": "7",
    "a number": 7,
    "an object": {"strokes": []},
    "numbers as text": [[["1", "2"], ["3", "4"]]],
    "booleans": [[[True, False]]],
    "null inside": [[[None, 1]]],
    "three coordinates": [[[1, 2, 3]]],
    "one coordinate": [[[1]]],
    "points without strokes": [[1, 2], [3, 4]],
    "deep nesting": json.loads("[" * 500 + "]" * 500),
    "far away": [[[1e308, 0], [0, -1e308]]],
    "an integer of 400 digits": [[[10**400, 1]]],
    "300,000 points": [[[i % 997, i % 991] for i in range(300_000)]],
    "a million empty strokes": [[[]] for _ in range(300_000)],
    "10,000 strokes": [[[i % 97, i % 89]] for i in range(10_000)],
}
"""Refused with a sentence."""

BAD_STROKES_TEXT = {
    "NaN": "[[[NaN, 1], [2, 3]]]",
    "infinity": "[[[Infinity, 1], [2, -Infinity]]]",
    "nested too deep for Python": "[" * 100_000 + "]" * 100_000,
}
"""The same, but only writable as text."""

NOTHING_DRAWN: dict[str, Any] = {"no strokes": [], "a stroke without points": [[]]}
"""Answered with an empty text."""

ODD_STROKES: dict[str, Any] = {
    "one point": [[[5, 5]]],
    "one point, often": [[[5, 5]] * 50],
    "negative": [[[-900, -5], [-880, 400]]],
    "tiny": [[[1e-7, 1e-7], [2e-7, 9e-7]]],
    "huge": [[[1e8, 1e8], [2e8, 9e8]]],
}
"""Odd drawings, answered with a digit."""


def png(image: Image.Image) -> bytes:
    """The image as PNG."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def png_bomb(side: int) -> bytes:
    """A small file of a huge picture: one grey level, compressed to almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def bad_pictures() -> dict[str, bytes]:
    """Refused with a sentence."""
    whole = png(Image.new("L", (60, 60), 255))
    return {
        "nothing": b"",
        "text called .png": b"just some text, and not a picture",
        "half a PNG": whole[: len(whole) // 2],
        "20,000 x 20,000": png_bomb(20_000),
        "a PNG bomb": png_bomb(9_000),
        "a page": b"<html><script>alert(1)</script></html>",
        "an EPS program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n0 0 9 9 rectfill\n",
    }


def blank_pictures() -> dict[str, bytes]:
    """Pictures without ink: answered with an empty text."""
    return {
        "1 x 1": png(Image.new("L", (1, 1))),
        "white": png(Image.new("RGB", (300, 200), "white")),
    }

"""What every door answers: a drawing or a picture, read, as JSON.

Knows ink and the reader; not which door asked, nor how it says no.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from numpy.typing import NDArray

from model.reading import ink
from model.reading.reader import Reader, Reading

Answer = dict[str, Any]
"""`text`, `model`, `digits` (a dict for each: `digit`, `best_guess`, `confidence`, `probabilities`)
and `seen`: the 784 grey levels that the network was given, row by row, 0 to 255, in base64."""

PICTURES_AT_ONCE = 2
"""A large picture takes tens of megabytes while it is decoded: the others wait their turn."""


class Answers:
    """Reads for the page and for programs.

    Args:
        reader: the network in use.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pictures = anyio.CapacityLimiter(PICTURES_AT_ONCE)

    async def drawing(self, strokes: Any) -> Answer:
        """Reads strokes, whatever JSON they are; on the event loop, as it takes under 1 ms.

        Raises:
            ink.InkError: these are no strokes; the message is a sentence for whoever sent them.
        """
        return self._answer(ink.from_strokes(strokes))

    async def picture(self, picture: bytes | Path) -> Answer:
        """Reads a picture file or its bytes, on a thread.

        Raises:
            ink.InkError: this is no picture that can be read; the message is a sentence.
        """
        image = await anyio.to_thread.run_sync(ink.from_image, picture, limiter=self._pictures)
        return self._answer(image)

    def _answer(self, image: NDArray[np.float32]) -> Answer:
        readings = self._reader.read(image[None]) if image.any() else []
        return {
            "text": "".join("?" if r.digit is None else str(r.digit) for r in readings),
            "model": self._reader.version,
            "digits": [_digit(reading) for reading in readings],
            "seen": _base64(image),
        }


def picture_in(data_url: Any) -> bytes:
    """The bytes inside a `data:` URL, whatever came in its place.

    Raises:
        ink.InkError: it is no `data:` URL.
    """
    if isinstance(data_url, str):
        header, _, content = data_url.partition(",")
        if header.startswith("data:") and header.endswith(";base64"):
            try:
                return base64.b64decode(content, validate=True)
            except binascii.Error:
                pass
    raise ink.InkError("This is not a picture. Choose a PNG or JPEG file.")


def _digit(reading: Reading) -> dict[str, Any]:
    return {
        "digit": reading.digit,
        "best_guess": reading.best_guess,
        "confidence": reading.confidence,
        "probabilities": list(reading.probabilities),
    }


def _base64(image: NDArray[np.float32]) -> str:
    return base64.b64encode(np.rint(image * 255).astype(np.uint8).tobytes()).decode("ascii")

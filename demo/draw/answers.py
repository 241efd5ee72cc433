"""Answers to a drawing or a picture, as JSON, for the page and for programs."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from numpy.typing import NDArray

from demo.web.errors import REQUEST_FAILED
from demo.web.metrics import Metrics
from demo.web.turns import TooManyWaitingError, Turns
from demo.web.visitor import visitor_has_left
from model.reading import ink
from model.reading.numbers import Digit, read_picture, read_strokes, text_of
from model.reading.placing import SIDE
from model.reading.reader import Reader
from model.service.database.connection import OutageError, StoreError
from model.service.serving import Serving

Answer = dict[str, Any]
"""`text`, `model`, `digits` and `seen`.

Each of the digits has `digit`, `best_guess`, `confidence`, `probabilities`, its `box` (x, y, width,
height), the indices of its `strokes` where it was drawn with these, and `seen`: the 784 grey levels
that the network was given, row by row, 0 to 255, in base64. The answer's own `seen` is the first
digit's.
"""

MAX_PICTURES = 2
"""Pictures decoded at the same time: a large one takes tens of megabytes meanwhile."""
MAX_WAITING_PICTURES = 3
"""Of one address; each may hold two megabytes meanwhile."""
LONG_DRAWING = 1_000
"""Points; fewer are drawn in a millisecond."""
MANY_STROKES = 6
"""More may be a long number, for which dozens of groups of strokes are read."""
MAX_DRAWINGS = 2
"""Long ones drawn at the same time."""

_NOT_LOOKED_UP = (
    "Your network, {}, cannot be looked up just now: the database does not answer. Try again, or "
    "switch back to everybody's."
)

TOO_MANY_PICTURES = (
    "Several pictures from your network are being read already. Try again in a few seconds."
)
LEFT = "Nobody waits for the answer."

_BLANK = np.zeros((SIDE, SIDE), np.float32)

log = logging.getLogger(__name__)


class NoAnswerError(Exception):
    """There is no answer; the message is a sentence for the visitor."""


class Answers:
    """Reads drawings and pictures.

    Args:
        serving: has the network in use, and the others.
        metrics: counts readings.
    """

    def __init__(self, serving: Serving, metrics: Metrics) -> None:
        self._serving = serving
        self._metrics = metrics
        self._long_drawings, self._drawing_threads = Turns(), anyio.CapacityLimiter(MAX_DRAWINGS)
        self._pictures, self._picture_threads = (
            Turns(max_waiting=MAX_WAITING_PICTURES),
            anyio.CapacityLimiter(MAX_PICTURES),
        )

    @property
    def version(self) -> str:
        """Name of the network in use."""
        return self._serving.reader.version

    @property
    def labels(self) -> dict[str, str]:
        """What the page calls a network, by its name: the one that comes with the app."""
        base = self._serving.base
        return {base.version: f"{base.card['recipe'].capitalize()} (built in)"}

    async def drawing(self, strokes: Any, network: str | None = None) -> Answer:
        """Reads strokes; on the event loop, as it takes 1 ms, or if there are many, on a thread.

        Args:
            strokes: any JSON; see `numbers.read_strokes`.
            network: the version to read with; the one in use if that is None, or was deleted.

        Raises:
            NoAnswerError: not strokes, or the version cannot be looked up just now.
        """
        with self._counted(), _as_sentences():
            reader = await self._reader(network)
            if _is_short(strokes):
                return self._answer(reader, read_strokes(reader, strokes))
            async with self._long_drawings.turn():
                digits = await anyio.to_thread.run_sync(
                    read_strokes, reader, strokes, limiter=self._drawing_threads
                )
            return self._answer(reader, digits)

    async def picture(self, picture: Path | Any, network: str | None = None) -> Answer:
        """Reads a picture on a thread.

        Args:
            picture: a file, or any JSON in place of a `data:` URL.
            network: as for `drawing`.

        Raises:
            NoAnswerError: not a readable picture, or the version cannot be looked up just now.
        """
        with self._counted(), _as_sentences():
            async with self._pictures.turn():
                if await visitor_has_left():
                    raise NoAnswerError(LEFT)
                reader = await self._reader(network)
                digits = await anyio.to_thread.run_sync(
                    _read_picture, reader, picture, limiter=self._picture_threads
                )
            return self._answer(reader, digits)

    async def _reader(self, network: str | None) -> Reader:
        if network is None:
            return self._serving.reader
        if ready := self._serving.ready(network):
            return ready
        try:
            # From the disk, once; other visitors' drawings are read meanwhile.
            return await anyio.to_thread.run_sync(self._serving.reader_of, network)
        except OutageError:
            raise NoAnswerError(_NOT_LOOKED_UP.format(network[:100])) from None
        except StoreError:
            return self._serving.reader  # it was deleted, or damaged

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._metrics.timing():
            try:
                yield
            except NoAnswerError:
                self._metrics.read("refused")
                raise

    def _answer(self, reader: Reader, digits: list[Digit]) -> Answer:
        for digit in digits:
            self._metrics.read("not a digit" if digit.reading.digit is None else "digit")
        if not digits:
            self._metrics.read("nothing drawn")
        entries = [_digit(digit) for digit in digits]
        return {
            "text": text_of(digits),
            "model": reader.version,
            "digits": entries,
            "seen": entries[0]["seen"] if entries else _base64(_BLANK),
        }


@contextmanager
def _as_sentences() -> Iterator[None]:
    """Turns an error into a sentence; an unexpected one is logged."""
    try:
        yield
    except NoAnswerError:
        raise
    except TooManyWaitingError:
        raise NoAnswerError(TOO_MANY_PICTURES) from None
    except ink.InkError as error:
        raise NoAnswerError(str(error)) from None
    except Exception as error:
        log.exception("a drawing could not be read")
        raise NoAnswerError(REQUEST_FAILED) from error


def _is_short(strokes: Any) -> bool:
    many = isinstance(strokes, list | tuple) and len(strokes) > MANY_STROKES
    return not many and ink.count_points(strokes) <= LONG_DRAWING


def _read_picture(reader: Reader, picture: Path | Any) -> list[Digit]:
    return read_picture(reader, picture if isinstance(picture, Path) else _content(picture))


def _content(data_url: Any) -> bytes:
    if isinstance(data_url, str):
        header, _, content = data_url.partition(",")
        if header.startswith("data:") and header.endswith(";base64"):
            try:
                return base64.b64decode(content, validate=True)
            except binascii.Error:
                pass
    raise ink.InkError("This is not a picture. Choose a PNG or JPEG file.")


def _digit(digit: Digit) -> dict[str, Any]:
    reading = digit.reading
    entry: dict[str, Any] = {
        "digit": reading.digit,
        "best_guess": reading.best_guess,
        "confidence": reading.confidence,
        "probabilities": list(reading.probabilities),
        "box": list(digit.box),
        "seen": _base64(digit.image),
    }
    if digit.strokes:
        entry["strokes"] = list(digit.strokes)
    return entry


def _base64(image: NDArray[np.float32]) -> str:
    return base64.b64encode(np.rint(image * 255).astype(np.uint8).tobytes()).decode("ascii")

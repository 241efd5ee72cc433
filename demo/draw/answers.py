"""Answers to a drawing or a picture, as JSON, for the page and for programs."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from numpy.typing import NDArray

from demo.web.errors import REQUEST_FAILED
from demo.web.metrics import Metrics
from demo.web.visitor import current_visitor
from model.reading import ink
from model.reading.reader import Reader, Reading
from model.service.database.connection import OutageError, StoreError
from model.service.serving import Serving

Answer = dict[str, Any]
"""`text`, `model`, `digits` (a dict for each: `digit`, `best_guess`, `confidence`, `probabilities`)
and `seen`: the 784 grey levels that the network was given, row by row, 0 to 255, in base64."""

MAX_PICTURES = 2
"""Pictures decoded at the same time: a large one takes tens of megabytes meanwhile."""

_NOT_LOOKED_UP = (
    "Your network, {}, cannot be looked up just now: the database does not answer. Try again, or "
    "draw with the network in use."
)

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
        self._pictures = anyio.CapacityLimiter(MAX_PICTURES)
        self._turns: dict[str, tuple[anyio.Lock, int]] = {}

    @property
    def version(self) -> str:
        """Name of the network in use."""
        return self._serving.reader.version

    async def drawing(self, strokes: Any, network: str | None = None) -> Answer:
        """Reads strokes; on the event loop, as it takes under 1 ms.

        Args:
            strokes: any JSON; see `ink.from_strokes`.
            network: the version to read with; the one in use if that is None, or was deleted.

        Raises:
            NoAnswerError: not strokes, or the version cannot be looked up just now.
        """
        with self._counted(), _as_sentences():
            return self._answer(await self._reader(network), ink.from_strokes(strokes))

    async def picture(self, picture: Path | Any, network: str | None = None) -> Answer:
        """Reads a picture on a thread.

        Args:
            picture: a file, or any JSON in place of a `data:` URL.
            network: as for `drawing`.

        Raises:
            NoAnswerError: not a readable picture, or the version cannot be looked up just now.
        """
        with self._counted(), _as_sentences():
            source = picture if isinstance(picture, Path) else _content(picture)
            async with self._turn_of(current_visitor().address):
                image = await anyio.to_thread.run_sync(
                    ink.from_image, source, limiter=self._pictures
                )
            return self._answer(await self._reader(network), image)

    @asynccontextmanager
    async def _turn_of(self, address: str) -> AsyncIterator[None]:
        """One picture at a time of each address, so that nobody occupies all threads."""
        lock, waiting = self._turns.get(address, (anyio.Lock(), 0))
        self._turns[address] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns.pop(address)
            if waiting > 1:
                self._turns[address] = lock, waiting - 1

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

    def _answer(self, reader: Reader, image: NDArray[np.float32]) -> Answer:
        readings = reader.read(image[None]) if image.any() else []
        for reading in readings:
            self._metrics.read("not a digit" if reading.digit is None else "digit")
        if not readings:
            self._metrics.read("nothing drawn")
        return {
            "text": "".join("?" if r.digit is None else str(r.digit) for r in readings),
            "model": reader.version,
            "digits": [_digit(reading) for reading in readings],
            "seen": _base64(image),
        }


@contextmanager
def _as_sentences() -> Iterator[None]:
    """Turns an error into a sentence; an unexpected one is logged."""
    try:
        yield
    except NoAnswerError:
        raise
    except ink.InkError as error:
        raise NoAnswerError(str(error)) from None
    except Exception as error:
        log.exception("a drawing could not be read")
        raise NoAnswerError(REQUEST_FAILED) from error


def _content(data_url: Any) -> bytes:
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

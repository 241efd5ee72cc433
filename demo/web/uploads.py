"""Picture files that programs upload: received, kept for ten minutes at most, and deleted.

Copies of the app may share the folder. Room is made for a new file by deleting the oldest ones.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import anyio
from fastapi import FastAPI
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.errors import UPLOAD
from model.service.periodic import Periodic

LIFETIME = 600.0
"""Seconds for which a file is kept at most."""
SWEEP_SECONDS = 10.0
"""Between two looks for old files."""
MAX_UPLOADS_BYTES = 300_000_000
"""Bytes of all files together."""
FILE_BYTES = 16_000
"""Counted for each file beside its content: blocks and inode, and it bounds their number."""
MAX_PARTS = 10
"""Parts of a body: the file, and whatever else a form has."""
WRITERS = 8
"""Threads that write: a slow disk does not occupy those of everybody else."""

FOLDER = "uploads"
"""Programs know a file as `uploads/NAME`."""
_KNOWN_AS = re.compile(rf"{FOLDER}/([0-9a-f]{{32}})")

MALFORMED_UPLOAD = (
    "Upload one picture file at a time, as the field `files` of multipart/form-data. "
    "Compare the request with the examples in docs/API.md."
)
PUSHED_OUT = "Too many pictures are being sent at the moment. Upload this one again."
DISK_FULL = "The disk of this app is full, so pictures cannot be uploaded. Drawings are still read."
NOT_STORED = (
    "Pictures cannot be uploaded at the moment: this app cannot store any. Try again later."
)
_LOG_SECONDS = 60.0

log = logging.getLogger(__name__)


def file_of(known_as: str, folder: Path) -> Path | None:
    """The file that a program knows by that name, there or not; None if it is no upload's name."""
    found = _KNOWN_AS.fullmatch(known_as)
    return folder / found[1] if found else None


class UploadError(Exception):
    """A file is not accepted; the message is a sentence for the sender.

    Args:
        sentence: the message.
        status: of the response.
    """

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


class Uploads:
    """The files in the folder.

    Args:
        folder: of nothing else; the home folder's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}  # the oldest first
        self._total = 0
        self._logged_at = -_LOG_SECONDS

    def create(self) -> tuple[str, BinaryIO]:
        """Opens a new file; its name, and the file."""
        name = secrets.token_hex(16)
        with self._lock:
            file = open(self.folder / name, "xb")  # noqa: SIM115 - its receiver closes it
            self._sizes[name] = 0
        return name, file

    def count(self, name: str, size: int) -> None:
        """Counts a file's bytes; deletes the oldest files while all together are too many.

        Raises:
            UploadError: it was deleted itself, to make room for others.
        """
        size += FILE_BYTES
        with self._lock:
            if name not in self._sizes:
                raise UploadError(PUSHED_OUT, 507)
            self._total += size - self._sizes[name]
            self._sizes[name] = size
            while self._total > MAX_UPLOADS_BYTES and (oldest := next(iter(self._sizes))) != name:
                self._forget(oldest)

    def delete(self, name: str) -> None:
        """Deletes a file, if it is still there."""
        with self._lock:
            self._forget(name)

    def sweep(self) -> None:
        """Deletes whatever is too old, or was made by an earlier version, and counts the rest.

        Raises:
            OSError: something could not be deleted.
        """
        now, left, old = time.time(), [], []
        with self._lock:
            for entry in os.scandir(self.folder):
                with suppress(FileNotFoundError):  # deleted by another copy of the app
                    status = entry.stat(follow_symlinks=False)
                    # A clock that was set back makes files that seem to come from the future.
                    is_young = -LIFETIME / 10 < now - status.st_mtime < LIFETIME - 2 * SWEEP_SECONDS
                    if is_young and not entry.is_dir(follow_symlinks=False):
                        left.append((status.st_mtime, entry.name, status.st_size + FILE_BYTES))
                    else:
                        old.append(entry)
            self._sizes = {name: size for _, name, size in sorted(left)}
            self._total = sum(self._sizes.values())
        failure: OSError | None = None
        for entry in old:
            try:
                _delete(entry)
            except OSError as error:
                failure = error
        if failure is not None:
            raise failure

    @asynccontextmanager
    async def swept(self, _app: FastAPI) -> AsyncIterator[None]:
        """Sweeps the folder at once, and again and again while the app runs."""
        waits = itertools.chain([0.0], itertools.repeat(SWEEP_SECONDS))
        sweeping = Periodic(self.sweep, lambda: next(waits), "deletion of uploads")
        try:
            yield
        finally:
            sweeping.close()

    def refusal(self, error: OSError) -> UploadError:
        """What a sender is told of an error of the disk; the log gets it once a minute."""
        if time.monotonic() - self._logged_at > _LOG_SECONDS:
            self._logged_at = time.monotonic()
            log.error("an upload could not be stored: %s", error.strerror or error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return UploadError(DISK_FULL, 507)
        return UploadError(NOT_STORED, 503)

    def _forget(self, name: str) -> None:
        self._total -= self._sizes.pop(name, 0)
        with suppress(OSError):  # deleted already; or it cannot be, and the next sweep says so
            os.unlink(self.folder / name)


class Receiver:
    """One multipart body on its way into a file.

    Args:
        uploads: where the file goes.
        content_type: header of the request.

    Raises:
        UploadError: not a multipart body.
    """

    def __init__(self, uploads: Uploads, content_type: str) -> None:
        self._uploads = uploads
        self._name = ""
        self._file: BinaryIO | None = None
        self._parts = 0
        self._header, self._value, self._disposition = b"", b"", b""
        self._is_file = self._is_closed = self._is_stored = False
        kind, options = parse_options_header(content_type)
        try:
            if kind != b"multipart/form-data" or not options.get(b"boundary"):
                raise UploadError(MALFORMED_UPLOAD)
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._add_to_header,
                    "on_header_value": self._add_to_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_content,
                    "on_part_data": self._write,
                    "on_end": self._close,
                },
            )
        except FormParserError:
            raise UploadError(MALFORMED_UPLOAD) from None

    def write(self, content: bytes) -> None:
        """Takes the next bytes of the body.

        Raises:
            UploadError: malformed, not one file, or too many files are being sent.
            OSError: the file cannot be written.
        """
        try:
            self._parser.write(content)
        except FormParserError:
            raise UploadError(MALFORMED_UPLOAD) from None
        if self._file is not None:
            self._uploads.count(self._name, self._file.tell())

    def finish(self) -> str:
        """Ends the file; the name by which its sender knows it.

        Raises:
            UploadError: there is no file, or the body is cut off.
            OSError: the file cannot be written.
        """
        if self._file is None or not self._is_closed:
            raise UploadError(MALFORMED_UPLOAD)
        self._file.close()
        self._is_stored = True
        return f"{FOLDER}/{self._name}"

    def close(self) -> None:
        """Deletes the file if it is not complete."""
        if self._file is not None and not self._is_stored:
            with suppress(OSError):
                self._file.close()
            self._uploads.delete(self._name)

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise UploadError(MALFORMED_UPLOAD)
        self._header, self._value, self._disposition = b"", b"", b""

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._is_file = options.get(b"name") == b"files" and b"filename" in options
        if self._is_file:
            if self._file is not None:
                raise UploadError(MALFORMED_UPLOAD)
            self._name, self._file = self._uploads.create()

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._is_file and self._file is not None:
            self._file.write(data[start:end])

    def _close(self) -> None:
        self._is_closed = True


def add_uploads(app: FastAPI, uploads: Uploads) -> None:
    """Adds the route to an application, in place of Gradio's own."""
    on_thread = partial(anyio.to_thread.run_sync, limiter=anyio.CapacityLimiter(WRITERS))

    async def receive(content_type: str, body: AsyncIterator[bytes]) -> str:
        receiver = Receiver(uploads, content_type)
        try:
            async for content in body:
                await on_thread(receiver.write, content)
            return await on_thread(receiver.finish)
        finally:
            with anyio.CancelScope(shield=True):
                await on_thread(receiver.close)

    async def upload(request: Request) -> Response:
        body = request.stream()
        try:
            return JSONResponse([await receive(request.headers.get("content-type", ""), body)])
        except UploadError as error:
            refusal = error
        except OSError as error:
            refusal = uploads.refusal(error)
        async for _ in body:
            pass  # a sender that is still sending would not get the response
        return JSONResponse({"error": str(refusal)}, refusal.status)

    app.router.routes.insert(0, Route(UPLOAD, upload, methods=["POST"]))


def _delete(entry: os.DirEntry[str]) -> None:
    with suppress(FileNotFoundError):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry)
        else:
            os.unlink(entry)

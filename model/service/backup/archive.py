"""A backup's file: a zip with a manifest of SHA-256 sums, written aside and renamed.

Knows names, sums and sizes; what the files mean is `backup`'s and `restoring`'s business.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import secrets
import shutil
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from model.service.database.connection import StoreError
from model.service.home import RUN_NAME

FORMAT = 1
MANIFEST = "manifest.json"
VERSION_FILES = ("network.keras", "network.tflite", "card.json")
"""Without these a version is none."""
OTHER_FILES = ("score.json", "digits.png", "curves.png", "guesses.png")
"""What may lie beside them; ONNX is made anew where somebody asks for it."""
CHECKPOINT_FILES = tuple(
    f"{name}{suffix}"
    for name in ("training_metadata.json", "latest.weights.h5")
    for suffix in ("", ".bkp")
)

_TABLE = re.compile(r"tables/[a-z]+\.jsonl")
_FOLDER = re.compile(rf"(models|checkpoints)/({RUN_NAME})/([a-z_.0-9]+)")
_FILES = {"models": (*VERSION_FILES, *OTHER_FILES), "checkpoints": CHECKPOINT_FILES}
_BLOCK = 1 << 20
_HOUR = 3600.0
_MAX_MANIFEST = 50_000_000
_MAX_FILE = 4_000_000_000
"""Bytes: the points of a hundred thousand runs."""
_MAX_COMPRESSION = 100
"""Times that a file may be larger than it is in the archive: rows reach 15, zip bombs 1,000."""
_ROOM = 50_000_000
"""Bytes that stay free on the disk."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, ValueError),
)
"""What Python's zipfile raises when it is given something else."""


class BackupError(StoreError):
    """An archive that cannot be written or put back; the message says why."""


class Entry(BaseModel):
    """What the manifest says of one file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sha256: str
    bytes: int


class Manifest(BaseModel):
    """What an archive says of itself."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: int
    revision: str
    """Of the tables: the newest migration's name."""
    made: float
    """Seconds since 1970."""
    left_out: dict[str, str]
    """Versions whose files could not be saved, and why."""
    files: dict[str, Entry]


class Writer:
    """Puts files into an archive and notes their sums."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def copy(self, name: str, path: Path) -> None:
        """Puts a file in.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as source:
            self._put(name, iter(lambda: source.read(_BLOCK), b""))

    def content(self, name: str, content: bytes) -> None:
        """Puts bytes in as a file."""
        self._put(name, [content])

    def lines(self, name: str, lines: Iterable[str]) -> None:
        """Puts lines in as a file."""
        self._put(name, (f"{line}\n".encode() for line in lines))

    def _put(self, name: str, blocks: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as target:
            for block in blocks:
                target.write(block)
                digest.update(block)
                size += len(block)
        self.files[name] = Entry(sha256=digest.hexdigest(), bytes=size)


@contextmanager
def writing(
    path: Path, revision: str, made: float, left_out: Mapping[str, str]
) -> Iterator[Writer]:
    """An archive to put files into; there is none under that name until all of it is written.

    Args:
        left_out: read when everything is in.

    Raises:
        BackupError: what is there is no backup, and would be lost.
        OSError: it cannot be written.
    """
    if path.exists() and not _is_backup(path):
        raise BackupError(f"{path} is there already and is no backup: choose another name")
    _sweep(path)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with aside.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                writer = Writer(archive)
                yield writer
                manifest = Manifest(
                    format=FORMAT,
                    revision=revision,
                    made=made,
                    left_out=dict(left_out),
                    files=writer.files,
                )
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Deletes what backups of that name that were killed left; a young one may still be written."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _HOUR:
                left.unlink()


def extract(path: Path, to: Path) -> Manifest:
    """Takes an archive apart, checked: names, sizes, and the sum of every file.

    Args:
        to: an empty folder; of what is refused there may be a part in it.

    Raises:
        BackupError: it is none, damaged, or not what it says it is.
        OSError: it cannot be read, or its files cannot be written.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive)
        infos = _checked(archive, manifest)
        free = shutil.disk_usage(to).free - _ROOM
        size = sum(entry.bytes for entry in manifest.files.values())
        if size > free:
            raise BackupError(f"the disk is too full: {size:,} bytes needed, {free:,} free")
        for name, entry in manifest.files.items():
            target = to / name  # of known parts only: see `_checked`
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(infos[name]) as source, target.open("xb") as file:
                if _copied(source, file, entry.bytes) != entry.sha256:
                    raise BackupError(f"{name} in it is damaged: its sum is another one")
    return manifest


def _copied(source: IO[bytes], target: IO[bytes], size: int) -> str:
    """Copies at most that many bytes and one; returns their sum in hexadecimal."""
    digest, left = hashlib.sha256(), size + 1
    while block := source.read(min(_BLOCK, left)):
        target.write(block)
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _BROKEN as error:
        raise BackupError(f"{path} is no backup, or it is damaged ({error})") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise BackupError(f"{archive.filename} is no backup: it has no {MANIFEST}")
    with archive.open(MANIFEST) as file:
        content = file.read(_MAX_MANIFEST + 1)
    try:
        found = json.loads(content)
        if isinstance(found, dict) and found.get("format") not in (FORMAT, None):
            raise BackupError(
                f"it was made by another version of the app: its format is {found['format']!r}, "
                f"this one knows {FORMAT}"
            )
        return Manifest.model_validate(found)
    except (ValueError, RecursionError, ValidationError) as error:
        raise BackupError(f"its {MANIFEST} is damaged") from error


def _checked(archive: zipfile.ZipFile, manifest: Manifest) -> dict[str, zipfile.ZipInfo]:
    """The archive's files by name, each of which the manifest names and the project knows."""
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()):
        raise BackupError("a name is in it twice")
    for name in infos.keys() ^ {*manifest.files, MANIFEST}:
        raise BackupError(
            f"{name[:100]!r} is not in its manifest"
            if name in infos
            else f"{name[:100]!r} is missing in it"
        )
    for name, entry in manifest.files.items():
        if not _is_known(name):
            raise BackupError(f"{name[:100]!r} is no name of a file that belongs in it")
        info = infos[name]
        if info.file_size != entry.bytes:
            raise BackupError(f"{name} in it is damaged: its size is another one")
        most = min(_MAX_FILE, 10_000 + _MAX_COMPRESSION * info.compress_size)
        if entry.bytes > most:
            raise BackupError(f"{name} in it is too large to be true: {entry.bytes:,} bytes")
    return infos


def _is_known(name: str) -> bool:
    if _TABLE.fullmatch(name):
        return True
    found = _FOLDER.fullmatch(name)
    return found is not None and found[3] in _FILES[found[1]]


def _is_backup(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (*_BROKEN, OSError):
        return False

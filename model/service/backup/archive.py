"""The file of a backup: a zip with a manifest of checksums, extracted only after it was checked."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import secrets
import shutil
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from model.service.backup.rows import Checked, RunName, Text, Time, problem_of
from model.service.database.connection import SCHEMA, StoreError
from model.service.home import RUN_NAME

MANIFEST = "manifest.json"
NETWORK_FILES = ("network.keras", "network.tflite", "card.json")
OPTIONAL_FILES = ("score.json", "digits.png", "curves.png", "guesses.png")
"""Kept beside a network; its ONNX file is converted again on demand."""
CHECKPOINT_FILES = tuple(
    f"{name}{suffix}"
    for name in ("training_metadata.json", "latest.weights.h5")
    for suffix in ("", ".bkp")
)

_TABLE = re.compile(r"tables/(runs|epochs|points|uses)\.jsonl")
_FOLDER = re.compile(rf"(models|checkpoints)/{RUN_NAME}/([a-z_.0-9]+)")
_FILES = {"models": (*NETWORK_FILES, *OPTIONAL_FILES), "checkpoints": CHECKPOINT_FILES}
_BLOCK = 1 << 20
_HOUR = 3600.0
_MAX_MANIFEST = 50_000_000
_MAX_FILE = 4_000_000_000
"""Bytes: the points of a hundred thousand runs."""
_MAX_COMPRESSION = 100
"""Size of a file relative to its size in the archive: rows reach 15, zip bombs 1,000."""
_SPARE = 50_000_000
"""Bytes that stay free on the disk."""
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, ValueError),
)
"""What `zipfile` raises on files that are not zips, or damaged ones."""


class BackupError(StoreError):
    """A backup that cannot be written or restored; the message says why."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds."""

    runs: int
    networks: int
    left_out: dict[str, str]
    """Networks whose files were missing or damaged, and what was wrong with them."""


class Entry(Checked):
    """One file in the manifest."""

    sha256: str
    bytes: Annotated[int, Field(ge=0, le=_MAX_FILE)]


class Manifest(Checked):
    """What an archive says of itself."""

    format: Literal[1] = 1
    revision: Annotated[str, Field(pattern="^[0-9]{4}$")]
    """Of the tables: the newest migration's name."""
    made: Time
    left_out: dict[RunName, Text]
    files: dict[str, Entry]


class Writer:
    """Adds files to an archive and notes their checksums."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}
        self.left_out: dict[str, str] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        """Adds one file."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as target:
            for block in blocks:
                target.write(block)
                digest.update(block)
                size += len(block)
        self.files[name] = Entry(sha256=digest.hexdigest(), bytes=size)


@contextmanager
def writing(path: Path, revision: str = SCHEMA) -> Iterator[Writer]:
    """A new archive, which gets its name, or replaces an older backup, once it is complete.

    Raises:
        BackupError: another kind of file has that name.
        OSError: it cannot be written.
    """
    if path.exists() and not _is_backup(path):
        raise BackupError(f"{path} already exists and is not a backup; choose another name")
    made = time.time()
    for partial in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        with suppress(OSError):
            if made - partial.stat().st_mtime > _HOUR:  # left by a killed backup
                partial.unlink()
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.touch(mode=0o600, exist_ok=False)
        with partial.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                writer = Writer(archive)
                yield writer
                manifest = Manifest(
                    revision=revision, made=made, left_out=writer.left_out, files=writer.files
                )
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _is_backup(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (*_ZIP_ERRORS, OSError):
        return False


def extract(path: Path, to: Path) -> Manifest:
    """Extracts an archive after checking names, sizes and, meanwhile, every checksum.

    Args:
        to: an empty folder; a refused archive may leave files in it.

    Raises:
        BackupError: it is not a backup, damaged or forged, or the disk is too full.
        OSError: it cannot be read, or its files cannot be written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            _check_names(archive, manifest)
            needed = sum(entry.bytes for entry in manifest.files.values())
            if needed > (free := shutil.disk_usage(to).free - _SPARE):
                raise BackupError(f"the disk is too full: {needed:,} bytes needed, {free:,} free")
            for name, entry in manifest.files.items():
                _extract(archive, name, entry, to)
            return manifest
    except _ZIP_ERRORS as error:
        raise BackupError(f"{path} is not a backup, or is damaged ({error})") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise BackupError(f"{archive.filename} is not a backup: it has no {MANIFEST}")
    with archive.open(MANIFEST) as file:
        content = file.read(_MAX_MANIFEST + 1)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValueError as error:
        problem = problem_of(error)
        raise BackupError(
            f"its {MANIFEST} is damaged, or of another version of the app: {problem}"
        ) from error
    if manifest.revision > SCHEMA:
        raise BackupError(
            f"the backup was made by a newer version of the app (its schema is "
            f"{manifest.revision}, this version's is {SCHEMA}); restore it with that version"
        )
    return manifest


def _check_names(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Checks that the archive holds what its manifest lists, under names of this project."""
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()):
        raise BackupError("it contains two files of the same name")
    for name in infos.keys() ^ {*manifest.files, MANIFEST}:
        problem = "not in its manifest" if name in infos else "missing from it"
        raise BackupError(f"{name[:100]!r} is {problem}")
    for name, entry in manifest.files.items():
        found = _FOLDER.fullmatch(name)
        if not _TABLE.fullmatch(name) and not (found and found[2] in _FILES[found[1]]):
            raise BackupError(f"{name[:100]!r} does not belong in a backup")
        if infos[name].file_size != entry.bytes:
            raise BackupError(f"{name} in it is damaged: its size is wrong")
        if entry.bytes > 10_000 + _MAX_COMPRESSION * infos[name].compress_size:
            raise BackupError(f"{name} in it is implausibly large: {entry.bytes:,} bytes")


def _extract(archive: zipfile.ZipFile, name: str, entry: Entry, to: Path) -> None:
    """Writes one file, at most a byte more than its entry says."""
    target = to / name  # of known parts only: see `_check_names`
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), entry.bytes + 1
    with archive.open(name) as source, target.open("xb") as file:
        while block := source.read(min(_BLOCK, left)):
            file.write(block)
            digest.update(block)
            left -= len(block)
    if digest.hexdigest() != entry.sha256:
        raise BackupError(f"{name} in it is damaged: its checksum is wrong")

"""The home folder: versions, checkpoints and logs of runs, and whether they are intact."""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from model.reading.reader import ModelError, check
from model.service.database.connection import hide_from_strangers, sqlite_url

RUN_NAME = r"[a-z][a-z0-9]*-[0-9]{1,9}"
"""A recipe's name and a number. Nothing else ever becomes a path."""
_HOUR = 3600.0
_RESERVE, _RESERVED = ".reserve", 400_000
"""A file of so many bytes, deleted when the disk is full: a database needs room to record that."""


class HomeError(Exception):
    """The home folder cannot be used; the message says why and what to do, in one line."""


class Home:
    """One home folder.

    Args:
        folder: made where it does not exist.

    Raises:
        HomeError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            hide_from_strangers(folder)
            for name in ("uploads", "models", "checkpoints", "logs", "drawings"):
                (folder / name).mkdir(exist_ok=True)
            hide_from_strangers(self.drawings)
        except OSError as error:
            raise self._unwritable(error) from error
        if not os.access(folder / "models", os.W_OK | os.X_OK):
            raise self._unwritable(PermissionError("permission denied"))

    @property
    def is_writable(self) -> bool:
        """Whether runs can be recorded; a disk that fails becomes read-only under a running app."""
        return all(os.access(self.folder / name, os.W_OK) for name in ("", "models", "checkpoints"))

    @property
    def database(self) -> str:
        """URL of the default database."""
        return sqlite_url(self.folder / "sketchpad.db")

    @property
    def uploads(self) -> Path:
        """Folder for picture files that programs send, until they are read."""
        return self.folder / "uploads"

    @property
    def drawings(self) -> Path:
        """Folder of the page's files of pen drawings to learn from."""
        return self.folder / "drawings"

    @property
    def owner_links(self) -> Path:
        """Folder of the owner's unused links."""
        return self.folder / "owner-links"

    def version(self, name: str) -> Path:
        """The model folder of a run's version, there or not.

        Raises:
            ValueError: not a run name.
        """
        return self._of(name, "models")

    def checkpoint(self, name: str) -> Path:
        """The folder from which an interrupted run is resumed."""
        return self._of(name, "checkpoints")

    def logs(self, name: str) -> Path:
        """A run's TensorBoard logs."""
        return self._of(name, "logs")

    def damage(self, name: str) -> str:
        """What is wrong with a version's files, in a few words; empty if they are intact."""
        folder = self.version(name)
        if not folder.is_dir():
            return "its files are missing"
        try:
            stamps = tuple(
                (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
                for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
            )
        except OSError as error:
            return f"its files cannot be read ({error.strerror})"
        return _damage(folder, stamps)

    def fill_reserve(self) -> None:
        """Sets disk space aside for the database, if there is any."""
        path = self.folder / _RESERVE
        try:
            if not path.exists():
                path.write_bytes(bytes(_RESERVED))
        except OSError:
            path.unlink(missing_ok=True)  # none until there is room for it

    def release_reserve(self) -> None:
        """Gives that space to the database: the disk is full."""
        (self.folder / _RESERVE).unlink(missing_ok=True)

    def checkpoints(self) -> list[str]:
        """Names of the runs that have a checkpoint."""
        found = (self.folder / "checkpoints").iterdir()
        return [folder.name for folder in found if re.fullmatch(RUN_NAME, folder.name)]

    def forget_checkpoint(self, name: str) -> None:
        """Deletes a run's checkpoint: it will not be resumed."""
        shutil.rmtree(self.checkpoint(name), ignore_errors=True)

    def can_resume(self, name: str) -> bool:
        """Whether a finished epoch of an interrupted run is kept."""
        return (self.checkpoint(name) / "training_metadata.json").exists()

    def has_traces(self, name: str) -> bool:
        """Whether a run has files beside its version."""
        return self.checkpoint(name).exists() or self.logs(name).exists()

    def size(self) -> int:
        """Bytes that all runs take."""
        return sum(size_of(self.folder / kind) for kind in ("models", "checkpoints", "logs"))

    def delete_version(self, name: str) -> None:
        """Deletes a version, if there is one: its name at once, its bytes a little later."""
        folder = self.version(name)
        if folder.exists():
            aside = folder.with_name(f".{secrets.token_hex(4)}.deleted")
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def delete(self, name: str) -> None:
        """Deletes all files of a run."""
        self.delete_version(name)
        shutil.rmtree(self.logs(name), ignore_errors=True)
        self.forget_checkpoint(name)

    def sweep(self) -> None:
        """Deletes what killed processes left half-written or half-deleted.

        Anything younger than an hour may be another process's current work.
        """
        for pattern in (
            *("models/.*.partial", "models/.*.deleted", "models/*/.*.onnx"),
            "drawings/.*.partial",
        ):
            for left in self.folder.glob(pattern):
                with suppress(OSError):
                    if time.time() - left.stat().st_mtime < _HOUR:
                        continue
                    if left.is_dir():
                        shutil.rmtree(left, ignore_errors=True)
                    else:
                        left.unlink()

    def _of(self, name: str, kind: str) -> Path:
        if not re.fullmatch(RUN_NAME, name):
            raise ValueError(f"not a run name: {name[:80]!r}")
        return self.folder / kind / name

    def _unwritable(self, error: OSError) -> HomeError:
        return HomeError(
            f"The home folder {self.folder} cannot be written ({error.strerror or error}): "
            "choose another with --home or SKETCHPAD_HOME."
        )


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, while others may add and delete some."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # gone meanwhile
                total += os.lstat(os.path.join(where, name)).st_size
    return total


@functools.lru_cache(maxsize=1_000)
def _damage(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    """As `Home.damage`; unchanged files are not read again."""
    try:
        check(folder)
    except ModelError as error:
        return str(error).replace(f"{folder}{os.sep}", "")
    except OSError as error:
        return f"its files cannot be read ({error.strerror})"
    return ""

"""The page's files of pen drawings to learn from: listed, added and deleted by their names."""

from __future__ import annotations

import functools
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from model.learning.data.drawings import Count, count
from model.learning.data.stroke_sets import labels_of
from model.learning.errors import DataError, without_folders

MAX_FILES = 20
NAME = r"[A-Za-z0-9][A-Za-z0-9 _.()+-]{0,94}\.npz"
"""Files of other names are not the page's. Nothing else ever becomes a path."""


class DrawingFilesError(ValueError):
    """A file cannot be added or deleted; the message is a sentence for the owner."""


@dataclass(frozen=True)
class DrawingFile:
    """One file of the folder."""

    name: str
    count: Count
    problem: str = ""
    """Why it cannot be used, in a few words; empty where it can."""


class DrawingFiles:
    """The files in a folder, to which the machine's owner may also copy some by hand.

    Args:
        folder: the home folder's, see `Home.drawings`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[DrawingFile]:
        """All files, by name; a file that has not changed is not read again."""
        found = []
        try:
            paths = sorted(self._folder.iterdir())
        except OSError:
            return []
        for path in paths:
            try:
                if re.fullmatch(NAME, path.name) and path.is_file():
                    status = path.stat()
                    found.append(_read(path, status.st_mtime_ns, status.st_size))
            except OSError:
                continue  # deleted in the meantime
        return found

    def path(self, name: str) -> Path:
        """Where the file of that name is, there or not.

        Raises:
            DrawingFilesError: not a name for such a file.
        """
        if not re.fullmatch(NAME, name):
            raise DrawingFilesError(
                "Not a name for a file of drawings: it must end in .npz and consist of letters "
                "without accents, digits, spaces and any of _ . ( ) + and -."
            )
        return self._folder / name

    def add(self, name: str, content: bytes) -> None:
        """Adds a file; it gets its name once it is complete and has been checked.

        Raises:
            DrawingFilesError: there is one of that name, there are too many, or it is not a set
                of drawings.
            OSError: it cannot be written.
        """
        path = self.path(name)
        if path.exists():
            raise DrawingFilesError(
                f"There is a {name} already: remove it first, or give yours another name."
            )
        if len(self.list()) >= MAX_FILES:
            raise DrawingFilesError(f"There are {MAX_FILES} files already: remove one first.")
        partial = self._folder / f".{secrets.token_hex(8)}.partial"
        try:
            partial.touch(mode=0o600, exist_ok=False)
            partial.write_bytes(content)
            labels_of(partial)
            partial.replace(path)
        except DataError as error:
            cause = without_folders(str(error)).replace(partial.name, name)
            raise DrawingFilesError(f"This file cannot be used: {cause}.") from error
        finally:
            partial.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Deletes a file, if it is still there.

        Raises:
            DrawingFilesError: not a name for such a file, or it cannot be deleted.
        """
        path = self.path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DrawingFilesError(f"{name} cannot be deleted: {error.strerror}.") from error


@functools.lru_cache(maxsize=10 * MAX_FILES)
def _read(path: Path, _changed: int, _size: int) -> DrawingFile:
    try:
        return DrawingFile(path.name, count(labels_of(path)))
    except DataError as error:
        problem = without_folders(str(error)).replace(path.name, "it")
        return DrawingFile(path.name, Count(0, 0), problem)

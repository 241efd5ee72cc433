"""Opens what the page works with, once: the home folder and the reader.

Knows settings, not pages.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.reading.reader import ModelError, Reader
from model.service.settings import Settings


class ServiceError(Exception):
    """The app cannot start; the message says why and what to do, in one line."""


@dataclass(frozen=True)
class Services:
    """What the page calls."""

    reader: Reader
    uploads: Path
    """Where picture files that programs send lie until they are read."""

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Opens everything.

        Raises:
            ServiceError: the home folder cannot be written or the network cannot be loaded.
        """
        uploads = _writable(settings.home / "uploads")
        try:
            reader = Reader(settings.model)
        except ModelError as error:
            raise ServiceError(f"The network cannot be loaded: {error}.") from error
        return cls(reader=reader, uploads=uploads)


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder, PermissionError("permission denied"))
    return folder


def _unwritable(folder: Path, error: OSError) -> ServiceError:
    reason = error.strerror or str(error)
    return ServiceError(
        f"The home folder {folder.parent} cannot be written ({reason}): "
        "choose another with --home or SKETCHPAD_HOME."
    )

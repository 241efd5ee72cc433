"""How far a piece of work is: told in a file of the shared home folder, heard by other copies.

Knows that file; what the work is does not matter to it.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

BETWEEN_SIGNS = 5.0
"""Seconds until whoever works says so again."""
SILENT = 20.0
"""Seconds after which they are taken for dead."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """What is known of the work.

    Args:
        version: of the network that it is about.
        at: what it is at, in words; empty once it has ended.
        problem: why it failed, in a sentence; empty where it did not.
        sign: another one each time that it is told.
    """

    version: str
    at: str
    problem: str = ""
    sign: str = ""


_PROGRESS = TypeAdapter(Progress)


class ProgressFile:
    """One file, written by one copy of the app at a time and read by all.

    Args:
        path: of the file.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now
        self._sign, self._heard_at = "", now()

    def tell(self, progress: Progress) -> None:
        """Writes it, all or nothing; where that cannot be, the other copies hear nothing."""
        aside = self._path.with_name(f".{self._path.name}")
        told = asdict(progress) | {"sign": secrets.token_hex(4)}
        try:
            aside.write_text(json.dumps(told), encoding="utf-8")
            aside.replace(self._path)
        except OSError as error:
            log.warning("progress cannot be told to other copies: %s", error.strerror or error)
            aside.unlink(missing_ok=True)

    def hear(self) -> Progress | None:
        """What was told last; None where that is nothing, or whoever told it is silent."""
        try:
            told = _PROGRESS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None
        if told.sign != self._sign:
            self._sign, self._heard_at = told.sign, self._now()
        is_dead = told.at and self._now() - self._heard_at > SILENT
        return None if is_dead else told

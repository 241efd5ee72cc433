"""Saves all runs and networks in one file, while the app runs.

Knows what is worth keeping: rows, versions, and checkpoints of runs that can be gone on with.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from model.service.backup.archive import (
    CHECKPOINT_FILES,
    OTHER_FILES,
    VERSION_FILES,
    BackupError,
    Writer,
    writing,
)
from model.service.backup.rows import TABLES, lines_of
from model.service.database.connection import SCHEMA, in_words
from model.service.database.schema import Run
from model.service.home import Home

_ATTEMPTS = 5
_SETTLED = 1.0
"""Seconds after which a checkpoint that did not change is not being written."""
_LOOKS = 6
"""At a checkpoint, a second apart."""


@dataclass(frozen=True)
class Saved:
    """What a backup holds."""

    runs: int
    versions: int
    left_out: dict[str, str]
    """Versions whose files are missing or damaged, and what is wrong with them."""


class _GoneError(Exception):
    """A run was deleted while its files were read."""


def save(engine: Engine, home: Home, path: Path) -> Saved:
    """Writes a backup: the database as of one moment, and the files that belong to it.

    Args:
        engine: of the store, with the newest schema.
        path: where to; an older backup there is replaced.

    Raises:
        BackupError: what is there is no backup, or runs are deleted all the time.
        StoreError: the store does not answer.
        OSError: it cannot be written.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _save(engine, home, path)
        except _GoneError:
            continue  # of that run nothing shall be left in it
    raise BackupError("runs are being deleted meanwhile: try again later")


def _save(engine: Engine, home: Home, path: Path) -> Saved:
    left_out: dict[str, str] = {}
    with writing(path, SCHEMA, time.time(), left_out) as archive, in_words():
        with _one_moment(engine) as connection:
            for table in TABLES:
                archive.lines(f"tables/{table.name}.jsonl", lines_of(connection, table))
            brief = select(Run.id, Run.recipe, Run.status, Run.test_accuracy, Run.files_deleted)
            runs = [Run(**row) for row in connection.execute(brief).mappings()]
        learned = [run for run in runs if run.learned]
        for run in learned:
            if damage := _copy_version(archive, home, run.name):
                if not _is_there(engine, run):
                    raise _GoneError
                left_out[run.name] = damage
        for run in runs:
            if not run.learned and home.can_resume(run.name):
                _copy_checkpoint(archive, home.checkpoint(run.name))
    return Saved(len(runs), len(learned) - len(left_out), left_out)


def _is_there(engine: Engine, run: Run) -> bool:
    with engine.connect() as connection:
        return connection.scalar(select(Run.id).where(Run.id == run.id)) is not None


def _one_moment(engine: Engine) -> Connection:
    """A connection on which everything is read as of the first look."""
    if engine.dialect.name == "sqlite":
        return engine.connect()  # its transactions are all like that
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _copy_version(archive: Writer, home: Home, name: str) -> str:
    """Puts a version's files in; what is wrong with them, where that cannot be."""
    folder = home.version(name)
    if damage := home.damage(name):
        return damage
    if missing := [file for file in VERSION_FILES if not (folder / file).is_file()]:
        return f"{missing[0]} is missing"
    try:
        for file in (*VERSION_FILES, *OTHER_FILES):
            if (folder / file).is_file():
                archive.copy(f"models/{name}/{file}", folder / file)
    except FileNotFoundError:
        raise _GoneError from None
    return ""


def _copy_checkpoint(archive: Writer, folder: Path) -> None:
    """Puts a checkpoint in that belongs together; none where the run writes one all the time."""
    for _ in range(_LOOKS):
        before = _stamps(folder)
        if all(time.time() - changed > _SETTLED for _, changed, _ in before):
            try:
                contents = {name: (folder / name).read_bytes() for name, _, _ in before}
            except FileNotFoundError:
                return  # the run has ended
            if _stamps(folder) == before:
                for name, content in contents.items():
                    archive.content(f"checkpoints/{folder.name}/{name}", content)
                return
        time.sleep(1)


def _stamps(folder: Path) -> list[tuple[str, float, int]]:
    """Name, time of the last change and bytes of each of a checkpoint's files."""
    found = []
    for name in CHECKPOINT_FILES:
        with suppress(FileNotFoundError):
            about = (folder / name).stat()
            found.append((name, about.st_mtime, about.st_size))
    return found

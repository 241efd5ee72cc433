"""Saves all runs and networks in one file while the app runs."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from model.service.backup.archive import (
    CHECKPOINT_FILES,
    NETWORK_FILES,
    OPTIONAL_FILES,
    Contents,
    Writer,
    writing,
)
from model.service.backup.rows import TABLES, lines_of
from model.service.database.connection import in_words
from model.service.database.schema import Run
from model.service.home import Home

_SETTLED = 1.0
"""Seconds without a change after which a checkpoint is taken to be complete."""
_ATTEMPTS = 6
"""To copy a checkpoint, a second apart."""


def save(engine: Engine, home: Home, path: Path) -> Contents:
    """Writes a backup: the database at one moment, networks, and checkpoints of unfinished runs.

    Args:
        engine: of the store, with the newest schema.
        path: of the backup; an older one is replaced.

    Raises:
        BackupError: another kind of file has that name.
        StoreError: the database does not answer.
        OSError: it cannot be written.
    """
    with writing(path) as archive, in_words():
        with _snapshot(engine) as connection:
            for table in TABLES:
                archive.add(f"tables/{table.name}.jsonl", lines_of(connection, table))
            brief = select(Run.id, Run.recipe, Run.status, Run.test_accuracy, Run.files_deleted)
            runs = [Run(**row) for row in connection.execute(brief).mappings()]
        learned = [run.name for run in runs if run.learned]
        for name in learned:
            if damage := _add_network(archive, home, name):
                archive.left_out[name] = damage
        for run in runs:
            if not run.learned and home.can_resume(run.name):
                _add_checkpoint(archive, home.checkpoint(run.name))
    return Contents(len(runs), len(learned) - len(archive.left_out), archive.left_out)


def _snapshot(engine: Engine) -> Connection:
    """A connection that reads everything as of its first query, as SQLite does by itself."""
    if engine.dialect.name == "sqlite":
        return engine.connect()
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _add_network(archive: Writer, home: Home, name: str) -> str:
    """Adds all files of a network, or none; returns what is wrong with them, if anything is."""
    contents = {}
    try:
        if damage := home.damage(name):
            return damage
        for file in (*NETWORK_FILES, *OPTIONAL_FILES):
            path = home.version(name) / file
            if file in NETWORK_FILES or path.exists():
                contents[file] = path.read_bytes()
    except FileNotFoundError as error:  # deleted in the meantime, perhaps
        return f"{Path(error.filename).name} is missing"
    for file, content in contents.items():
        archive.add(f"models/{name}/{file}", [content])
    return ""


def _add_checkpoint(archive: Writer, folder: Path) -> None:
    """Adds a checkpoint whose files belong together; none if the run keeps writing it."""
    for _ in range(_ATTEMPTS):
        try:
            before = _stamps(folder)
            if all(time.time() - changed > _SETTLED for changed, _ in before.values()):
                contents = {name: (folder / name).read_bytes() for name in before}
                if _stamps(folder) == before:
                    for name, content in contents.items():
                        archive.add(f"checkpoints/{folder.name}/{name}", [content])
                    return
        except FileNotFoundError:
            continue  # renamed by the run, or gone with its end
        time.sleep(1)


def _stamps(folder: Path) -> dict[str, tuple[float, int]]:
    """Time of the last change and size of each of a checkpoint's files."""
    stats = {name: (folder / name).stat() for name in CHECKPOINT_FILES if (folder / name).exists()}
    return {name: (stat.st_mtime, stat.st_size) for name, stat in stats.items()}

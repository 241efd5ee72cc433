"""Puts a backup back, while the app runs: checks all of it, then moves it into place.

Knows what may be in one and what is here already. Folders are renamed into place first, then one
transaction lists them: killed before it, nothing is listed and a second restore begins anew.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from model.learning.hyperparameters import Settings
from model.reading.reader import ModelError, Reader
from model.service.backup.archive import VERSION_FILES, BackupError, Manifest, extract
from model.service.backup.rows import AT_ONCE, TABLES, stage
from model.service.database.connection import SCHEMA, engine_of, in_words, sqlite_url
from model.service.database.migrations.upgrade import revisions
from model.service.database.schema import (
    DIVERGED,
    FAILED,
    INTERRUPTED,
    LEARNED,
    LIVE,
    NEXT_REVISION,
    Point,
    Run,
    Use,
)
from model.service.home import Home

STATUSES = (*LIVE, *LEARNED, FAILED, DIVERGED, INTERRUPTED)
WENT_ON = "It was running or queued when the backup was made."

Check = Callable[[Path], None]
"""Takes a model folder; raises ModelError where it must not be served."""


@dataclass(frozen=True)
class Restored:
    """What became of a backup's runs."""

    runs: list[str]
    """Names of those that are here now and were not."""
    known: list[str]
    """Of those that were here already: they stay as they are."""
    versions: list[str]
    """Of those whose network was put in place."""


@dataclass(frozen=True)
class _Opened:
    """A backup taken apart and checked, and not yet in place."""

    folder: Path
    manifest: Manifest
    rows: Engine
    """Its rows, in the newest schema."""
    runs: list[Run]


def restore(
    engine: Engine,
    home: Home,
    path: Path,
    check: Check,
    *,
    only_check: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Puts back every run that is not here, with its network.

    A run that is here already stays as it is; where its network's files are missing or damaged,
    they are put back. What is in use changes only where nothing was ever put in use.

    Args:
        engine: of the store, with the newest schema.
        check: holds that a network can be served and trusted.
        only_check: changes nothing.
        tell: gets a line when something begins that takes long.

    Raises:
        BackupError: it is damaged, not trustworthy, or at odds with a run that is here; nothing
            has changed.
        StoreError: the store does not answer; nothing has changed.
        OSError: it cannot be read, or its files cannot be written; nothing has changed.
    """
    home.sweep()
    with _opened(home, path) as backup:
        _check_runs(backup, home)
        for folder in sorted((backup.folder / "models").glob("*")):
            tell(f"checking {folder.name}")
            _check_version(folder, check)
        with in_words(), engine.connect() as connection:
            new, known = _compared(connection, backup.runs)
        if only_check:
            return Restored([run.name for run in new], [run.name for run in known], [])
        return _put_in_place(engine, home, backup)


@contextmanager
def _opened(home: Home, path: Path) -> Iterator[_Opened]:
    """Takes it apart beside the versions, so that they need only be renamed."""
    # Half-written ones are swept away by the app: see `Home.sweep`.
    staging = home.folder / "models" / f".{secrets.token_hex(4)}.partial"
    staging.mkdir()
    rows = engine_of(sqlite_url(staging / "rows.db"))
    try:
        manifest = extract(path, staging)
        if manifest.revision not in revisions():
            raise BackupError(
                f"it was made by another version of the app: its schema is "
                f"{manifest.revision[:40]!r}, the newest that this one knows is {SCHEMA}"
            )
        try:
            with rows.execution_options(writes=True).begin() as connection:
                stage(connection, staging / "tables", manifest.revision)
        except (ValueError, FileNotFoundError, SQLAlchemyError) as error:
            raise BackupError(f"its rows cannot be read: {error}") from error
        with Session(rows, expire_on_commit=False) as session:
            runs = list(session.scalars(select(Run).order_by(Run.id)))
        yield _Opened(staging, manifest, rows, runs)
    finally:
        rows.dispose()
        shutil.rmtree(staging, ignore_errors=True)


def _check_runs(backup: _Opened, home: Home) -> None:
    """Holds that its runs are what this app could have written, and its folders theirs."""
    for run in backup.runs:
        try:
            _check_run(run, home)
        except ValueError as error:
            raise BackupError(f"run {run.id} in it cannot be used: {error}") from error
    learned = {run.name for run in backup.runs if run.learned}
    for kind, owners in (
        ("models", learned),
        ("checkpoints", {run.name for run in backup.runs} - learned),
    ):
        for folder in (backup.folder / kind).glob("*"):
            if folder.name not in owners:
                raise BackupError(f"{kind}/{folder.name} in it belongs to no such run")
    for name in learned - backup.manifest.left_out.keys():
        for file in VERSION_FILES:
            if not (backup.folder / "models" / name / file).is_file():
                raise BackupError(f"{name} in it has no {file}")
    with Session(backup.rows) as session:
        for use in session.scalars(select(Use).where(Use.undone.is_(False))):
            if use.version is not None and use.version not in learned:
                raise BackupError(f"it says that {use.version[:40]!r} was in use, which is no run")


def _check_run(run: Run, home: Home) -> None:
    home.version(run.name)  # names become paths
    if run.id < 1 or run.status not in STATUSES:
        raise ValueError(f"its status is {run.status[:40]!r}")
    try:
        TypeAdapter(Settings).validate_json(json.dumps(run.settings), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"its settings: {first['msg']}, {first['loc']}") from error
    kind, _, count = run.data.partition(":")
    if kind == "strokes" and count and not (count.isascii() and count.isdigit()):
        raise ValueError(f"it learns from {run.data[:40]!r}")
    if run.test_accuracy is not None and not 0 <= run.test_accuracy <= 1:
        raise ValueError(f"its test accuracy is {run.test_accuracy}")
    if run.drawing is not None and len(run.drawing) != 28 * 28:
        raise ValueError(f"its drawing has {len(run.drawing)} grey levels")
    if not isinstance(run.result, dict | None):
        raise ValueError("its result is none")


def _check_version(folder: Path, check: Check) -> None:
    try:
        check(folder)
        if (version := Reader(folder).version) != folder.name:
            raise ModelError(f"its card calls it {version[:40]!r}")
    except ModelError as error:
        problem = str(error).replace(f"{folder}{os.sep}", "")
        raise BackupError(f"{folder.name} in it cannot be used: {problem}") from error


def _compared(connection: Connection, runs: list[Run]) -> tuple[list[Run], list[Run]]:
    """Those that are not here, and those that are.

    Raises:
        BackupError: another run has the number of one of them.
    """
    here = {
        row.id: (f"{row.recipe}-{row.id}", row.created_at)
        for row in connection.execute(select(Run.id, Run.recipe, Run.created_at))
    }
    others = [
        f"{run.name} (here: {here[run.id][0]})"
        for run in runs
        if run.id in here and here[run.id] != (run.name, run.created_at)
    ]
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise BackupError(
            f"other runs here have the same numbers: {', '.join(others[:5])}{more}. Restore into "
            "an empty home folder and database (--home, --database), or delete those first"
        )
    return [run for run in runs if run.id not in here], [run for run in runs if run.id in here]


def _put_in_place(engine: Engine, home: Home, backup: _Opened) -> Restored:
    """Folders first, rows last: what is listed is whole."""
    unlisted: list[str] = []
    try:
        with in_words(), engine.execution_options(writes=True).begin() as connection:
            _hold_others_back(connection)
            new, known = _compared(connection, backup.runs)
            here = _listed(connection)
            mended = [run for run in known if run.id in here and home.damage(run.name)]
            versions = [run.name for run in (*new, *mended) if _move_version(backup, home, run)]
            unlisted = [run.name for run in new]
            for run in new:
                _move_checkpoint(backup, home, run)
            _insert(connection, backup, {run.id for run in new})
    except BaseException:
        for name in unlisted:
            home.delete_version(name)
            home.forget_checkpoint(name)
        raise
    return Restored([run.name for run in new], [run.name for run in known], versions)


def _listed(connection: Connection) -> set[int]:
    """Numbers of the runs here that have a network: one may have been cleared to make room."""
    brief = select(Run.id, Run.status, Run.test_accuracy, Run.files_deleted)
    runs = [Run(**row) for row in connection.execute(brief).mappings()]
    return {run.id for run in runs if run.learned}


def _hold_others_back(connection: Connection) -> None:
    """Lets nobody add a run until this transaction ends, as SQLite does by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE runs, uses IN SHARE ROW EXCLUSIVE MODE"))


def _move_version(backup: _Opened, home: Home, run: Run) -> bool:
    staged = backup.folder / "models" / run.name
    if not staged.is_dir():
        return False
    home.delete_version(run.name)  # damaged, or left by a restore that was killed
    staged.rename(home.version(run.name))
    return True


def _move_checkpoint(backup: _Opened, home: Home, run: Run) -> None:
    staged = backup.folder / "checkpoints" / run.name
    if staged.is_dir():
        home.forget_checkpoint(run.name)
        staged.rename(home.checkpoint(run.name))


def _insert(connection: Connection, backup: _Opened, new: set[int]) -> None:
    """Lists those runs with all that belongs to them."""
    was_used = connection.scalar(select(func.count()).select_from(Use))
    with backup.rows.connect() as rows:
        for table in TABLES:
            if table is Use.__table__ and was_used:
                continue
            chosen = rows.execution_options(yield_per=AT_ONCE).execute(
                select(table).order_by(*table.primary_key.columns)
            )
            for part in chosen.mappings().partitions():
                wanted = [
                    _as_here(table, dict(row), backup.manifest.made)
                    for row in part
                    if table is Use.__table__
                    or row["id" if table is Run.__table__ else "run_id"] in new
                ]
                if wanted:
                    connection.execute(insert(table), wanted)
    connection.execute(NEXT_REVISION)
    if new and connection.dialect.name == "postgresql":
        # Numbers that were given by hand do not move its counter.
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('runs', 'id'), max(id)) FROM runs")
        )


def _as_here(table: Table, row: dict[str, Any], made: float) -> dict[str, Any]:
    """A row for this store: nothing here carries out what went on when the backup was made."""
    if table in (Point.__table__, Use.__table__):
        del row["id"]  # the next one here
    if table is Run.__table__ and row["status"] in LIVE:
        ended = None if row["started_at"] is None else max(row["started_at"], made)
        row |= {"status": INTERRUPTED, "reason": WENT_ON, "phase": "", "stop_requested": False}
        row |= {"worker": "", "ended_at": ended}
    return row

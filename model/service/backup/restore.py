"""Restores a backup into an empty home: checks all of it, then puts everything in place at once.

Rows are inserted and folders renamed inside one transaction that keeps everybody else from adding
runs. Killed before its commit, it leaves folders of runs that are not listed, and a marker file by
which the next restore recognises and deletes them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text

from model.reading.reader import ModelError
from model.service.backup.archive import NETWORK_FILES, BackupError, Contents, extract
from model.service.backup.rows import TABLES, Card, Progress, problem_of, read
from model.service.database.connection import StoreError, in_words
from model.service.database.schema import INTERRUPTED, LIVE, NEXT_REVISION, Run, Use
from model.service.home import Home

REASON = "It was running or queued when the backup was made."
_MARKER = ".restoring"
_FOLDERS = ("models", "checkpoints")
_MAX_CARD = 5_000_000
"""Bytes."""

CheckNetwork = Callable[[Path], None]
"""Takes a model folder; raises ModelError if it must not be served."""


def check(path: Path, check_network: CheckNetwork) -> Contents:
    """Checks all that `restore` checks in a backup, and changes nothing.

    Raises:
        BackupError: it is damaged or not trustworthy.
        OSError: it cannot be read, or there is no room for its files where temporary ones go.
    """
    with _extracted(path, None, check_network) as (_, _, contents):
        return contents


def restore(engine: Engine, home: Home, path: Path, check_network: CheckNetwork) -> Contents:
    """Restores everything in a backup into an empty home and database, or nothing.

    Runs that were running or queued become interrupted and can be resumed.

    Args:
        engine: of the store, with the newest schema.

    Raises:
        BackupError: there are runs or networks already, or the backup is damaged or not
            trustworthy.
        StoreError: the database does not answer.
        OSError: it cannot be read, or its files cannot be written.
    """
    home.sweep()
    with _locked(engine) as connection:
        _check_empty(connection, home)
    with _extracted(path, home.folder / "models", check_network) as (folder, made, contents):
        try:
            with _locked(engine) as connection:
                _check_empty(connection, home)
                _insert_rows(connection, folder / "tables", made)
                (home.folder / _MARKER).touch()
                for kind in _FOLDERS:
                    for extracted in (folder / kind).glob("*"):
                        extracted.rename(home.folder / kind / extracted.name)
        except BaseException:
            with suppress(StoreError, OSError), _locked(engine) as connection:
                _delete_leftovers(connection, home)
            raise
        (home.folder / _MARKER).unlink(missing_ok=True)
        return contents


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """A transaction during which nobody else can add a run or restore a backup."""
    with in_words(), engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
            connection.execute(text("LOCK TABLE runs, uses IN SHARE ROW EXCLUSIVE MODE"))
        yield connection


def _check_empty(connection: Connection, home: Home) -> None:
    runs = _delete_leftovers(connection, home)
    found = [f"{runs} run{'s' * (runs != 1)}"] if runs else _folders(home)
    if found:
        raise BackupError(
            f"a backup can only be restored into an empty home, and {home.folder} or its database "
            f"has {found[0]} already; choose another with --home, and --database if you use it"
        )


def _delete_leftovers(connection: Connection, home: Home) -> int:
    """Deletes what a killed restore put in place but did not list; returns the number of runs."""
    runs = connection.scalar(select(func.count()).select_from(Run)) or 0
    marker = home.folder / _MARKER
    if marker.exists():
        for name in () if runs else _folders(home):
            shutil.rmtree(home.folder / name, ignore_errors=True)
        marker.unlink()
    return runs


def _folders(home: Home) -> list[str]:
    found = [path for kind in _FOLDERS for path in (home.folder / kind).glob("[!.]*")]
    return [path.relative_to(home.folder).as_posix() for path in found]


def _insert_rows(connection: Connection, tables: Path, made: float) -> None:
    connection.execute(delete(Use))  # of networks that were deleted since
    for table in TABLES:
        rows = (_as_inserted(row, table, made) for row in read(tables, table))
        while part := list(islice(rows, 1_000)):
            connection.execute(insert(table), part)
    connection.execute(NEXT_REVISION)
    if connection.dialect.name == "postgresql":  # its counter ignores numbers that are given
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('runs', 'id'), max(id)) FROM runs")
        )


def _as_inserted(row: dict[str, Any], table: Table, made: float) -> dict[str, Any]:
    if table.name != "runs":
        row.pop("id", None)  # numbered anew, in the same order
    elif row["status"] in LIVE:
        started = row["started_at"]
        row |= {"status": INTERRUPTED, "reason": REASON, "phase": "", "stop_requested": False}
        row |= {"worker": "", "ended_at": None if started is None else max(started, made)}
    return row


@contextmanager
def _extracted(
    path: Path, parent: Path | None, check_network: CheckNetwork
) -> Iterator[tuple[Path, float, Contents]]:
    """A checked backup's files in a temporary folder, when it was made, and what it holds."""
    with TemporaryDirectory(".partial", ".", parent, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        manifest = extract(path, folder)
        try:
            runs = _checked_runs(folder / "tables")
        except (ValueError, FileNotFoundError) as error:
            raise BackupError(f"its rows cannot be used: {error}") from error
        _check_folders(folder, runs, manifest.left_out)
        networks = sorted((folder / "models").glob("*"))
        for network in networks:
            _check_network(network, check_network)
        yield folder, manifest.made, Contents(len(runs), len(networks), manifest.left_out)


def _checked_runs(tables: Path) -> dict[str, bool]:
    """Whether each run has a network, by its name, after checking all rows.

    Raises:
        ValueError: a row is invalid, or refers to a run that is not in the backup.
    """
    learned: dict[str, bool] = {}
    ids = set()
    for table in TABLES:
        for row in read(tables, table):
            if table.name == "runs":
                run = Run(**row)
                learned[run.name] = run.learned
                ids.add(run.id)
            elif table.name == "uses":
                if row["version"] and not row["undone"] and not learned.get(row["version"]):
                    raise ValueError(f"{row['version']} was in use, but is not among its networks")
            elif row["run_id"] not in ids:
                raise ValueError(f"{table.name} of run {row['run_id']}, which is not among them")
    return learned


def _check_folders(folder: Path, runs: dict[str, bool], left_out: dict[str, str]) -> None:
    """Checks that each network is complete and each folder belongs to a run."""
    for kind, learned in (("models", True), ("checkpoints", False)):
        for path in (folder / kind).glob("*"):
            if runs.get(path.name) is not learned:
                raise BackupError(f"{kind}/{path.name} in it does not belong to a run")
    for name in (name for name, learned in runs.items() if learned and name not in left_out):
        for file in NETWORK_FILES:
            if not (folder / "models" / name / file).is_file():
                raise BackupError(f"{name} in it has no {file}")
    for path in (folder / "checkpoints").glob("*/training_metadata.json*"):
        try:
            Progress.model_validate_json(path.read_bytes())
        except ValueError:
            path.unlink()  # half-written, perhaps: the run starts over, or from its .bkp files


def _check_network(folder: Path, check_network: CheckNetwork) -> None:
    try:
        if (folder / "card.json").stat().st_size > _MAX_CARD:
            raise ModelError("its card is implausibly large")
        version = Card.model_validate_json((folder / "card.json").read_bytes()).version
        if version != folder.name:
            raise ModelError(f"its card names {version[:40]!r}")
        check_network(folder)
    except (ModelError, ValueError) as error:
        problem = problem_of(error).replace(f"{folder}{os.sep}", "")
        raise BackupError(f"{folder.name} in it cannot be used: {problem}") from error

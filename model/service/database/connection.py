"""Connections to the database: any URL, SQLite's settings, the schema up to date.

PostgreSQL's settings are in `postgresql`.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, TimeoutError

SCHEMA = "0005"
"""The newest migration's name."""
_PATIENCE = 5.0
"""Seconds to wait for another process's transaction."""


class StoreError(Exception):
    """A request cannot be met; the message is a sentence for whoever made it."""


class OutageError(StoreError):
    """The database does not answer; the same call may succeed later."""


def connect(url: str) -> Engine:
    """Connects, and makes the tables or moves them forward.

    Args:
        url: as SQLAlchemy takes it, such as `sqlite:////home/me/sketchpad.db`.

    Returns:
        An engine; with the execution option `writes`, its transactions may write.

    Raises:
        StoreError: no database can be used there, or a newer version of the app made it.
    """
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        raise StoreError(
            "not a database URL; one looks like sqlite:////home/me/sketchpad.db or "
            "postgresql://user@host/name"
        ) from None
    try:
        engine = engine_of(url)
        if not _is_up_to_date(engine):
            _move_forward(engine_of(url, patient=True))
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the database {shown} needs the Python package {error.name}; install it"
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the database {shown} cannot be used: {_cause(error)}") from error
    return engine


def sqlite_url(path: Path) -> str:
    """URL of an SQLite file, whatever characters its path has."""
    url = URL.create("sqlite", database=str(path.absolute()))
    return url.render_as_string(hide_password=False)


def hide_from_strangers(path: Path) -> None:
    """Takes away whatever rights all users of the machine have to a file or folder.

    Runs remember drawings. A group that may write keeps its rights: copies of the app may run as
    several users.
    """
    with suppress(OSError):  # another user's, or gone
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007:
            path.chmod(mode & (~0o007 if mode & 0o020 else ~0o077))


def absolute(url: str) -> str:
    """The same URL for a process in another folder: SQLite's may name a relative file."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or made.database in (None, "", ":memory:"):
        return url
    return sqlite_url(Path(made.database))


@contextmanager
def in_words() -> Iterator[None]:
    """Turns errors of the database into sentences.

    Raises:
        OutageError: it does not answer, or refuses.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise OutageError(f"The database does not answer ({_cause(error)}). Try again.") from error


def _cause(error: SQLAlchemyError) -> str:
    """The database's own message in one line, without paths: visitors read it too."""
    if isinstance(error, TimeoutError):
        return "all connections are busy"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    line = (str(cause).strip() or type(cause).__name__).splitlines()[0]
    return line.rpartition(" failed: ")[2]


def engine_of(url: str, *, patient: bool = False) -> Engine:
    """An engine for that URL, whatever tables are there.

    Args:
        url: as for `connect`.
        patient: whether statements may take any time.

    Returns:
        An engine; with the execution option `writes`, its transactions may write.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        from model.service.database import postgresql  # its driver is not installed everywhere

        return postgresql.engine(parsed, patient=patient)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_engine(
        url,
        pool_pre_ping=not is_sqlite,
        connect_args={"timeout": _PATIENCE} if is_sqlite else {},
    )
    if is_sqlite:
        if parsed.database not in (None, "", ":memory:"):
            file = Path(parsed.database)
            with suppress(OSError):  # SQLite says what is wrong
                file.touch(mode=0o600)
            hide_from_strangers(file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # Python's own transactions begin too late: see SQLAlchemy's notes on pysqlite.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A transaction that will write queues for its turn at once: a read that turns into a write
    # is refused without waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_up_to_date(engine: Engine) -> bool:
    """Whether the tables are those of this version of the app.

    Raises:
        StoreError: a newer version made them.
    """
    with engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return False
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found and found > SCHEMA:
        raise StoreError(
            f"the database was made by a newer version of the app (its schema is {found}, "
            f"this one knows {SCHEMA}); use that version, or another --database"
        )
    return bool(found == SCHEMA)


def _move_forward(engine: Engine) -> None:
    """Creates or upgrades the tables, alone: another process finds nothing left to do."""
    from model.service.database.migrations.upgrade import upgrade  # Alembic takes half a second

    with engine.execution_options(writes=True).begin() as connection:
        upgrade(connection)
    engine.dispose()

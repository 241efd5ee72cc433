"""Transactions on the database, and the revision that tells whether a list in it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from model.service.database.changes import Changes
from model.service.database.connection import StoreError, connect, in_words
from model.service.database.schema import NEXT_REVISION, Revision, Run


class NoSuchRunError(StoreError):
    """No run has that name."""


class Transactions:
    """A database with the newest schema, safe to use from any thread and any number of processes.

    Args:
        engine: as `connect` makes it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self.changes = Changes(self.revision)
        """Wakes whoever waits for the lists to change."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Connects, and creates or upgrades the tables.

        Args:
            url: as SQLAlchemy takes it, such as `sqlite:////home/me/sketchpad.db`.

        Raises:
            StoreError: no database can be used there, or a newer version of the app made it.
        """
        return cls(connect(url))

    def close(self) -> None:
        """Closes all connections."""
        self.changes.close()
        self._engine.dispose()

    def revision(self) -> int:
        """A number that every change to the lists of runs and versions makes a different one.

        Heartbeats, epochs and points do not count. One row is read: ask as often as you like.

        Raises:
            StoreError: the database does not answer.
        """
        with in_words(), self._engine.connect() as connection:
            return connection.scalar(select(Revision.number)) or 0

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with in_words(), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _write(self) -> Iterator[Session]:
        """A transaction that changes a list of runs or versions."""
        with self._transaction() as session:
            yield session
            session.execute(NEXT_REVISION)
        self.changes.notify()

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with (
            in_words(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session


def find_run(session: Session, name: str) -> Run:
    """The run of that name, or of that number.

    Raises:
        NoSuchRunError: there is none.
    """
    number = name.rpartition("-")[2]
    if number.isascii() and number.isdigit() and len(number) < 10:
        run = session.get(Run, int(number))
        if run is not None and name in (run.name, number):
            return run
    raise NoSuchRunError(f"There is no run {name[:80]!r}.")

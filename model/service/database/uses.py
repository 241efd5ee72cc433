"""Which version is live, and which were before it."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from model.service.database.connection import StoreError
from model.service.database.schema import Use
from model.service.database.session import Transactions, find_run


class Uses(Transactions):
    """The version that everyone reads with, now and earlier."""

    def in_use(self) -> str | None:
        """The version that everyone reads with; None is the network that comes with the app."""
        with self._read() as session:
            return current_version(session)

    def use(self, version: str | None) -> None:
        """From now on everyone reads with that version.

        Raises:
            StoreError: not the version of a run that ended well.
        """
        with self._write() as session:
            if version is not None:
                run = find_run(session, version)
                if not run.learned:
                    raise StoreError(f"{version} has no network that could be put in use.")
                version = run.name
            if current_version(session) != version:
                session.add(Use(version=version, at=time.time()))

    def previous(self) -> tuple[bool, str | None]:
        """Whether there is a version to roll back to, and which (None: the app's own)."""
        with self._read() as session:
            uses = session.scalars(_uses().limit(2)).all()
        return bool(uses), uses[1].version if len(uses) > 1 else None

    def roll_back(self) -> str | None:
        """Puts the previous version in use.

        Returns:
            That version; None is the network that comes with the app.

        Raises:
            StoreError: nothing was ever put in use.
        """
        with self._write() as session:
            current = session.scalar(_uses().limit(1))
            if current is None:
                raise StoreError(
                    "Nothing to roll back to: this is the network that comes with the app."
                )
            current.undone = True
            session.flush()
            return current_version(session)


def current_version(session: Session) -> str | None:
    """The version in use; None is the network that comes with the app."""
    use = session.scalar(_uses().limit(1))
    return None if use is None else use.version


def forget_uses(session: Session, version: str) -> None:
    """No rollback leads to that version any more: its files are gone."""
    session.execute(update(Use).where(Use.version == version).values(undone=True))


def _uses() -> Any:
    return select(Use).where(Use.undone.is_(False)).order_by(Use.id.desc())

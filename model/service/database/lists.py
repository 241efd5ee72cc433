"""One run, all of them, the live ones, the one on show."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import defer

from model.service.database.connection import in_words
from model.service.database.schema import LIVE, QUEUED, RUNNING, Run
from model.service.database.session import Transactions, find_run

_LIGHT = (defer(Run.result), defer(Run.drawing))
"""Left out of lists of runs: tens of kilobytes each."""
_STATES = select(
    *(Run.id, Run.status, Run.phase, Run.reason, Run.stop_requested, Run.pause_requested),
    *(Run.queued_at, Run.started_at, Run.ended_at, Run.earlier_seconds),
)
"""Without the columns behind a run's result, which SQLite reads through; they change with these."""


class Lists(Transactions):
    """What is asked of runs."""

    def run(self, name: str) -> Run:
        """The run of that name, or of that number.

        Raises:
            NoSuchRunError: there is none.
        """
        with self._read() as session:
            return find_run(session, name)

    def runs(self, ids: Collection[int] | None = None) -> list[Run]:
        """All runs, or those of some ids, newest first, without results and drawings."""
        chosen = select(Run).options(*_LIGHT).order_by(Run.id.desc())
        if ids is not None:
            chosen = chosen.where(Run.id.in_(ids))
        with self._read() as session:
            return list(session.scalars(chosen))

    def brief(self, most: int = 500) -> list[Run]:
        """The newest runs, newest first, with no more than their names, status and accuracy."""
        chosen = select(Run.id, Run.recipe, Run.status, Run.test_accuracy)
        with self._read() as session:
            rows = session.execute(chosen.order_by(Run.id.desc()).limit(most)).mappings().all()
        return [Run(**row) for row in rows]

    def best(self, data: str) -> Run | None:
        """The run that reads the test digits of that `data` best, without result and drawing."""
        chosen = (
            select(Run)
            .options(*_LIGHT)
            .where(Run.data == data, Run.test_accuracy.is_not(None))
            .order_by(Run.test_accuracy.desc(), Run.id)
        )
        with self._read() as session:
            return session.scalars(chosen.limit(1)).first()

    def states(self) -> dict[int, tuple[Any, ...]]:
        """Id, status and more of each run, by its id.

        Each tuple changes with whatever `runs` returns of its run, at a fifth of the cost.
        """
        with in_words(), self._engine.connect() as connection:
            return {row[0]: tuple(row) for row in connection.execute(_STATES).all()}

    def live(self) -> list[Run]:
        """Running and waiting runs, in the order in which they began or will."""
        with self._read() as session:
            chosen = select(Run).options(*_LIGHT).where(Run.status.in_(LIVE))
            runs = session.scalars(chosen.order_by(Run.queued_at, Run.id))
            return sorted(runs, key=lambda run: run.status == QUEUED)

    def latest(self) -> Run | None:
        """The run that a page shows: a running one, else the last that began; None if none."""
        # If the clock was set back, a run added later began later, whatever its time says.
        ahead = select(func.max(Run.id)).where(Run.started_at > time.time()).scalar_subquery()
        is_later = and_(Run.started_at.is_not(None), Run.id > func.coalesce(ahead, 0))
        with self._read() as session:
            return session.scalar(
                select(Run)
                .options(defer(Run.result))
                .where(Run.started_at.is_not(None) | (Run.status == QUEUED))
                .order_by(
                    (Run.status == RUNNING).desc(),
                    is_later.desc(),
                    Run.started_at.desc().nulls_last(),
                    Run.id,
                )
                .limit(1)
            )

    def counts(self) -> dict[str, int]:
        """Number of runs of each status."""
        with self._read() as session:
            rows = session.execute(select(Run.status, func.count()).group_by(Run.status))
            return {str(status): int(count) for status, count in rows}

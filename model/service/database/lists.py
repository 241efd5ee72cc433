"""One run, all of them, the live ones, the one on show."""

from __future__ import annotations

import time

from sqlalchemy import and_, func, select
from sqlalchemy.orm import defer

from model.service.database.schema import LIVE, QUEUED, RUNNING, Run
from model.service.database.session import Transactions, find_run

_LIGHT = (defer(Run.result), defer(Run.drawing))
"""Left out of lists of runs: tens of kilobytes each."""


class Lists(Transactions):
    """What is asked of runs."""

    def run(self, name: str) -> Run:
        """The run of that name, or of that number.

        Raises:
            NoSuchRunError: there is none.
        """
        with self._read() as session:
            return find_run(session, name)

    def runs(self) -> list[Run]:
        """All runs, newest first, without results and drawings."""
        with self._read() as session:
            return list(session.scalars(select(Run).options(*_LIGHT).order_by(Run.id.desc())))

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

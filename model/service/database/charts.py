"""Epochs and points: the curves of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from model.learning.events import BatchEvent, EpochEvent
from model.service.database.schema import Epoch, Point, Run
from model.service.database.session import Transactions

MAX_OLDER_POINTS = 300
"""Points of finished epochs in a chart: more than it has pixels for."""


class Charts(Transactions):
    """What runs recorded, epoch by epoch and in between."""

    def epochs(self, run_id: int, after: int = 0) -> list[Epoch]:
        """A run's finished epochs after that one, first to last."""
        with self._read() as session:
            chosen = select(Epoch).where(Epoch.run_id == run_id, Epoch.epoch > after)
            return list(session.scalars(chosen.order_by(Epoch.epoch)))

    def points(self, run_id: int) -> list[Point]:
        """All points of a run's newest epoch, and at most `MAX_OLDER_POINTS` of the older ones."""
        with self._read() as session:
            newest = session.scalar(select(func.max(Point.epoch)).where(Point.run_id == run_id))
            if newest is None:
                return []
            # By place within the run: ids are shared with runs that record at the same time.
            place = func.row_number().over(order_by=Point.id).label("place")
            older = (
                select(Point.id, place)
                .where(Point.run_id == run_id, Point.epoch < newest)
                .subquery()
            )
            count = session.scalar(select(func.count()).select_from(older)) or 0
            every = 1 + count // MAX_OLDER_POINTS
            kept = select(older.c.id).where(older.c.place % every == 0)
            chosen = select(Point).where(
                Point.run_id == run_id, or_(Point.epoch == newest, Point.id.in_(kept))
            )
            return list(session.scalars(chosen.order_by(Point.id)))

    def points_after(self, run_id: int, point_id: int) -> list[Point]:
        """A run's points after that one, at most the newest `MAX_OLDER_POINTS`."""
        with self._read() as session:
            chosen = (
                select(Point)
                .where(Point.run_id == run_id, Point.id > point_id)
                .order_by(Point.id.desc())
                .limit(MAX_OLDER_POINTS)
            )
            return list(reversed(session.scalars(chosen).all()))

    def quickest_epochs(self, most: int = 100) -> list[tuple[Run, float]]:
        """The newest runs that finished an epoch, newest first, each with its quickest's seconds.

        Only recipe, settings, data and drawings of these runs are there.
        """
        quickest = (
            select(Epoch.run_id, func.min(Epoch.seconds).label("seconds"))
            .where(Epoch.partial.is_(False))
            .group_by(Epoch.run_id)
            .order_by(Epoch.run_id.desc())
            .limit(most)
            .subquery()
        )
        chosen = (
            select(Run.recipe, Run.settings, Run.data, Run.drawings, quickest.c.seconds)
            .join(quickest, quickest.c.run_id == Run.id)
            .order_by(Run.id.desc())
        )
        with self._read() as session:
            rows = session.execute(chosen).all()
        return [
            (Run(recipe=recipe, settings=settings, data=data, drawings=drawings), seconds)
            for recipe, settings, data, drawings, seconds in rows
        ]

    def forget_after(self, run: Run, epoch: int) -> None:
        """Deletes what a run recorded after that epoch: it is resumed there."""
        with self._transaction() as session:
            for table in (Epoch, Point):
                session.execute(delete(table).where(table.run_id == run.id, table.epoch > epoch))


def add_events(
    session: Session, run: Run, events: Sequence[tuple[float, BatchEvent | EpochEvent]]
) -> None:
    """Adds a run's events, each with its time in seconds since 1970; an epoch twice counts once."""
    for at, event in events:
        if isinstance(event, EpochEvent):
            session.merge(Epoch(run_id=run.id, **asdict(event)))
        else:
            session.add(Point(run_id=run.id, at=at, **asdict(event)))

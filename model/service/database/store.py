"""Runs, epochs, versions in use: what the database remembers, and the only place that asks it.

Knows SQL by way of SQLAlchemy; SQLite by default, any other database by its URL. Every method is
one transaction, and safe to call from any thread and any number of processes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Self

from sqlalchemy import Engine, and_, case, delete, func, select, update
from sqlalchemy.orm import Session, defer

from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.service.database.connection import StoreError, connect, in_words
from model.service.database.schema import (
    FAILED,
    INTERRUPTED,
    LEARNED,
    LIVE,
    NEXT_REVISION,
    QUEUED,
    RUNNING,
    STOPPED,
    Epoch,
    Point,
    Revision,
    Run,
    Use,
)

MAX_QUEUED = 10
"""Runs that wait; at ten minutes each the last one waits for an evening's end."""
MAX_VISITOR_RUNS = MAX_QUEUED // 2
"""Of all visitors' runs, those that run or wait: the owner finds room."""
MAX_PER_NETWORK = 3
"""Of those from one network: a class has one address, and so has who takes many names."""
_LIGHT = (defer(Run.result), defer(Run.drawing))
"""What lists of runs do without: tens of kilobytes each."""
_OLDER_POINTS = 300
"""Points of finished epochs that a chart is given: more than it has pixels for."""


CLEARED = "Its network was deleted to make room on the disk."


class QueueFullError(StoreError):
    """Too many runs wait already."""


class NoSuchRunError(StoreError):
    """There is no run of that name."""


class Store:
    """The database, ready to use.

    Args:
        engine: with the newest schema, as `open` makes it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connects, and makes the tables or moves them forward.

        Args:
            url: as SQLAlchemy takes it, such as `sqlite:////home/me/sketchpad.db`.

        Raises:
            StoreError: no database can be had there, or a newer version of the app made it.
        """
        return cls(connect(url))

    def close(self) -> None:
        """Lets go of all connections."""
        self._engine.dispose()

    # ---- the queue

    def add(
        self,
        recipe: str,
        settings: Settings,
        data: str,
        *,
        origin: str,
        visitor: str = "",
        drawing: bytes | None = None,
        worker: str = "",
    ) -> Run:
        """A new run at the end of the queue, or running already where a worker is named.

        Raises:
            QueueFullError: too many wait, or one of that visitor's goes on already.
        """
        now = time.time()
        run = Run(
            recipe=recipe,
            settings=asdict(settings),
            data=data,
            origin=origin,
            visitor=visitor,
            status=RUNNING if worker else QUEUED,
            created_at=now,
            queued_at=now,
            started_at=now if worker else None,
            worker=worker,
            drawing=drawing,
        )
        with self._write() as session:
            if not worker:
                _hold_room(session, visitor)
            session.add(run)
            session.flush()
        return run

    def claim(self, worker: str, run_id: int | None = None) -> Run | None:
        """The run that has waited longest, or that one, now running in that worker.

        Returns:
            None where none waits, or that one does not.
        """
        oldest = (
            select(Run.id)
            .where(Run.status == QUEUED)
            .order_by(Run.queued_at, Run.id)
            .limit(1)
            .scalar_subquery()
        )
        with self._transaction() as session:
            run = session.scalar(
                update(Run)
                .where(Run.id == (oldest if run_id is None else run_id), Run.status == QUEUED)
                .values(
                    status=RUNNING,
                    reason="",
                    started_at=time.time(),
                    ended_at=None,
                    worker=worker,
                    stop_requested=False,
                )
                .returning(Run)
            )
            if run is not None:
                session.execute(NEXT_REVISION)
        return run

    def forget_after(self, run: Run, epoch: int) -> None:
        """Forgets what a run told after that epoch: it goes on from there, and does it again."""
        with self._transaction() as session:
            for table in (Epoch, Point):
                session.execute(delete(table).where(table.run_id == run.id, table.epoch > epoch))

    def record(
        self, run: Run, phase: str, events: Sequence[tuple[float, BatchEvent | EpochEvent]]
    ) -> bool | None:
        """Remembers what a run told, each with its time, and that its worker lives.

        Returns:
            Whether somebody asked it to stop; None where it is that worker's no longer.
        """
        with self._transaction() as session:
            known = session.scalar(select(Run.phase).where(*_still(run)))
            if known is None:
                return None
            stop = session.scalar(
                update(Run)
                .where(Run.id == run.id)
                .values(phase=phase, heartbeat=Run.heartbeat + 1)
                .returning(Run.stop_requested)
            )
            if phase != known:
                session.execute(NEXT_REVISION)
            for at, told in events:
                if isinstance(told, EpochEvent):
                    session.merge(Epoch(run_id=run.id, **asdict(told)))
                else:
                    session.add(Point(run_id=run.id, at=at, **asdict(told)))
        return bool(stop)

    def finish(
        self, run: Run, status: str, reason: str = "", result: dict[str, Any] | None = None
    ) -> None:
        """A run's end, unless it has ended already or is another worker's by now."""
        accuracy = None if result is None else result["accuracy"]
        # A clock that was set back cannot make it shorter than what was measured.
        learned_for = 0.0 if result is None else result.get("seconds", 0.0) - run.earlier_seconds
        ended = max(time.time(), (run.started_at or 0.0) + learned_for)
        with self._write() as session:
            session.execute(
                update(Run)
                .where(*_still(run))
                .values(
                    status=status,
                    reason=reason,
                    phase="",
                    ended_at=ended,
                    result=result,
                    test_accuracy=accuracy,
                )
            )

    def mark_lost(self, worker: str, status: str, reason: str) -> None:
        """The end of whatever that worker was carrying out: it is gone."""
        with self._write() as session:
            session.execute(
                update(Run)
                .where(Run.worker == worker, Run.status == RUNNING)
                .values(status=status, reason=reason, phase="", ended_at=time.time())
            )

    def requeue_on_shutdown(self, worker: str) -> None:
        """Puts what that worker was carrying out back into the queue: the app ends, in peace.

        Whoever looks after the queue next goes on with it, after its last finished epoch.
        """
        with self._write() as session:
            session.execute(
                update(Run)
                .where(Run.worker == worker, Run.status == RUNNING, Run.stop_requested.is_(False))
                .values(_waiting_again(time.time()))
            )

    def requeue(self, run: Run, reason: str) -> None:
        """Queues a run again whose worker was lost, in its old place.

        Not one that has ended since, nor one that shall stop. Who the worker was is kept: by it
        the next one knows which attempt it is.
        """
        with self._write() as session:
            session.execute(
                update(Run)
                .where(*_still(run), Run.stop_requested.is_(False))
                .values(reason=reason, **_waiting_again(time.time()))
            )

    def ask_to_stop(self, name: str) -> None:
        """A running run stops soon; one that waits leaves the queue, and can be resumed if it ran.

        Raises:
            NoSuchRunError: there is none.
        """
        run = self.run(name)
        with self._write() as session:
            for status, has_run in ((INTERRUPTED, True), (STOPPED, False)):
                session.execute(
                    update(Run)
                    .where(
                        Run.id == run.id,
                        Run.status == QUEUED,
                        Run.started_at.is_not(None) if has_run else Run.started_at.is_(None),
                    )
                    .values(status=status, reason="It was taken out of the queue.")
                )
            session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status == RUNNING)
                .values(stop_requested=True)
            )

    def resume(self, name: str, visitor: str = "") -> None:
        """Puts a run that was cut off back into the queue.

        Args:
            visitor: who asks; empty where it is the owner.

        Raises:
            StoreError: it was not cut off.
        """
        run = self.run(name)
        with self._write() as session:
            _hold_room(session, visitor)
            done = session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status.in_((INTERRUPTED, FAILED)))
                .values(
                    reason="",
                    worker="",
                    queued_at=time.time(),
                    files_deleted=False,
                    **_waiting_again(Run.ended_at),
                )
                .returning(Run.id)
            )
            if done.first() is None:
                raise StoreError(f"{name} was not cut off: there is nothing to resume.")

    # ---- what was remembered

    def revision(self) -> int:
        """A number that is another one after any change to what `runs`, `live`, `in_use` and
        `before` return, heartbeats aside; the cheapest of all queries."""
        with in_words(), self._engine.connect() as connection:
            return connection.scalar(select(Revision.number)) or 0

    def run(self, name: str) -> Run:
        """The run of that name, or of that number.

        Raises:
            NoSuchRunError: there is none.
        """
        with self._read() as session:
            return _found(session, name)

    def runs(self) -> list[Run]:
        """All of them, newest first."""
        with self._read() as session:
            return list(session.scalars(select(Run).options(*_LIGHT).order_by(Run.id.desc())))

    def live(self) -> list[Run]:
        """Those that run or wait, in the order in which they began or will."""
        with self._read() as session:
            chosen = select(Run).options(*_LIGHT).where(Run.status.in_(LIVE))
            runs = session.scalars(chosen.order_by(Run.queued_at, Run.id))
            return sorted(runs, key=lambda run: run.status == QUEUED)

    def latest(self) -> Run | None:
        """The run that a page shows: one that runs, else the one that began last, else None."""
        # Where the clock was set back, what was added later began later, whatever it says.
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

    def epochs(self, run_id: int, after: int = 0) -> list[Epoch]:
        """Its finished epochs after that one, first to last."""
        with self._read() as session:
            chosen = select(Epoch).where(Epoch.run_id == run_id, Epoch.epoch > after)
            return list(session.scalars(chosen.order_by(Epoch.epoch)))

    def points(self, run_id: int) -> list[Point]:
        """All points of its newest epoch and as many of the older ones as a chart can show."""
        with self._read() as session:
            newest = session.scalar(select(func.max(Point.epoch)).where(Point.run_id == run_id))
            if newest is None:
                return []
            older = (Point.run_id == run_id, Point.epoch < newest)
            count = session.scalar(select(func.count()).select_from(Point).where(*older)) or 0
            every = 1 + count // _OLDER_POINTS
            chosen = select(Point).where(
                Point.run_id == run_id, (Point.epoch == newest) | (Point.id % every == 0)
            )
            return list(session.scalars(chosen.order_by(Point.id)))

    def points_after(self, run_id: int, point_id: int) -> list[Point]:
        """Those that came after that one, at most the newest few hundred."""
        with self._read() as session:
            chosen = (
                select(Point)
                .where(Point.run_id == run_id, Point.id > point_id)
                .order_by(Point.id.desc())
                .limit(_OLDER_POINTS)
            )
            return list(reversed(session.scalars(chosen).all()))

    def counts(self) -> dict[str, int]:
        """How many runs there are of each status."""
        with self._read() as session:
            rows = session.execute(select(Run.status, func.count()).group_by(Run.status))
            return {str(status): int(count) for status, count in rows}

    def clear(self, name: str) -> bool:
        """Remembers that a run's files are deleted to make room.

        Returns:
            False where they must stay: it goes on, or its version is in use.
        """
        run = self.run(name)
        with self._write() as session:
            if _current(session) == run.name:
                return False
            ended = (Run.id == run.id, Run.status.not_in(LIVE))
            done = session.execute(
                update(Run).where(*ended).values(files_deleted=True).returning(Run.id)
            )
            if done.first() is None:
                return False
            session.execute(
                update(Run).where(Run.id == run.id, Run.status.in_(LEARNED)).values(reason=CLEARED)
            )
            session.execute(update(Use).where(Use.version == run.name).values(undone=True))
        return True

    def delete(self, name: str) -> None:
        """Forgets a run that has ended, and that its version was ever in use.

        Raises:
            StoreError: it goes on, or its version is in use.
        """
        run = self.run(name)
        with self._write() as session:
            if _current(session) == run.name:
                raise StoreError(f"{run.name} is in use: put another network in use first.")
            gone = session.execute(
                delete(Run).where(Run.id == run.id, Run.status.not_in(LIVE)).returning(Run.id)
            )
            if gone.first() is None:
                raise StoreError(f"{run.name} goes on: stop it first.")
            session.execute(update(Use).where(Use.version == run.name).values(undone=True))

    # ---- which version is in use

    def in_use(self) -> str | None:
        """The version that everyone reads with; None is the network that comes with the app."""
        with self._read() as session:
            return _current(session)

    def use(self, version: str | None) -> None:
        """From now on everyone reads with that version.

        Raises:
            StoreError: it is not a version of a run that ended well.
        """
        with self._write() as session:
            if version is not None:
                run = _found(session, version)
                if not run.learned:
                    raise StoreError(f"{version} has learned nothing that could be put in use.")
                version = run.name
            if _current(session) != version:
                session.add(Use(version=version, at=time.time()))

    def before(self) -> tuple[bool, str | None]:
        """Whether there is a version to roll back to, and which (None: the app's own)."""
        with self._read() as session:
            uses = session.scalars(_uses().limit(2)).all()
        return bool(uses), uses[1].version if len(uses) > 1 else None

    def roll_back(self) -> str | None:
        """Puts the version in use that was in use before this one.

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
            return _current(session)

    # ---- transactions

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

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with (
            in_words(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session


def _uses() -> Any:
    return select(Use).where(Use.undone.is_(False)).order_by(Use.id.desc())


def _current(session: Session) -> str | None:
    use = session.scalar(_uses().limit(1))
    return None if use is None else use.version


def _found(session: Session, name: str) -> Run:
    number = name.rpartition("-")[2]
    if number.isascii() and number.isdigit() and len(number) < 10:
        run = session.get(Run, int(number))
        if run is not None and name in (run.name, number):
            return run
    raise NoSuchRunError(f"There is no run {name[:80]!r}.")


def _still(run: Run) -> tuple[Any, ...]:
    """That a run is still carried out by the worker that claimed it."""
    return Run.id == run.id, Run.worker == run.worker, Run.status == RUNNING


def _waiting_again(ended: Any) -> dict[str, Any]:
    """What becomes of a run that has run until then, when it waits once more."""
    return {
        "status": QUEUED,
        "phase": "",
        "stop_requested": False,
        "earlier_seconds": Run.earlier_seconds
        + case((ended > Run.started_at, ended - Run.started_at), else_=0.0),
        "ended_at": Run.started_at,
    }


def _hold_room(session: Session, visitor: str) -> None:
    """Holds that the queue has room for one more, of the owner's or of that visitor's.

    Raises:
        QueueFullError: it has not.
    """
    if visitor:
        _hold_room_of_visitors(session, visitor)
    waiting = select(func.count()).select_from(Run).where(Run.status == QUEUED)
    count = session.scalar(waiting) or 0
    if count >= MAX_QUEUED:
        raise QueueFullError(
            f"{count} runs are waiting already, which is as many as may. "
            "Start this one when one of them has begun."
        )


def _hold_room_of_visitors(session: Session, visitor: str) -> None:
    """One run at a time for each visitor, and half of the queue for all of them."""
    live = select(func.count()).select_from(Run).where(Run.status.in_(LIVE))
    token, _, network = visitor.partition("@")
    if session.scalar(live.where(Run.visitor.startswith(token, autoescape=True))):
        raise QueueFullError("You have a run already: stop it, or wait until it has ended.")
    of_network = live.where(Run.visitor.endswith(f"@{network}", autoescape=True))
    if network and (session.scalar(of_network) or 0) >= MAX_PER_NETWORK:
        raise QueueFullError(
            "As many runs from your network are waiting as may. Try again when one has ended."
        )
    if (session.scalar(live.where(Run.visitor != "")) or 0) >= MAX_VISITOR_RUNS:
        raise QueueFullError(
            "As many runs of visitors are waiting as may. Try again when one has begun."
        )

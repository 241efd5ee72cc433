"""Runs: the queue, and what becomes of them.

The only place that knows SQL is this folder; SQLite by default, any other database by its URL.
Every method is one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import case, delete, select, update

from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.service.database.charts import Charts, add_events
from model.service.database.connection import StoreError
from model.service.database.lists import Lists
from model.service.database.quota import check_room
from model.service.database.schema import (
    LEARNED,
    LIVE,
    NEXT_REVISION,
    QUEUED,
    RESUMABLE,
    RUNNING,
    STOPPED,
    Run,
)
from model.service.database.uses import Uses, current_version, forget_uses

FILES_DELETED = "Its network was deleted to make room on the disk."


class Store(Lists, Charts, Uses):
    """All that is known of runs and versions."""

    # ---- the queue

    def add(
        self,
        recipe: str,
        settings: Settings,
        data: str,
        *,
        drawings: Sequence[str] = (),
        origin: str,
        visitor: str = "",
        drawing: bytes | None = None,
        worker: str = "",
    ) -> Run:
        """Adds a run at the end of the queue, or one that runs already if a worker is named.

        Raises:
            QueueFullError: too many are waiting, or that visitor already has one.
        """
        now = time.time()
        run = Run(
            recipe=recipe,
            settings=asdict(settings),
            data=data,
            drawings=list(drawings),
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
                check_room(session, visitor)
            session.add(run)
            session.flush()
        return run

    def claim(self, worker: str, run_id: int | None = None) -> Run | None:
        """Starts the run that has waited longest, or that one, in that worker.

        Returns:
            None if none is waiting, or that one is not.
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
                    pause_requested=False,
                )
                .returning(Run)
            )
            if run is not None:
                session.execute(NEXT_REVISION)
        return run

    def record(
        self, run: Run, phase: str, events: Sequence[tuple[float, BatchEvent | EpochEvent]]
    ) -> bool | None:
        """Records a run's events, each with its time, and a heartbeat of its worker.

        Returns:
            Whether its stop was requested; None if it is no longer that worker's run.
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
            add_events(session, run, events)
        return bool(stop)

    def finish(
        self, run: Run, status: str, reason: str = "", result: dict[str, Any] | None = None
    ) -> None:
        """Records a run's end, unless it has ended already or is another worker's by now."""
        accuracy = None if result is None else result["accuracy"]
        # If the clock was set back, the run still lasted as long as its training was measured.
        trained_for = 0.0 if result is None else result.get("seconds", 0.0) - run.earlier_seconds
        ended_at = max(time.time(), (run.started_at or 0.0) + trained_for)
        with self._write() as session:
            session.execute(
                update(Run)
                .where(*_still(run))
                .values(
                    status=status,
                    reason=reason,
                    phase="",
                    ended_at=ended_at,
                    result=result,
                    test_accuracy=accuracy,
                )
            )

    def mark_lost(self, worker: str, status: str, reason: str) -> None:
        """Records the end of that worker's run: the worker is gone."""
        with self._write() as session:
            session.execute(
                update(Run)
                .where(Run.worker == worker, Run.status == RUNNING)
                .values(status=status, reason=reason, phase="", ended_at=time.time())
            )

    def requeue_on_shutdown(self, worker: str) -> None:
        """Puts that worker's run back into the queue: the app is shutting down.

        It is resumed after its last finished epoch, by whoever carries out runs next.
        """
        with self._write() as session:
            session.execute(
                update(Run)
                .where(Run.worker == worker, Run.status == RUNNING, Run.stop_requested.is_(False))
                .values(_requeued(time.time()))
            )

    def requeue(self, run: Run, reason: str) -> None:
        """Puts a run whose worker was lost back into its old place in the queue.

        Nothing happens if it has ended or its stop was requested. The lost worker's name stays:
        from it the next one knows which attempt it is.
        """
        with self._write() as session:
            session.execute(
                update(Run)
                .where(*_still(run), Run.stop_requested.is_(False))
                .values(reason=reason, **_requeued(time.time()))
            )

    def request_stop(self, name: str, *, pause: bool = False) -> None:
        """A running run stops soon; a queued one leaves the queue. Both can be resumed.

        Args:
            pause: whether to leave it at that; otherwise what it has learned is tested and saved.

        Raises:
            NoSuchRunError: no run has that name.
        """
        run = self.run(name)
        with self._write() as session:
            session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status == QUEUED)
                .values(status=STOPPED, reason="Taken out of the queue.")
            )
            is_stopping = Run.stop_requested.is_(True) & Run.pause_requested.is_(False)
            session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status == RUNNING, ~is_stopping)
                .values(stop_requested=True, pause_requested=pause)
            )

    def resume(self, name: str, visitor: str = "") -> None:
        """Puts a run that ended early back into the queue.

        Args:
            visitor: who asks; empty where it is the owner.

        Raises:
            StoreError: it did not end early, or everyone reads with its network.
        """
        run = self.run(name)
        with self._write() as session:
            if current_version(session) == run.name:
                raise StoreError(f"{run.name} is live: make another network live, then resume it.")
            check_room(session, visitor)
            forget_uses(session, run.name)
            done = session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status.in_(RESUMABLE))
                .values(
                    reason="",
                    worker="",
                    queued_at=time.time(),
                    files_deleted=False,
                    **_requeued(Run.ended_at),
                )
                .returning(Run.id)
            )
            if done.first() is None:
                raise StoreError(f"{run.name} did not end early: there is nothing to resume.")

    # ---- their end

    def mark_files_deleted(self, name: str) -> bool:
        """Records that a run's files are deleted to make room.

        Returns:
            False if they must stay: it is still running, or its version is in use.
        """
        run = self.run(name)
        with self._write() as session:
            if current_version(session) == run.name:
                return False
            ended = (Run.id == run.id, Run.status.not_in(LIVE))
            done = session.execute(
                update(Run).where(*ended).values(files_deleted=True).returning(Run.id)
            )
            if done.first() is None:
                return False
            session.execute(
                update(Run)
                .where(Run.id == run.id, Run.status.in_(LEARNED))
                .values(reason=FILES_DELETED)
            )
            forget_uses(session, run.name)
        return True

    def delete(self, name: str) -> None:
        """Deletes a run that has ended, and that its version was ever in use.

        Raises:
            StoreError: it is still running, or its version is in use.
        """
        run = self.run(name)
        with self._write() as session:
            if current_version(session) == run.name:
                raise StoreError(f"{run.name} is in use; put another network in use first.")
            gone = session.execute(
                delete(Run).where(Run.id == run.id, Run.status.not_in(LIVE)).returning(Run.id)
            )
            if gone.first() is None:
                raise StoreError(f"{run.name} is still running; stop it first.")
            forget_uses(session, run.name)


def _still(run: Run) -> tuple[Any, ...]:
    """The run is still carried out by the worker that claimed it."""
    return Run.id == run.id, Run.worker == run.worker, Run.status == RUNNING


def _requeued(ended_at: Any) -> dict[str, Any]:
    """New values of a run that ran until then and waits once more."""
    lasted = case((ended_at > Run.started_at, ended_at - Run.started_at), else_=0.0)
    return {
        "status": QUEUED,
        "phase": "",
        "stop_requested": False,
        "pause_requested": False,
        "earlier_seconds": Run.earlier_seconds + lasted,
        "ended_at": Run.started_at,
    }

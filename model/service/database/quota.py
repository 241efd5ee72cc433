"""Room in the queue: how many runs may wait, of everyone and of visitors."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from model.service.database.connection import StoreError
from model.service.database.schema import LIVE, QUEUED, Run

MAX_QUEUED = 10
"""Waiting runs; at ten minutes each the last one waits all evening."""
MAX_VISITOR_RUNS = MAX_QUEUED // 2
"""Running and waiting runs of all visitors: the rest is the owner's."""
MAX_PER_NETWORK = 3
"""Of those, runs from one network: a class has one address, and so has one person with many
cookies."""


class QueueFullError(StoreError):
    """Too many runs are waiting."""


def check_room(session: Session, visitor: str) -> None:
    """Checks that the queue has room for one more run.

    Args:
        visitor: whose it is, as `Run.visitor` has it; empty where it is the owner's.

    Raises:
        QueueFullError: it has no room.
    """
    if visitor:
        _check_visitor(session, visitor)
    waiting = select(func.count()).select_from(Run).where(Run.status == QUEUED)
    count = session.scalar(waiting) or 0
    if count >= MAX_QUEUED:
        raise QueueFullError(
            f"The queue is full: {count} runs are waiting. "
            "Start this one when one of them has begun."
        )


def _check_visitor(session: Session, visitor: str) -> None:
    """One run at a time for each visitor, and half of the queue for all of them."""
    live = select(func.count()).select_from(Run).where(Run.status.in_(LIVE))
    token, _, network = visitor.partition("@")
    if session.scalar(live.where(Run.visitor.startswith(token, autoescape=True))):
        raise QueueFullError("You have a run already: stop it, or wait until it has ended.")
    of_network = live.where(Run.visitor.endswith(f"@{network}", autoescape=True))
    if network and (session.scalar(of_network) or 0) >= MAX_PER_NETWORK:
        raise QueueFullError(
            "The queue has no more room for runs from your network. Try again when one has ended."
        )
    if (session.scalar(live.where(Run.visitor != "")) or 0) >= MAX_VISITOR_RUNS:
        raise QueueFullError(
            "The queue has no more room for visitors' runs. Try again when one has begun."
        )

"""The tables: runs, their epochs and points, and which version was in use when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

QUEUED, RUNNING = "queued", "running"
FINISHED, STOPPED, PAUSED = "finished", "stopped", "paused"
FAILED, DIVERGED, INTERRUPTED = "failed", "diverged", "interrupted"
LIVE = (QUEUED, RUNNING)
LEARNED = (FINISHED, STOPPED)
"""Statuses of runs that left a network."""
RESUMABLE = (PAUSED, STOPPED, INTERRUPTED, FAILED)
"""Statuses of runs that can be queued again."""


_JSON = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """All tables."""


class Run(Base):
    """One training run; if it ended well, there is a version of the same name."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipe: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(_JSON)
    """As `hyperparameters.Settings` has them."""
    data: Mapped[str]
    """Training data: `mnist`, `strokes:N`, or a file's path."""
    drawings: Mapped[list[str]] = mapped_column(_JSON, default=[])
    """Paths of sets of drawings that are trained on too."""
    origin: Mapped[str]
    """Who started it: `page`, `visitor` or `command line`."""
    visitor: Mapped[str] = mapped_column(default="")
    """Pseudonyms of the visitor's browser and network, joined by @; empty if it is the owner's."""
    status: Mapped[str]
    """One of the constants above."""
    phase: Mapped[str] = mapped_column(default="")
    """Current step of a running one, in a word or two."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it failed, in one line."""
    created_at: Mapped[float]
    queued_at: Mapped[float]
    """When it last entered the queue."""
    started_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    """Seconds since 1970, all four."""
    earlier_seconds: Mapped[float] = mapped_column(default=0.0)
    """Duration of its earlier parts, if it was resumed."""
    worker: Mapped[str] = mapped_column(default="")
    """Token of the process that carries it out."""
    heartbeat: Mapped[int] = mapped_column(default=0)
    """Grows while that process lives."""
    stop_requested: Mapped[bool] = mapped_column(default=False)
    pause_requested: Mapped[bool] = mapped_column(default=False)
    """Whether that stop is a pause, which leaves no network."""
    drawing: Mapped[bytes | None] = mapped_column(LargeBinary)
    """784 grey levels that it reads while it trains."""
    test_accuracy: Mapped[float | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    """Results on the test images: see `model.service.jobs.work`."""
    files_deleted: Mapped[bool] = mapped_column(default=False)
    """Whether its files were deleted to free disk space; the run itself stays listed."""

    # Autoincrement: a deleted run's number is never used again.
    __table_args__ = (Index("ix_runs_status", "status"), {"sqlite_autoincrement": True})

    @property
    def name(self) -> str:
        """Its name, and its version's."""
        return f"{self.recipe}-{self.id}"

    @property
    def learned(self) -> bool:
        """Whether it has a version: one that was stopped in the queue has none."""
        return self.status in LEARNED and self.test_accuracy is not None and not self.files_deleted

    @property
    def seconds(self) -> float | None:
        """Wall time from its start to its end, without pauses.

        A part in which the clock was set back counts as its measured training time, or nothing.
        """
        if self.started_at is None or self.ended_at is None:
            return None
        return self.earlier_seconds + max(0.0, self.ended_at - self.started_at)


class Epoch(Base):
    """A finished epoch of a run: see `model.learning.events.EpochEvent`."""

    __tablename__ = "epochs"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    loss: Mapped[float]
    accuracy: Mapped[float]
    val_loss: Mapped[float | None]
    val_accuracy: Mapped[float | None]
    seconds: Mapped[float]
    partial: Mapped[bool]
    probe: Mapped[list[float] | None] = mapped_column(_JSON)


class Point(Base):
    """A moment inside an epoch: see `model.learning.events.BatchEvent`."""

    __tablename__ = "points"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    epoch: Mapped[int]
    batch: Mapped[int]
    batches: Mapped[int]
    loss: Mapped[float]
    accuracy: Mapped[float]
    at: Mapped[float]
    """Seconds since 1970."""
    probe: Mapped[list[float] | None] = mapped_column(_JSON)

    # Autoincrement: a page asks for what is newer than the last point that it has.
    __table_args__ = (Index("ix_points_run_id", "run_id"), {"sqlite_autoincrement": True})


class Use(Base):
    """A version was put in use; the newest row that is not undone is the current one."""

    __tablename__ = "uses"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str | None]
    """None stands for the network that comes with the app."""
    at: Mapped[float]
    """Seconds since 1970."""
    undone: Mapped[bool] = mapped_column(default=False)
    """Rolled back, or its version was deleted."""


class Revision(Base):
    """One row with a number that grows with every change to a list of runs or versions."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


NEXT_REVISION = update(Revision).values(number=Revision.number + 1)
"""Part of every transaction that changes such a list."""

"""Rate and remaining time of a run: of what it does now, not of its pauses."""

from __future__ import annotations

import pytest

from demo.runs import progress
from model.service.database.schema import RUNNING, Point, Run

BATCH, BATCHES = 100, 50


def run(started_at: float) -> Run:
    settings = {"epochs": 10, "batch_size": BATCH}
    run = Run(id=1, recipe="compact", status=RUNNING, settings=settings, started_at=started_at)
    run.earlier_seconds = 0.0
    return run


def points(epoch: int, batches: range, began: float) -> list[Point]:
    """One in a second, five batches apart."""
    return [
        Point(epoch=epoch, batch=batch, batches=BATCHES, at=began + second)
        for second, batch in enumerate(batches)
    ]


def test_rate_and_rest_are_of_what_runs_now() -> None:
    before, hour = points(2, range(5, 51, 5), 1000.0), 3600.0
    rows = {
        "without a pause": (run(990.0), before + points(3, range(5, 16, 5), 1010.0)),
        "resumed an hour later": (
            run(1009.0 + hour),
            before + points(3, range(5, 16, 5), 1010.0 + hour),
        ),
        "resumed by a clock an hour back": (
            run(1009.0 - hour),
            before + points(3, range(5, 16, 5), 1010.0 - hour),
        ),
        "the clock was set back meanwhile": (
            run(990.0),
            before + points(3, range(5, 16, 5), 1010.0 - hour),
        ),
    }
    for name, (resumed, recent) in rows.items():
        told = progress(resumed, recent)
        assert told is not None, name
        assert told["rate"] == pytest.approx(5 * BATCH), name
        assert told["left"] == pytest.approx((10 * BATCHES - 115) / 5), name
        assert told["share"] == pytest.approx(115 / 500), name


def test_right_after_a_resume_nobody_can_tell() -> None:
    resumed = run(4609.0)
    resumed.earlier_seconds = 10.0
    # Of a quick epoch only its first batch may have been told.
    for batches in (range(5, 51, 5), range(5, 6)):
        told = progress(resumed, points(2, batches, 1000.0))
        assert told is not None
        assert (told["epoch"], told["batch"]) == (3, 0)
        assert told["share"] == pytest.approx(100 / 500)
        assert (told["rate"], told["left"]) == (None, None)

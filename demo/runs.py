"""The run on show and runs to compare, as JSON: their figures, epochs and points."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from demo.summary import Json, described_source, in_use, is_own, rights, summary
from demo.web.access import Access
from model.service.database.connection import StoreError
from model.service.database.schema import QUEUED, RUNNING, Epoch, Point, Run
from model.service.database.session import NoSuchRunError
from model.service.services import Services

MAX_COMPARED = 8
"""Runs with their curves in one chart: more colours than that nobody tells apart."""
_RATE_POINTS = 12
"""Latest points that the rate is taken from: a few seconds."""


class Runs:
    """The current run, and runs to compare.

    Args:
        services: with the store of runs.
        access: the visitor's rights.
    """

    def __init__(self, services: Services, access: Access) -> None:
        self._services, self._access = services, access
        self._store = services.store

    def watch(self, seen: Json) -> Json:
        """The run on show, without what the page has already.

        Args:
            seen: by the page: `name` of the run that it wants, any other for the latest; `known`,
                its `part`: another run is sent in full; `last`, id of the last point; `epoch`, the
                last one; `revision` of its list of runs.

        Raises:
            StoreError: the store does not answer.
        """
        revision = self._store.revision()
        live = self._store.live()
        answer: Json = {
            "in_use": in_use(self._services),
            "queue": [each.name for each in live if each.status == QUEUED],
            "running": [each.name for each in live if each.status == RUNNING],
            "may": rights(self._access),
            "trouble": self._services.jobs.trouble,
            "revision": revision,
            "run": None,
        }
        if seen.get("revision") != revision:
            answer["runs"] = [
                [run.name, run.status, run.test_accuracy] for run in self._store.brief()
            ]
        run = self._chosen(str(seen.get("name"))[:100])
        if run is None:
            return answer
        last_point, last_epoch = _count(seen.get("last")), _count(seen.get("epoch"))
        if _part(run) != seen.get("known"):
            last_point = last_epoch = 0
        epochs = self._store.epochs(run.id, last_epoch)
        points = (
            self._store.points_after(run.id, last_point)
            if last_point
            else self._store.points(run.id)
        )
        recent = self._store.points_after(run.id, (points[-1].id if points else last_point) - 60)
        answer["run"] = self._summary(run) | {
            "part": _part(run),
            "continues": self._services.home.can_resume(run.name),
            "drawing": base64.b64encode(run.drawing).decode("ascii") if run.drawing else None,
        }
        answer["progress"] = progress(run, recent)
        answer["epochs"] = [_epoch(epoch) for epoch in epochs]
        answer["points"] = [
            [point.id, _place(point), point.loss, point.accuracy] for point in points
        ]
        answer["probe"] = next((p.probe for p in reversed(recent) if p.probe), None)
        return answer

    def _chosen(self, name: str) -> Run | None:
        try:
            return self._store.run(name)
        except NoSuchRunError:  # none was chosen, or it was deleted
            return self._store.latest()

    def result(self, name: str) -> Json:
        """A run's results on the test images, and the best of the runs tested on the same ones.

        Raises:
            StoreError: there is no such run, or it has no result.
        """
        run = self._store.run(name)
        if run.result is None:
            raise StoreError(f"{run.name} has no result.")
        best = self._store.best(run.data)
        return run.result | {
            "source": described_source(run.result.get("source", "")),
            "best": best and {"name": best.name, "accuracy": best.test_accuracy},
        }

    def compare(self, names: Sequence[str]) -> Json:
        """Curves and settings of some runs.

        Raises:
            StoreError: there is no such run.
            ValueError: too many at once.
        """
        if len(names) > MAX_COMPARED:
            raise ValueError(f"Compare at most {MAX_COMPARED} runs at once.")
        runs = [self._store.run(name) for name in names]
        return {
            "runs": [
                {
                    **self._summary(run),
                    "curve": [_epoch(epoch) for epoch in self._store.epochs(run.id)],
                }
                for run in runs
            ]
        }

    def _summary(self, run: Run) -> Json:
        return summary(run, self._services.home) | {"own": is_own(run, self._access)}


def progress(run: Run, recent: Sequence[Point]) -> Json | None:
    """Progress of a running run.

    Args:
        recent: its last points, oldest first.

    Returns:
        `epoch`, `epochs`, `batch`, `batches`, `share` of the whole run done (0 to 1), `rate`
        (images a second) and seconds `left`; the last two are None where nobody can tell yet.
        None where it is not training.
    """
    if run.status != RUNNING or not recent:
        return None
    settings, last = run.settings, recent[-1]
    epoch, batch = last.epoch, last.batch
    if _is_from_before(run, last) and epoch < settings["epochs"]:
        epoch, batch = epoch + 1, 0  # that epoch is done, whichever batch was reported last
    first = _since_start(run, recent)[-_RATE_POINTS:][0]
    done = (epoch - 1) * last.batches + batch
    total = settings["epochs"] * last.batches
    rate = left = None
    if last.at > first.at:
        batches_a_second = (done - _batches(first)) / (last.at - first.at)
        if batches_a_second > 0:
            rate = batches_a_second * settings["batch_size"]
            left = (total - done) / batches_a_second
    return {
        "epoch": epoch,
        "epochs": settings["epochs"],
        "batch": batch,
        "batches": last.batches,
        "share": done / total,
        "rate": rate,
        "left": left,
    }


def _is_from_before(run: Run, last: Point) -> bool:
    """Whether a run was resumed, and has not told anything yet."""
    return bool(run.earlier_seconds) and last.at < (run.started_at or 0.0)


def _since_start(run: Run, recent: Sequence[Point]) -> list[Point]:
    """The last of those points between which nothing but training happened: neither the pause
    before a resume, nor a change of the clock."""
    kept = [recent[-1]]
    if _is_from_before(run, recent[-1]):
        return kept
    for point in reversed(recent[:-1]):
        was_before = point.at < (run.started_at or 0.0) <= kept[-1].at
        if was_before or point.at > kept[-1].at:
            break
        kept.append(point)
    return kept[::-1]


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def _part(run: Run) -> str:
    """A run and its attempt: one that is resumed repeats some epochs."""
    return f"{run.name} {run.worker[-8:]}"


def _batches(point: Point) -> int:
    """Batches of the whole run that are done at a point."""
    return (point.epoch - 1) * point.batches + point.batch


def _place(point: Point) -> float:
    """Epochs done at a point; half the first one is 0.5."""
    return point.epoch - 1 + point.batch / point.batches


def _epoch(epoch: Epoch) -> Json:
    return {
        "epoch": epoch.epoch,
        "loss": epoch.loss,
        "accuracy": epoch.accuracy,
        "val_loss": epoch.val_loss,
        "val_accuracy": epoch.val_accuracy,
        "seconds": epoch.seconds,
        "partial": epoch.partial,
        "probe": epoch.probe,
    }

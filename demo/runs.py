"""What the page is told of runs and versions, as JSON.

Knows the store's rows; not which tab asked. What a visitor does to them is in `actions`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from demo.web.access import Access
from demo.web.visitor import current_visitor
from model.learning.hyperparameters import Settings
from model.learning.recipes import RECIPES
from model.service.database.connection import StoreError
from model.service.database.schema import QUEUED, RUNNING, Epoch, Point, Run
from model.service.services import Services

Json = dict[str, Any]

MAX_COMPARED = 8
"""Runs whose curves lie over each other: more colours than that nobody tells apart."""
_RATE_POINTS = 12
"""Points from which the rate is taken: the last few seconds."""

SETTING_NAMES = {
    "epochs": "epochs",
    "batch_size": "batch size",
    "learning_rate": "learning rate",
    "optimizer": "optimizer",
    "dropout": "dropout",
    "validation_share": "held out",
    "shift": "shift",
    "rotation": "rotation",
    "seed": "seed",
}
"""What people call the settings; in this order."""


class Runs:
    """Answers what pages ask of runs.

    Args:
        services: where they are kept.
        access: knows what whoever asks may do.
    """

    def __init__(self, services: Services, access: Access) -> None:
        self._services, self._access = services, access
        self._store = services.store

    def watch(self, known: str, last_point: int, last_epoch: int) -> Json:
        """How the run goes that everyone sees, for a page that has seen some of it.

        Args:
            known: the run that the page shows, as `part` named it; of another one it gets all.
            last_point: number of the last point that it has of that run; 0 for none.
            last_epoch: the last epoch that it has of it; 0 for none.

        Raises:
            StoreError: the store does not answer.
        """
        run = self._store.latest()
        live = self._store.live()
        answer: Json = {
            "in_use": self._in_use(),
            "queue": _waiting(live),
            "beside": [],
            "may": self._may(),
            "trouble": self._services.jobs.trouble,
            "run": None,
        }
        if run is None:
            return answer
        answer["beside"] = [r.name for r in live if r.status == RUNNING and r.id != run.id]
        if _part(run) != known:
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

    def result(self, name: str) -> Json:
        """What the test images gave.

        Raises:
            StoreError: there is no such run, or it has no result.
        """
        run = self._store.run(name)
        if run.result is None:
            raise StoreError(f"{run.name} has no result.")
        return run.result

    def listing(self) -> Json:
        """Every run, newest first, the app's own network, and what may be rolled back to."""
        there, before = self._store.previous()
        base = self._services.serving.base
        return {
            "runs": [self._summary(run) for run in self._store.runs()],
            "base": {"version": base.version, "accuracy": base.card.get("test_accuracy")},
            "in_use": self._in_use(),
            "before": (before or base.version) if there else None,
            "queue": _waiting(self._store.live()),
            "may": self._may(),
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

    def _may(self) -> Json:
        """What whoever asks may do: `train`, and `manage` what others have trained."""
        return {"train": self._access.may_train, "manage": current_visitor().is_owner}

    def _in_use(self) -> Json:
        reader = self._services.serving.reader
        return {"version": reader.version, "accuracy": reader.card.get("test_accuracy")}

    def _summary(self, run: Run) -> Json:
        home = self._services.home
        return {
            "name": run.name,
            "recipe": run.recipe,
            "status": run.status,
            "phase": _phase(run),
            "reason": run.reason,
            "origin": run.origin,
            "own": current_visitor().is_owner or self._access.started(run),
            "data": data_words(run.data),
            "epochs": run.settings["epochs"],
            "settings": settings_words(run.settings),
            "differs": differing(run),
            "created": run.created_at,
            "started": run.started_at,
            "seconds": _seconds(run),
            "accuracy": run.test_accuracy,
            "learned": run.learned,
            "damage": home.damage(run.name) if run.learned else "",
            "resumable": run.status in ("interrupted", "failed"),
        }


def progress(run: Run, recent: Sequence[Point]) -> Json | None:
    """Where a running run stands.

    Args:
        recent: its last points, oldest first.

    Returns:
        `epoch`, `epochs`, `batch`, `batches`, `share` of the whole run done (0 to 1), `rate`
        (images a second) and seconds `left`; the last two are None where nobody can tell yet.
        None where it is not training.
    """
    if run.status != RUNNING or not recent:
        return None
    settings, last, first = run.settings, recent[-1], recent[-_RATE_POINTS:][0]
    done = _batches(last)
    total = settings["epochs"] * last.batches
    rate = left = None
    if last.at > first.at:
        batches_a_second = (done - _batches(first)) / (last.at - first.at)
        if batches_a_second > 0:
            rate = batches_a_second * settings["batch_size"]
            left = (total - done) / batches_a_second
    return {
        "epoch": last.epoch,
        "epochs": settings["epochs"],
        "batch": last.batch,
        "batches": last.batches,
        "share": done / total,
        "rate": rate,
        "left": left,
    }


def settings_words(settings: Mapping[str, Any]) -> list[list[str]]:
    """Settings as pairs of a name that people know and a value."""
    return [
        [words, _value(name, settings[name])]
        for name, words in SETTING_NAMES.items()
        if settings.get(name) is not None
    ]


def differing(run: Run) -> list[str]:
    """Names, as people know them, of the settings that are not the recipe's own."""
    recipe = RECIPES.get(run.recipe)
    if recipe is None:
        return []
    own = asdict(recipe.settings())
    known = {field.name for field in fields(Settings)}
    return [
        SETTING_NAMES[name]
        for name, value in run.settings.items()
        if name in known and name in SETTING_NAMES and own[name] != value
    ]


def data_words(data: str) -> str:
    """What a run learns from, in words; of a file its name alone."""
    kind, _, count = data.partition(":")
    if kind == "strokes":
        return f"built-in strokes, {int(count):,}" if count else "built-in strokes"
    return "MNIST" if data == "mnist" else Path(data).name


def unless_known(answer: Json, known: Any) -> Json:
    """An answer with its state; the state alone where that is the one that the page shows."""
    state = hashlib.sha256(json.dumps(answer).encode()).hexdigest()[:16]
    return {"state": state} if state == known else answer | {"state": state}


def _waiting(live: Sequence[Run]) -> list[str]:
    """Names of those that wait, the next one first."""
    return [run.name for run in live if run.status == QUEUED]


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.status == QUEUED:
        return None
    return run.earlier_seconds + max(0.0, (run.ended_at or time.time()) - run.started_at)


def _value(name: str, value: Any) -> str:
    if name == "validation_share":
        return f"{value:.0%}".replace("%", " %")
    unit = {"shift": " px", "rotation": "°"}.get(name, "")
    return (f"{value:g}" if isinstance(value, float) else str(value)) + unit


def _part(run: Run) -> str:
    """Names a run and which part of it goes on: one that is resumed tells some of it again."""
    return f"{run.name} {run.worker[-8:]}"


def _phase(run: Run) -> str:
    is_stopping = (
        run.stop_requested and run.status == RUNNING and run.phase not in ("testing", "saving")
    )
    return "stopping" if is_stopping else run.phase


def _batches(point: Point) -> int:
    """Batches of the whole run that were done at that point."""
    return (point.epoch - 1) * point.batches + point.batch


def _place(point: Point) -> float:
    """Epochs done at that point; the first one's middle is 0.5."""
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

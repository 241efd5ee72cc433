"""A run in a few words and figures, as JSON: what each tab shows of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from demo.web.access import Access
from demo.web.visitor import current_visitor
from model.learning.hyperparameters import Settings
from model.learning.recipes import RECIPES
from model.reading.reader import Reader
from model.service.database.schema import QUEUED, RESUMABLE, RUNNING, Run
from model.service.home import Home
from model.service.services import Services

Json = dict[str, Any]

SETTING_NAMES = {
    "epochs": "epochs",
    "batch_size": "batch size",
    "learning_rate": "learning rate",
    "optimizer": "optimizer",
    "dropout": "dropout",
    "validation_share": "validation split",
    "shift": "shift",
    "rotation": "rotation",
    "seed": "seed",
}
"""Labels of the settings, in the order of the form."""
SYNTHETIC = "synthetic digits"


def rights(access: Access) -> Json:
    """What the visitor may do: `train`, and `manage` all runs and versions."""
    return {"train": access.may_train, "manage": current_visitor().is_owner}


def is_own(run: Run, access: Access) -> bool:
    """Whether the visitor may stop, resume, delete and export that run."""
    return current_visitor().is_owner or access.started(run)


def in_use(services: Services) -> Json:
    """The network that reads everybody's drawings."""
    return network(services.serving.reader)


def network(reader: Reader) -> Json:
    """A network's version, its test accuracy, and what it was tested on."""
    data = reader.card.get("data")
    return {
        "version": reader.version,
        "accuracy": reader.card.get("test_accuracy"),
        "tested_on": described_source(data.get("source", "")) if isinstance(data, dict) else "",
    }


def summary(run: Run, home: Home) -> Json:
    """What every tab shows of a run, whoever the visitor is."""
    return {
        "name": run.name,
        "recipe": run.recipe,
        "status": run.status,
        "phase": _phase(run),
        "reason": run.reason,
        "origin": run.origin,
        "data": describe_data(run),
        "tested_on": _digits(run.data.partition(":")[0]),
        "epochs": run.settings["epochs"],
        "settings": describe_settings(run.settings),
        "differs": changed_settings(run),
        "created": run.created_at,
        "started": run.started_at,
        "seconds": seconds(run),
        "accuracy": run.test_accuracy,
        "learned": run.learned,
        "damage": home.damage(run.name) if run.learned else "",
        "resumable": run.status in RESUMABLE,
    }


def describe_settings(settings: Mapping[str, Any]) -> list[list[str]]:
    """Settings as pairs of a label and a value."""
    return [
        [label, _value(name, settings[name])]
        for name, label in SETTING_NAMES.items()
        if settings.get(name) is not None
    ]


def changed_settings(run: Run) -> list[str]:
    """Labels of the settings that differ from the recipe's own."""
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


def describe_data(run: Run) -> str:
    """The digits that a run learns from; files by their names alone."""
    return " and ".join([_digits(run.data), *(Path(each).name for each in run.drawings)])


def _digits(data: str) -> str:
    kind, _, count = data.partition(":")
    if kind == "strokes":
        return f"{int(count):,} {SYNTHETIC}" if count else SYNTHETIC
    return "MNIST" if data == "mnist" else Path(data).name


def described_source(source: str) -> str:
    """What a model card calls the digits, in the page's words."""
    return SYNTHETIC if source == "built-in strokes" else source


def unless_known(answer: Json, known: Any) -> Json:
    """An answer with its state; the state alone if the page shows that one already."""
    state = hashlib.sha256(json.dumps(answer).encode()).hexdigest()[:16]
    return {"state": state} if state == known else answer | {"state": state}


def seconds(run: Run) -> float | None:
    """How long a run has taken so far, pauses excluded; None before its start."""
    if run.started_at is None or run.status == QUEUED:
        return None
    return run.earlier_seconds + max(0.0, (run.ended_at or time.time()) - run.started_at)


def _value(name: str, value: Any) -> str:
    if name == "validation_share":
        return f"{value:.0%}"
    unit = {"shift": " px", "rotation": "°"}.get(name, "")
    return (f"{value:g}" if isinstance(value, float) else str(value)) + unit


def _phase(run: Run) -> str:
    is_stopping = (
        run.stop_requested and run.status == RUNNING and run.phase not in ("testing", "saving")
    )
    if not is_stopping:
        return run.phase
    return "pausing" if run.pause_requested else "stopping"

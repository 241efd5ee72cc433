"""Runs with networks and checkpoints in a store and a home, without any training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import find
from model.reading.reader import SHIPPED, sha256
from model.service.database.store import Store
from model.service.home import Home

NETWORKS = ("network.keras", "network.tflite")


def write_version(folder: Path) -> None:
    """Makes a model folder of the shipped network."""
    folder.mkdir()
    for name in NETWORKS:
        shutil.copy(SHIPPED / name, folder)
    write_card(folder)


def write_card(folder: Path, **entries: Any) -> None:
    """Writes a card for the networks of a folder."""
    card = json.loads((SHIPPED / "card.json").read_text())
    card |= {"version": folder.name, "files": {name: sha256(folder / name) for name in NETWORKS}}
    (folder / "card.json").write_text(json.dumps(card | entries))


def learned(store: Store, home: Home, recipe: str = "sprint") -> str:
    """Adds a finished run with two epochs, three points and a network; returns its name."""
    run = store.add(
        recipe, find(recipe).settings(), "mnist", origin="page", drawing=bytes(784), worker="w"
    )
    points = [(1.5, BatchEvent(1, batch, 10, 0.25, 0.5)) for batch in (1, 2, 3)]
    epochs = [(2.0, EpochEvent(n, 0.1, 0.9, None, 0.75, 1.0, False)) for n in (1, 2)]
    store.record(run, "training", [*points, *epochs])
    store.finish(run, "finished", result={"accuracy": 0.99, "digits": [{"f1": None}], "ä": "ß"})
    write_version(home.version(run.name))
    return run.name


def cut_off(store: Store, home: Home, status: str = "interrupted") -> str:
    """Adds a run with a complete checkpoint; returns its name."""
    run = store.add("compact", find("compact").settings(), "strokes:60", origin="page", worker="w")
    if status != "running":
        store.finish(run, status, "It was cut off.")
    folder = home.checkpoint(run.name)
    folder.mkdir()
    (folder / "training_metadata.json").write_text('{"epoch": 1, "batch": 0}')
    (folder / "latest.weights.h5").write_bytes(b"weights")
    return run.name

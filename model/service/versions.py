"""The folder of a run's version, checked to be intact."""

from __future__ import annotations

from pathlib import Path

from model.service.database.connection import StoreError
from model.service.database.schema import Run
from model.service.home import Home

FORMATS = ("keras", "tflite", "onnx")
"""File formats of a network; the last one is made on first request."""


def folder_of(run: Run, home: Home) -> Path:
    """The model folder of a run that ended well.

    Raises:
        StoreError: it has none, or its files are missing or damaged.
    """
    if not run.learned:
        raise StoreError(f"{run.name} has no network: it did not end well.")
    if damage := home.damage(run.name):
        raise StoreError(f"{run.name} cannot be used: {damage}.")
    return home.version(run.name)

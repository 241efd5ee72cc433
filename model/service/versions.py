"""A run's version: its folder, once it is known to be whole.

Knows runs and files; not what is done with the network.
"""

from __future__ import annotations

from pathlib import Path

from model.service.database.connection import StoreError
from model.service.database.schema import Run
from model.service.home import Home

FORMATS = ("keras", "tflite", "onnx")
"""A network can be had in these; the last one is made when it is first asked for."""


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

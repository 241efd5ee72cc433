"""About how long a run takes on this machine: from earlier runs, or else from its processor."""

from __future__ import annotations

import os
import statistics
import threading
import time
from typing import Any

import numpy as np

from demo.train.form import MNIST_DIGITS
from model.learning.recipes import RECIPES
from model.service.database.schema import Run
from model.service.database.store import Store

REFERENCE = {
    "classic": 0.25,
    "dropout": 0.22,
    "sigmoid": 0.26,
    "basic": 0.23,
    "compact": 0.07,
    "sprint": 0.10,
    "house": 1.0,
}
"""Milliseconds for each training digit and epoch on two cores of an AMD EPYC, with the recipe's own
settings: only their proportions count once a run has been measured here."""
_PRODUCTS = 0.03
"""Processor seconds of four products of 512x512 matrices on the same machine."""
_CORES = 2
_MAX_CORES = 8
"""That training makes use of: the networks are small."""
START = 6.0
"""Seconds until the first batch, and from the last one to the saved network, on that machine."""
DRAWING = 0.5
"""Milliseconds to generate a digit there."""
MIN_DIGITS = 3_000
"""Epochs over fewer digits are too short to be measured by."""


class Durations:
    """Speeds of the recipes on this machine.

    Args:
        store: knows how long earlier epochs took.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._factor = 0.0

    def speeds(self) -> dict[str, Any]:
        """Seconds of each recipe for a `digit` and epoch, of the `start`, and of `drawing` a digit.

        Raises:
            StoreError: the store does not answer.
        """
        known: dict[str, float] = {}
        for run, seconds in self._store.quickest_epochs():
            digits = _digits(run)
            recipe = RECIPES.get(run.recipe)
            if recipe and digits and run.settings["batch_size"] == recipe.batch_size:
                known.setdefault(run.recipe, seconds / digits)
        factors = [cost / REFERENCE[name] * 1e3 for name, cost in known.items()]
        factor = statistics.median(factors) if factors else self._measured()
        scaled = {name: factor * cost / 1e3 for name, cost in REFERENCE.items()}
        return {
            "digit": scaled | known,
            "start": factor * START,
            "drawing": factor * DRAWING / 1e3,
        }

    def _measured(self) -> float:
        """How many times slower this machine is than the reference, by a short calculation."""
        with self._lock:
            if not self._factor:
                matrix = np.ones((512, 512), np.float32)
                times = []
                for _ in range(3):
                    # Of the processor, not of the clock: what else runs now may be over then.
                    began = time.process_time()
                    for _ in range(4):
                        matrix @ matrix
                    times.append(time.process_time() - began)
                cores = min(_MAX_CORES, os.cpu_count() or 1)
                self._factor = min(times) / _PRODUCTS * _CORES / cores
            return self._factor


def _digits(run: Run) -> int:
    """How many digits a run reads in each epoch; 0 if they are too few, or nobody knows."""
    if run.drawings:
        return 0
    kind, _, count = run.data.partition(":")
    digits = MNIST_DIGITS if run.data == "mnist" or (kind == "strokes" and not count) else 0
    if kind == "strokes" and count:
        digits = int(count)
    return digits if digits >= MIN_DIGITS else 0

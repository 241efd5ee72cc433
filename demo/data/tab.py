"""Data tab: the digits that a network learns from, to look at.

Knows images and labels; numpy only, so nothing here imports what trains.
"""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.actions import Call, answering
from demo.component import Scripted
from demo.runs import Json
from model.learning.data.augmentation import augment
from model.learning.data.datasets import Dataset, is_local, load, local_path
from model.learning.errors import DataError, without_folders
from model.learning.hyperparameters import MAX_ROTATION, MAX_SHIFT

HTML = Path(__file__).parent / "data.html"
SCRIPTS = ("../parts/page", "data")
ON_A_PAGE = 100
VARIANTS = 24
SETS = {"mnist": "mnist", "strokes": "strokes:6000"}
"""What the tab calls a set, and what is loaded: of the strokes a sample, as each is drawn anew."""


def data_tab() -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    DataView(Digits())


class DataView(Scripted):
    """A grid to browse by digit, counts, average digits, and augmentation on one of them."""

    def __init__(self, digits: Digits) -> None:
        first = "mnist" if is_local(local_path()) else "strokes"
        super().__init__(HTML, SCRIPTS, digits.calls(), first=first)


class Digits:
    """The sets that can be looked at, loaded when somebody does."""

    def __init__(self) -> None:
        self._sets: dict[str, Dataset] = {}
        self._lock = threading.Lock()

    def calls(self) -> list[Call]:
        """`overview`, `grid` and `variants`: nothing is changed by them."""

        @answering
        def overview(given: Any) -> Json:
            data = self._load(given)
            counts = np.bincount(data.y_train, minlength=10)
            averages = [
                data.x_train[data.y_train == digit].mean(axis=0) if count else np.zeros((28, 28))
                for digit, count in enumerate(counts)
            ]
            return {
                "source": data.source,
                "train": len(data.x_train),
                "test": len(data.x_test),
                "counts": counts.tolist(),
                "averages": _images(np.rint(averages).astype(np.uint8)),
            }

        @answering
        def grid(given: Any) -> Json:
            data = self._load(_field(given, "set"))
            digit, page = _field(given, "digit"), int(_number(_field(given, "page"), 0, 10_000))
            places = (
                np.arange(len(data.y_train))
                if digit is None
                else np.flatnonzero(data.y_train == _number(digit, 0, 9))
            )
            shown = places[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
            return {
                "places": shown.tolist(),
                "labels": data.y_train[shown].tolist(),
                "images": _images(data.x_train[shown]),
                "pages": -(-len(places) // ON_A_PAGE),
            }

        @answering
        def variants(given: Any) -> Json:
            data = self._load(_field(given, "set"))
            place = _number(_field(given, "place"), 0, len(data.x_train) - 1)
            shift = _number(_field(given, "shift"), 0, MAX_SHIFT)
            rotation = _number(_field(given, "rotation"), 0, MAX_ROTATION)
            many = np.repeat(data.x_train[int(place)][None], VARIANTS, axis=0)
            rng = np.random.default_rng(1)
            return {"images": _images(augment(many, rng, shift=shift, rotation=rotation))}

        return [overview, grid, variants]

    def _load(self, name: Any) -> Dataset:
        """The set of that name.

        Raises:
            ValueError: there is none, or it is not on this machine.
        """
        if not isinstance(name, str) or name not in SETS:
            raise ValueError("There is no set of digits of that name.")
        if name == "mnist" and not is_local(local_path()):
            raise ValueError(
                "MNIST is not on this machine yet: it is downloaded when a run trains on it. "
                "Look at the built-in strokes meanwhile."
            )
        with self._lock:
            if name not in self._sets:
                try:
                    self._sets[name] = load(SETS[name])
                except DataError as error:
                    raise ValueError(without_folders(str(error))) from error
            return self._sets[name]


def _images(images: NDArray[np.uint8]) -> str:
    return base64.b64encode(images.tobytes()).decode("ascii")


def _field(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, dict) else None


def _number(value: Any, low: float, high: float) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"That must be a number from {low:g} to {high:g}.")
    return value

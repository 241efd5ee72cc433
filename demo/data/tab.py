"""Data tab: the digits that a network learns from, to browse."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.actions import Call, reports_problems
from demo.component import BUTTONS, Scripted
from demo.summary import Json
from model.learning.data.augmentation import augment
from model.learning.data.datasets import Dataset, is_local, load, local_path
from model.learning.errors import DataError, without_folders
from model.learning.hyperparameters import MAX_ROTATION, MAX_SHIFT

HTML = Path(__file__).parent / "data.html"
PAGE_SIZE = 100
VARIANTS = 24
SETS = {"mnist": "mnist", "strokes": "strokes:6000"}
"""The tab's names for the sets, and the sets loaded for them: of the strokes a sample."""


def data_tab() -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    DataView(Digits())


class DataView(Scripted):
    """A grid to browse by digit, counts, average digits, and augmentation of one of them."""

    def __init__(self, digits: Digits) -> None:
        first = "mnist" if is_local(local_path()) else "strokes"
        super().__init__(HTML, digits.calls(), [BUTTONS], first=first)


class Digits:
    """The sets of digits, loaded when somebody first opens them."""

    def __init__(self) -> None:
        self._sets: dict[str, Dataset] = {}
        self._overviews: dict[str, Json] = {}
        self._lock = threading.Lock()

    def calls(self) -> list[Call]:
        """`overview`, `grid` and `variants`, which change nothing."""

        @reports_problems
        def overview(payload: Any) -> Json:
            data = self._load(payload)
            if payload not in self._overviews:
                self._overviews[payload] = _overview(data)
            return self._overviews[payload]

        @reports_problems
        def grid(payload: Any) -> Json:
            data = self._load(_field(payload, "set"))
            digit, page = _field(payload, "digit"), int(_number(_field(payload, "page"), 0, 10_000))
            places = (
                np.arange(len(data.y_train))
                if digit is None
                else np.flatnonzero(data.y_train == _number(digit, 0, 9))
            )
            shown = places[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
            return {
                "places": shown.tolist(),
                "labels": data.y_train[shown].tolist(),
                "images": _images(data.x_train[shown]),
                "pages": -(-len(places) // PAGE_SIZE),
            }

        @reports_problems
        def variants(payload: Any) -> Json:
            data = self._load(_field(payload, "set"))
            place = _number(_field(payload, "place"), 0, len(data.x_train) - 1)
            shift = _number(_field(payload, "shift"), 0, MAX_SHIFT)
            rotation = _number(_field(payload, "rotation"), 0, MAX_ROTATION)
            copies = np.repeat(data.x_train[int(place)][None], VARIANTS, axis=0)
            rng = np.random.default_rng(1)
            return {"images": _images(augment(copies, rng, shift=shift, rotation=rotation))}

        return [overview, grid, variants]

    def _load(self, name: Any) -> Dataset:
        """The set of that name.

        Raises:
            ValueError: an unknown set, or one that is not on this machine.
        """
        if not isinstance(name, str) or name not in SETS:
            raise ValueError("Unknown set of digits.")
        if name == "mnist" and not is_local(local_path()):
            raise ValueError(
                "MNIST is not on this machine yet: it is downloaded when a run trains on it. "
                "Until then, browse the built-in strokes."
            )
        with self._lock:
            if name not in self._sets:
                try:
                    self._sets[name] = load(SETS[name])
                except DataError as error:
                    raise ValueError(without_folders(str(error))) from error
            return self._sets[name]


def _overview(data: Dataset) -> Json:
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


def _images(images: NDArray[np.uint8]) -> str:
    return base64.b64encode(images.tobytes()).decode("ascii")


def _field(payload: Any, name: str) -> Any:
    return payload.get(name) if isinstance(payload, dict) else None


def _number(value: Any, low: float, high: float) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"Not a number from {low:g} to {high:g}.")
    return value

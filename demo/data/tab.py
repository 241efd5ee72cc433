"""Data tab: the digits that a network learns from, to browse."""

from __future__ import annotations

import base64
import io
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray
from PIL import Image

from demo.actions import Call, reports_problems
from demo.component import BUTTONS, Scripted
from demo.summary import Json
from model.learning.data.augmentation import augment
from model.learning.data.datasets import Dataset, is_local, load, local_path
from model.learning.data.handwriting import draw_digits
from model.learning.errors import DataError, without_folders
from model.learning.hyperparameters import MAX_ROTATION, MAX_SHIFT

HTML = Path(__file__).parent / "data.html"
PAGE_SIZE = 100
VARIANTS = 24
SETS = ("mnist", "strokes")
"""The tab's names for the sets."""
FIRST_SYNTHETIC, SYNTHETIC = 300, 6000
"""Digits of the synthetic sample: what is shown at once, in a quarter of a second, and in all."""


def data_tab() -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    DataView(Digits())


class DataView(Scripted):
    """A grid to browse by digit, counts, average digits, and augmentation of one of them."""

    def __init__(self, digits: Digits) -> None:
        first = "mnist" if is_local(local_path()) else "strokes"
        super().__init__(HTML, digits.calls(), [BUTTONS], first=first)


class Digits:
    """The sets of digits, loaded when somebody first opens them; of the synthetic ones a sample."""

    def __init__(self) -> None:
        self._sets: dict[str, Dataset] = {}
        self._overviews: dict[tuple[str, int], Json] = {}
        self._lock = threading.Lock()

    def calls(self) -> list[Call]:
        """`overview`, `grid` and `variants`, which change nothing."""

        @reports_problems
        def overview(payload: Any) -> Json:
            data = self._load(payload)
            key = (payload, len(data.x_train))
            if key not in self._overviews:
                more = payload == "strokes" and len(data.x_train) < SYNTHETIC
                self._overviews[key] = _overview(data) | {"more": more}
            return self._overviews[key]

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
                "images": _strip(data.x_train[shown]),
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
            return {"images": _strip(augment(copies, rng, shift=shift, rotation=rotation))}

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
                "Until then, browse the synthetic digits."
            )
        with self._lock:
            if name not in self._sets:
                try:
                    self._sets[name] = load(name) if name == "mnist" else self._begin_synthetic()
                except DataError as error:
                    raise ValueError(without_folders(str(error))) from error
            return self._sets[name]

    def _begin_synthetic(self) -> Dataset:
        """The first digits of the sample; the others join them when they are drawn."""
        seeds = SeedSequence(0).spawn(2)
        images, labels = draw_digits(FIRST_SYNTHETIC, seeds[0], processes=1)
        first = Dataset(images, labels, images[:0], labels[:0], source="synthetic", sha256="")

        def draw_others() -> None:
            more, their_labels = draw_digits(SYNTHETIC - FIRST_SYNTHETIC, seeds[1])
            self._sets["strokes"] = replace(
                first,
                x_train=np.concatenate([images, more]),
                y_train=np.concatenate([labels, their_labels]),
            )

        threading.Thread(target=draw_others, daemon=True).start()
        return first


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
        "averages": _strip(np.rint(averages).astype(np.uint8)),
    }


def _strip(images: NDArray[np.uint8]) -> str:
    """(n, 28, 28) images below each other as one PNG, in base64; "" if there are none."""
    if not len(images):
        return ""
    png = io.BytesIO()
    Image.fromarray(images.reshape(-1, 28)).save(png, "png")
    return base64.b64encode(png.getvalue()).decode("ascii")


def _field(payload: Any, name: str) -> Any:
    return payload.get(name) if isinstance(payload, dict) else None


def _number(value: Any, low: float, high: float) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"Not a number from {low:g} to {high:g}.")
    return value

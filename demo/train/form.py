"""The Train tab's form: its fields and their limits, and checks of what a browser sends back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np

from model.learning.data.datasets import MIN_STROKES, STROKES, is_local, local_path
from model.learning.hyperparameters import (
    MAX_DROPOUT,
    MAX_EPOCHS,
    MAX_ROTATION,
    MAX_SEED,
    MAX_SHIFT,
    OPTIMIZERS,
)
from model.learning.layers import INPUT_SHAPE, rows
from model.learning.recipe import Recipe, parameters
from model.learning.recipes import RECIPES, find
from model.reading import ink
from model.service.drawing_files import DrawingFile

MAX_STROKES = 120_000
"""Of this form: a minute's drawing."""
MAX_BATCH = 1_024
"""Of this form: a larger batch takes over a second, and so would stopping."""
MNIST_DIGITS = 60_000
FIRST_RECIPE = "sprint"
"""The form's default: it has learned before anybody loses patience."""


class FieldError(ValueError):
    """A field's value cannot be used; the message is what is said beside it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Field:
    """A number on the form."""

    name: str
    label: str
    low: float
    high: float
    """Limits, both allowed."""
    whole: bool
    meaning: str
    """For somebody who reads the word for the first time."""
    step: float = 1

    def sentence(self, value: Any) -> str:
        """What is wrong with a value; empty if nothing is."""
        if not _is_number(value) or (self.whole and value != int(value)):
            kind = "a whole number" if self.whole else "a number"
            return f"{self.label} must be {kind} between {self._limits}."
        if not self.low <= value <= self.high:
            return f"{self.label} must be between {self._limits}."
        return ""

    @property
    def _limits(self) -> str:
        return " and ".join(
            f"{end:,}" if isinstance(end, int) else f"{end:f}".rstrip("0").rstrip(".")
            for end in (self.low, self.high)
        )


COUNT = Field(
    "count",
    "Digits",
    MIN_STROKES,
    MAX_STROKES,
    True,
    "How many digits to generate: more take longer, and teach more.",
)
FIELDS = (
    Field(
        "epochs",
        "Epochs",
        1,
        MAX_EPOCHS,
        True,
        "One epoch: the network has seen every training digit once. More epochs are more practice.",
    ),
    Field(
        "batch_size",
        "Batch size",
        1,
        MAX_BATCH,
        True,
        "How many digits the network looks at before it adjusts itself once.",
    ),
    Field(
        "learning_rate",
        "Learning rate",
        1e-6,
        10,
        False,
        "How far the network moves at each adjustment: too little and it learns slowly, too much "
        "and it overshoots.",
        0.0001,
    ),
    Field(
        "seed",
        "Seed",
        0,
        MAX_SEED,
        True,
        "Where the random numbers begin: the same seed repeats a run, another one varies it.",
    ),
    Field(
        "dropout",
        "Dropout",
        0,
        MAX_DROPOUT,
        False,
        "Share of the network's signals that is switched off at random while it learns, so that "
        "it relies on none of them alone.",
        0.05,
    ),
    Field(
        "validation_share",
        "Validation split",
        0,
        0.9,
        False,
        "Share of the training digits that is kept aside. After each epoch the network is tested "
        "on them: they show whether it has understood or only memorised.",
        0.05,
    ),
    Field(
        "shift",
        "Shift, in pixels",
        0,
        MAX_SHIFT,
        False,
        "Training digits are moved by up to so many pixels, differently in each epoch.",
        0.5,
    ),
    Field(
        "rotation",
        "Rotation, in degrees",
        0,
        MAX_ROTATION,
        False,
        "Training digits are turned by up to so many degrees, differently in each epoch.",
        1,
    ),
)
OPTIMIZER_MEANING = "The rule by which the network adjusts itself after each batch."


def described(max_epochs: int | None) -> dict[str, Any]:
    """All that the form shows, as JSON, but for durations.

    Args:
        max_epochs: that the visitor may train for; None where only the form's own limit counts.
    """
    names = sorted(RECIPES, key=lambda name: (name != FIRST_RECIPE, name == "house"))
    return {
        "recipes": [_described(RECIPES[name]) for name in names],
        "fields": [asdict(field) for field in _fields(max_epochs)],
        "count": asdict(COUNT) | {"value": STROKES},
        "optimizers": list(OPTIMIZERS),
        "optimizer_meaning": OPTIMIZER_MEANING,
        "mnist": {"digits": MNIST_DIGITS, "is_here": is_local(local_path())},
        "first": {"recipe": FIRST_RECIPE, "digits": default_data()},
    }


def _described(recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "purpose": recipe.purpose,
        "description": recipe.description,
        "values": default_values(recipe),
        "has_dropout": recipe.dropout is not None,
        "learns_non_digits": recipe.learns_non_digits,
        "images_per_digit": 1.0 if recipe.mix is None else 1.0 + sum(astuple(recipe.mix)),
        "parameters": parameters(recipe),
        "layers": [["input", INPUT_SHAPE, 0]]
        + [[row.words, row.shape, row.parameters] for row in rows(recipe.layers)],
    }


def _fields(max_epochs: int | None) -> list[Field]:
    epochs, *others = FIELDS
    return [Field(**asdict(epochs) | {"high": min(MAX_EPOCHS, max_epochs or MAX_EPOCHS)}), *others]


def default_values(recipe: Recipe) -> dict[str, Any]:
    """The recipe's own settings, for the fields."""
    return asdict(recipe.settings()) | {"dropout": recipe.dropout or 0.0}


def default_data() -> str:
    """Which digits the form has chosen at first."""
    return "mnist" if is_local(local_path()) else "strokes"


def checked_settings(
    recipe_name: str, values: Any, max_epochs: int | None = None
) -> dict[str, Any]:
    """The form's values as `Settings` takes them, without those that the recipe does not use.

    Args:
        recipe_name: a recipe's.
        values: of the fields, any JSON.
        max_epochs: that the visitor may train for, see `described`.

    Raises:
        FieldError: an empty field, or a value beyond this form's limits.
        ValueError: an unknown recipe.
    """
    if recipe_name not in RECIPES:
        raise ValueError("Choose a recipe.")
    recipe = find(recipe_name)
    values = values if isinstance(values, dict) else {}
    settings: dict[str, Any] = {}
    for field in _fields(max_epochs):
        if field.name == "dropout" and recipe.dropout is None:
            continue
        value = values.get(field.name)
        if sentence := field.sentence(value):
            raise FieldError(field.name, sentence)
        settings[field.name] = int(value) if field.whole else float(value)
    if values.get("optimizer") not in OPTIMIZERS:
        raise FieldError("optimizer", f"Optimizer must be one of {', '.join(OPTIMIZERS)}.")
    return settings | {"optimizer": values["optimizer"]}


def checked_data(digits: Any, count: Any) -> str:
    """The store's name for the chosen digits.

    Raises:
        FieldError: too few or too many digits to generate.
        ValueError: nothing chosen.
    """
    if digits == "mnist":
        return "mnist"
    if digits != "strokes":
        raise ValueError("Choose the digits to learn from.")
    if sentence := COUNT.sentence(count):
        raise FieldError("count", sentence)
    return f"strokes:{int(count)}"


def described_drawings(files: Sequence[DrawingFile]) -> list[dict[str, Any]]:
    """The files of drawings that the form offers, as JSON."""
    return [
        {
            "name": file.name,
            "digits": file.count.digits,
            "others": file.count.others,
            "images": file.count.images,
            "problem": file.problem,
        }
        for file in files
    ]


def checked_drawings(names: Any, files: Sequence[DrawingFile]) -> list[str]:
    """Names of the chosen files of drawings.

    Args:
        names: any JSON.
        files: that there are.

    Raises:
        ValueError: a chosen file is not there, or cannot be used.
    """
    chosen = names if isinstance(names, list) else []
    usable = [file.name for file in files if not file.problem]
    if any(name not in usable for name in chosen):
        raise ValueError("A file of drawings is not there any more: reload the page.")
    return [name for name in usable if name in chosen]


def drawing_levels(strokes: Any) -> bytes | None:
    """784 grey levels, 0 to 255, of the drawing on the visitor's pad; None if it is empty.

    Args:
        strokes: JSON text, see `ink.from_strokes`.
    """
    try:
        image = ink.from_strokes(json.loads(strokes))
    except (ValueError, TypeError, RecursionError, ink.InkError):
        return None
    return np.rint(image * 255).astype(np.uint8).tobytes() if image.any() else None


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)

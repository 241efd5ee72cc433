"""The Train tab's form: its fields, their defaults, and checks of what a browser sends back."""

from __future__ import annotations

import json
import math
from typing import Any

import gradio as gr
import numpy as np

from demo.summary import SETTING_NAMES
from model.learning.data.datasets import MIN_STROKES, is_local, local_path
from model.learning.hyperparameters import MAX_DROPOUT, MAX_ROTATION, MAX_SHIFT, OPTIMIZERS
from model.learning.recipe import Recipe
from model.learning.recipes import find
from model.reading import ink

MAX_STROKES = 120_000
"""Of this form: a minute's drawing."""
MAX_BATCH = 1_024
"""Of this form: a larger batch takes over a second, and so would stopping."""
FIRST_RECIPE = "sprint"
"""The form's default: it has learned before anybody loses patience."""

DATA = [("MNIST: 60,000 handwritten digits", "mnist"), ("Built-in strokes: drawn here", "strokes")]
NO_MNIST = (
    "MNIST is not on this machine: it is downloaded (11 MB) when training starts. "
    "Without a network, train on the built-in strokes."
)

Fields = dict[str, gr.components.Component]


def setting_fields() -> Fields:
    """Lays out a field for each setting; those that few people change are folded away.

    Returns:
        The fields by setting, in the order of `SETTING_NAMES`.
    """
    fields: Fields = {}
    with gr.Row():
        fields["epochs"] = gr.Number(label="Epochs", precision=0, min_width=90)
        fields["batch_size"] = gr.Number(label="Batch size", precision=0, min_width=90)
        fields["learning_rate"] = gr.Number(label="Learning rate", step=0.0001, min_width=90)
    with gr.Accordion("More: optimizer, dropout, validation, augmentation", open=False):
        with gr.Row():
            fields["optimizer"] = gr.Dropdown(
                list(OPTIMIZERS), label="Optimizer", filterable=False, min_width=160
            )
            fields["seed"] = gr.Number(label="Seed", precision=0, min_width=160)
        with gr.Row():
            fields["dropout"] = _slider("Dropout", MAX_DROPOUT, 0.05)
            fields["validation_share"] = _slider("Share held out to validate", 0.9, 0.05)
        with gr.Row():
            fields["shift"] = _slider("Shift, in pixels", MAX_SHIFT, 0.5)
            fields["rotation"] = _slider("Rotation, in degrees", MAX_ROTATION, 1)
    return {setting: fields[setting] for setting in SETTING_NAMES}


def _slider(label: str, maximum: float, step: float) -> gr.Slider:
    return gr.Slider(0, maximum, step=step, label=label, min_width=160)


def default_values(recipe: Recipe) -> dict[str, Any]:
    """The recipe's own settings, for the fields."""
    settings = recipe.settings()
    values = {name: getattr(settings, name) for name in SETTING_NAMES}
    return values | {"dropout": recipe.dropout or 0.0}


def default_data() -> str:
    """Which digits the form has chosen at first."""
    return "mnist" if is_local(local_path()) else "strokes"


def checked_settings(recipe_name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as `Settings` takes them, without those that the recipe does not use.

    Args:
        recipe_name: a recipe's.
        values: of the fields, any JSON.

    Raises:
        ValueError: an unknown recipe, an empty field, or a batch larger than this form allows.
    """
    if find(recipe_name).dropout is None:
        values = {name: value for name, value in values.items() if name != "dropout"}
    for setting, value in values.items():
        is_valid = isinstance(value, str) if setting == "optimizer" else _is_number(value)
        if not is_valid:
            raise ValueError(f"Give a value for {SETTING_NAMES[setting]}.")
    whole = ("epochs", "batch_size", "seed")
    settings = {
        setting: value if setting == "optimizer" else (int if setting in whole else float)(value)
        for setting, value in values.items()
    }
    if settings["batch_size"] > MAX_BATCH:
        raise ValueError(f"Batch size must be 1 to {MAX_BATCH:,} here.")
    return settings


def checked_data(digits: Any, count: Any) -> str:
    """The store's name for the chosen digits.

    Raises:
        ValueError: nothing chosen, or too few or too many digits to draw.
    """
    if digits == "mnist":
        return "mnist"
    if digits != "strokes":
        raise ValueError("Choose the digits to learn from.")
    if not _is_number(count) or not MIN_STROKES <= count <= MAX_STROKES:
        raise ValueError(f"Draw {MIN_STROKES} to {MAX_STROKES:,} digits.")
    return f"strokes:{int(count)}"


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

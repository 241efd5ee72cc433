"""The Train tab's form: what a browser sends back, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from demo.summary import SETTING_NAMES
from demo.train.form import (
    MAX_BATCH,
    MAX_STROKES,
    checked_data,
    checked_settings,
    default_values,
    drawing_levels,
)
from model.learning.data.datasets import MIN_STROKES
from model.learning.recipes import RECIPES, find


def test_every_recipe_passes_its_own_check_with_values_of_the_right_type() -> None:
    for name, recipe in RECIPES.items():
        # As JSON has them: a slider at 1.0 sends 1.
        values = {
            setting: int(value) if isinstance(value, float) and value.is_integer() else value
            for setting, value in default_values(recipe).items()
        }
        settings = checked_settings(name, values | {"learning_rate": 1})
        assert type(settings["learning_rate"]) is float, name
        assert type(settings["epochs"]) is int, name
        assert ("dropout" in settings) is (recipe.dropout is not None), name
        assert find(name).settings(**settings).learning_rate == 1, name


def test_a_field_without_a_value_is_named() -> None:
    values = default_values(find("compact"))
    not_values: list[Any] = [None, "", "7", True, [], {}, float("inf"), float("nan")]
    for setting in set(values) - {"dropout", "optimizer"}:
        for value in not_values:
            with pytest.raises(ValueError, match=f"Give a value for {SETTING_NAMES[setting]}"):
                checked_settings("compact", values | {setting: value})
    for value in (None, 7, []):
        with pytest.raises(ValueError, match="Give a value for optimizer"):
            checked_settings("compact", values | {"optimizer": value})
    with pytest.raises(ValueError, match="Batch size must be 1 to 1,024 here"):
        checked_settings("compact", values | {"batch_size": MAX_BATCH + 1})


def test_digits_to_learn_from() -> None:
    assert checked_data("mnist", None) == "mnist"
    assert checked_data("strokes", MIN_STROKES) == f"strokes:{MIN_STROKES}"
    counts: list[Any] = [None, "7", MIN_STROKES - 1, MAX_STROKES + 1, float("nan"), float("inf")]
    for count in counts:
        with pytest.raises(ValueError, match="Draw 60 to 120,000 digits"):
            checked_data("strokes", count)
    unknown: list[Any] = [None, "letters", []]
    for digits in unknown:
        with pytest.raises(ValueError, match="Choose the digits to learn from"):
            checked_data(digits, 1000)


def test_the_drawing_on_the_pad() -> None:
    levels = drawing_levels("[[[100, 100], [100, 900]]]")
    assert levels is not None
    assert (len(levels), max(levels)) == (784, 255)
    for nothing in (None, "", "[]", "[[]]", "{", "7", "[" * 100_000, '[["a"]]'):
        assert drawing_levels(nothing) is None, nothing

"""The recipes as data: the sources' table, settings and their limits."""

from __future__ import annotations

import math
import reprlib
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from model.learning.hyperparameters import Settings
from model.learning.layers import Layer
from model.learning.recipe import parameters
from model.learning.recipes import RECIPES, SOURCES, find
from tests.support.tables import case

ROOT = Path(__file__).parents[3]


def test_there_are_the_five_of_the_sources() -> None:
    assert SOURCES == ("classic", "dropout", "sigmoid", "basic", "compact")
    assert tuple(RECIPES)[:5] == SOURCES
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_each_is_fitted_as_its_source_says() -> None:
    for name, epochs, batch_size, validation_share in (
        ("classic", 5, 32, 0.0),
        ("dropout", 10, 32, 0.3),
        ("sigmoid", 5, 32, 0.0),
        ("basic", 5, 32, 0.0),
        ("compact", 10, 100, 0.0),
    ):
        with case(name):
            settings = find(name).settings()
            assert (settings.epochs, settings.batch_size) == (epochs, batch_size)
            assert settings.validation_share == validation_share
            assert settings.learning_rate == 0.001


def test_each_is_compiled_as_its_source_says() -> None:
    for name, loss, one_hot, scaling, output in (
        ("classic", "categorical_crossentropy", True, "min-max", "softmax"),
        ("dropout", "categorical_crossentropy", True, "divide by 255", "softmax"),
        ("sigmoid", "sparse_categorical_crossentropy", False, "divide by 255", "sigmoid"),
        ("basic", "sparse_categorical_crossentropy", False, "divide by 255", "softmax"),
        ("compact", "categorical_crossentropy", True, "divide by 255", "softmax"),
    ):
        with case(name):
            recipe = find(name)
            assert (recipe.loss, recipe.one_hot) == (loss, one_hot)
            assert (recipe.scaling, recipe.output) == (scaling, output)
            assert (recipe.optimizer, recipe.metrics) == ("adam", ("accuracy",))


def test_what_the_source_leaves_open_is_called_our_choice() -> None:
    for name in ("classic", "sigmoid", "basic"):
        with case(name):
            assert "our choice" in find(name).description


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'resnet'; choose one of classic, dropout, sigmoid"):
        find("resnet")


def test_chosen_settings_replace_the_recipes_own_and_none_does_not() -> None:
    settings = find("dropout").settings(epochs=2, batch_size=None, validation_share=0.0, seed=7)
    assert settings == Settings(epochs=2, batch_size=32, validation_share=0.0, seed=7, dropout=0.3)
    assert settings.learning_rate == 0.001


OUT_OF_RANGE = [
    *[("epochs", value, "between 1 and 1,000") for value in (0, 1001)],
    *[("batch_size", value, "between 1 and 4,096") for value in (0, 4097)],
    *[
        ("learning_rate", value, "a finite number above 0")
        for value in (0.0, -1.0, math.nan, math.inf, 10**400)
    ],
    *[("validation_share", value, "at least 0 and below 1") for value in (-0.1, 1.0, math.nan)],
    ("optimizer", "lion", "one of adam, adamw, nadam, rmsprop, sgd"),
    *[("dropout", value, "between 0 and 0.9") for value in (-0.1, 0.95)],
    *[("shift", value, "between 0 and 6 pixels") for value in (-1.0, 6.5)],
    *[("rotation", value, "between 0 and 45 degrees") for value in (46.0, math.nan)],
    *[("seed", value, "between 0 and 4,294,967,295") for value in (-1, 2**32)],
]


def test_settings_out_of_range_are_refused_with_the_rule_and_the_value() -> None:
    for setting, value, rule in OUT_OF_RANGE:
        with pytest.raises(ValueError, match="must be") as refusal:
            find("dropout").settings(**{setting: value})
        expected = f"{setting.replace('_', ' ')} must be {rule}, received {reprlib.repr(value)}"
        assert str(refusal.value) == expected, setting


def test_a_learning_rate_may_be_a_whole_number() -> None:
    settings = find("basic").settings(learning_rate=1)
    assert settings.learning_rate == 1.0
    assert isinstance(settings.learning_rate, float)


def test_dropout_for_a_network_without_it_is_refused() -> None:
    with pytest.raises(ValueError, match=r"basic has no dropout layer, received dropout 0\.5"):
        find("basic").settings(dropout=0.5)


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        find("basic").epochs = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        RECIPES["basic"] = find("classic")  # type: ignore[index]


def test_a_layer_whose_parameters_are_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="'LSTM'"):
        parameters(replace(find("basic"), layers=(Layer("LSTM", {}),)))


def test_recipes_events_and_errors_load_without_keras() -> None:
    code = "import sys, model.learning.recipes, model.learning.events, model.learning.errors"
    command = [sys.executable, "-c", f"{code}\nprint(*sys.modules)"]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    loaded = {name.split(".")[0] for name in out.split()}
    assert not loaded & {"keras", "tensorflow", "sklearn", "matplotlib", "scipy"}

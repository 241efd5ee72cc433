"""The recipes as data: the sources' table, settings and their limits."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from model.learning.hyperparameters import Settings
from model.learning.layers import Layer
from model.learning.recipes import RECIPES, SOURCES, find, parameters

ROOT = Path(__file__).parents[3]


def test_there_are_the_five_of_the_sources() -> None:
    assert SOURCES == ("classic", "dropout", "sigmoid", "basic", "compact")
    assert tuple(RECIPES)[:5] == SOURCES
    assert all(recipe.name == name for name, recipe in RECIPES.items())


@pytest.mark.parametrize(
    ("name", "epochs", "batch_size", "validation_share"),
    [
        ("classic", 5, 32, 0.0),
        ("dropout", 10, 32, 0.3),
        ("sigmoid", 5, 32, 0.0),
        ("basic", 5, 32, 0.0),
        ("compact", 10, 100, 0.0),
    ],
)
def test_each_is_fitted_as_its_source_says(
    name: str, epochs: int, batch_size: int, validation_share: float
) -> None:
    settings = find(name).settings()
    assert (settings.epochs, settings.batch_size) == (epochs, batch_size)
    assert settings.validation_share == validation_share
    assert settings.learning_rate == 0.001


@pytest.mark.parametrize(
    ("name", "loss", "one_hot", "scaling", "output"),
    [
        ("classic", "categorical_crossentropy", True, "min-max", "softmax"),
        ("dropout", "categorical_crossentropy", True, "divide by 255", "softmax"),
        ("sigmoid", "sparse_categorical_crossentropy", False, "divide by 255", "sigmoid"),
        ("basic", "sparse_categorical_crossentropy", False, "divide by 255", "softmax"),
        ("compact", "categorical_crossentropy", True, "divide by 255", "softmax"),
    ],
)
def test_each_is_compiled_as_its_source_says(
    name: str, loss: str, one_hot: bool, scaling: str, output: str
) -> None:
    recipe = find(name)
    assert (recipe.loss, recipe.one_hot) == (loss, one_hot)
    assert (recipe.scaling, recipe.output) == (scaling, output)
    assert (recipe.optimizer, recipe.metrics) == ("adam", ("accuracy",))


@pytest.mark.parametrize("name", ["classic", "sigmoid", "basic"])
def test_what_the_source_leaves_open_is_called_our_choice(name: str) -> None:
    assert "our choice" in find(name).description


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'resnet'; there are classic, dropout, sigmoid, basic"):
        find("resnet")


def test_chosen_settings_replace_the_recipes_own_and_none_does_not() -> None:
    settings = find("dropout").settings(epochs=2, batch_size=None, validation_share=0.0, seed=7)
    assert settings == Settings(epochs=2, batch_size=32, validation_share=0.0, seed=7, dropout=0.3)
    assert settings.learning_rate == 0.001


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("epochs", 0),
        ("epochs", 1001),
        ("batch_size", 0),
        ("batch_size", 4097),
        ("learning_rate", 0.0),
        ("learning_rate", -1.0),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("validation_share", -0.1),
        ("validation_share", 1.0),
        ("validation_share", math.nan),
        ("optimizer", "lion"),
        ("dropout", -0.1),
        ("dropout", 0.95),
        ("shift", -1.0),
        ("shift", 6.5),
        ("rotation", 46.0),
        ("rotation", math.nan),
        ("seed", -1),
        ("seed", 2**32),
    ],
)
def test_settings_that_cannot_be_trained_with_are_refused_and_shown(
    setting: str, value: float | str
) -> None:
    with pytest.raises(ValueError, match=setting.replace("_", " ") + f" must be .*{value!r}"):
        find("dropout").settings(**{setting: value})


def test_dropout_for_a_network_without_it_is_refused() -> None:
    with pytest.raises(ValueError, match=r"basic has no dropout layer, received 0\.5"):
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

"""The networks as Keras has them, layer by layer against the sources' table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model.learning.layers import rows
from model.learning.network import Scaling, build, fit_scaling, one_cycle
from model.learning.recipe import parameters
from model.learning.recipes import RECIPES, SOURCES, find

POOL = ("MaxPooling2D", (2, 2), (2, 2))
FLATTEN = ("Flatten",)


def conv(filters: int, padding: str = "valid") -> tuple[Any, ...]:
    return ("Conv2D", filters, (3, 3), (1, 1), padding, "relu")


TABLE: dict[str, list[tuple[Any, ...]]] = {
    "classic": [
        *(conv(32), POOL, conv(64), POOL, FLATTEN),
        *(("Dense", 128, "relu"), ("Dense", 10, "softmax")),
    ],
    "dropout": [
        *(conv(32), POOL, conv(64), POOL, FLATTEN),
        *(("Dropout", 0.3), ("Dense", 10, "softmax")),
    ],
    "sigmoid": [
        *(conv(32), POOL, conv(64), POOL, FLATTEN),
        *(("Dense", 128, "relu"), ("Dense", 10, "sigmoid")),
    ],
    "basic": [conv(32), POOL, FLATTEN, ("Dense", 128, "relu"), ("Dense", 10, "softmax")],
    "compact": [conv(6, "same"), POOL, FLATTEN, ("Dense", 128, "relu"), ("Dense", 10, "softmax")],
}
LOSS = {
    "classic": "categorical_crossentropy",
    "dropout": "categorical_crossentropy",
    "sigmoid": "sparse_categorical_crossentropy",
    "basic": "sparse_categorical_crossentropy",
    "compact": "categorical_crossentropy",
}


def described(layer: keras.layers.Layer) -> tuple[Any, ...]:
    kind = type(layer).__name__
    if kind == "Conv2D":
        activation = layer.activation.__name__
        return (kind, layer.filters, layer.kernel_size, layer.strides, layer.padding, activation)
    if kind == "MaxPooling2D":
        return (kind, layer.pool_size, layer.strides)
    if kind == "Dense":
        return (kind, layer.units, layer.activation.__name__)
    if kind == "Dropout":
        return (kind, layer.rate)
    return (kind,)


def built(name: str) -> keras.Model:
    return build(find(name), Scaling(1 / 255, 0.0), find(name).settings(), steps=1)


def test_layers_are_the_tables_behind_a_reshape_and_a_scaling() -> None:
    before = [("Reshape",), ("Rescaling",)]
    for name in SOURCES:
        assert [described(layer) for layer in built(name).layers] == before + TABLE[name], name


def test_it_is_compiled_as_the_table_says() -> None:
    for name in SOURCES:
        compiled = built(name).get_compile_config()
        assert compiled["loss"] == LOSS[name], name
        assert compiled["metrics"] == ["accuracy"], name
        assert compiled["optimizer"]["class_name"] == "Adam", name


def test_the_learning_rate_is_the_one_given() -> None:
    settings = find("basic").settings(learning_rate=0.0125)
    network = build(find("basic"), Scaling(1 / 255, 0.0), settings, steps=1)
    assert float(network.optimizer.learning_rate) == pytest.approx(0.0125)


def test_parameters_and_shapes_counted_without_keras_are_kerass() -> None:
    for name in RECIPES:
        network = built(name)
        assert parameters(find(name)) == network.count_params(), name
        shapes = [layer.output.shape[1:] for layer in network.layers[2:]]
        assert [row.shape for row in rows(find(name).layers)] == shapes, name


def test_one_cycle_rises_in_a_quarter_of_the_steps_and_falls_to_nothing() -> None:
    rate = one_cycle(peak=0.01, steps=100)
    rates = [float(rate(step)) for step in range(101)]
    assert rates.index(max(rates)) == 25
    assert max(rates) == pytest.approx(0.01)
    assert rates[0] == pytest.approx(0.001)
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[:26] == sorted(rates[:26])
    assert rates[25:] == sorted(rates[25:], reverse=True)


def test_a_chosen_dropout_replaces_the_recipes_own() -> None:
    recipe = find("dropout")
    network = build(recipe, Scaling(1.0, 0.0), recipe.settings(dropout=0.5), steps=1)
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.5]


def test_a_saved_network_needs_nothing_but_keras(tmp_path: Path) -> None:
    built("sprint").save(tmp_path / "network.keras")  # the one with a schedule
    path = str(tmp_path / "network.keras")
    code = f"import gc; gc.disable(); import keras; keras.models.load_model({path!r})"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_pooling_with_same_padding_keeps_fourteen_by_fourteen() -> None:
    network = built("compact")
    assert network.layers[3].output.shape == (None, 14, 14, 6)


def test_dividing_by_255_ignores_the_images() -> None:
    faint = np.full((3, 28, 28), 7, np.uint8)
    assert fit_scaling(find("dropout"), faint) == Scaling(1 / 255, 0.0)


def test_min_max_takes_the_training_pixels_to_zero_and_one() -> None:
    images = np.random.default_rng(1).integers(20, 180, (1500, 28, 28)).astype(np.uint8)
    images[1400, 0, 0] = 10  # the extremes, in the second lot of images given to the scaler
    images[1401, 5, 5] = 210
    scaling = fit_scaling(find("classic"), images)
    assert 10 * scaling.scale + scaling.offset == pytest.approx(0, abs=1e-9)
    assert 210 * scaling.scale + scaling.offset == pytest.approx(1)


def test_scaling_is_inside_and_survives_saving(tmp_path: Path) -> None:
    scaling = Scaling(1 / 190.5, -0.0525)
    network = build(find("classic"), scaling, find("classic").settings(), steps=1)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
    layer = loaded.layers[1]
    assert (layer.scale, layer.offset) == (scaling.scale, scaling.offset)
    grey = np.random.default_rng(2).integers(0, 256, (5, 28, 28)).astype(np.float32)
    scaled = build(find("classic"), Scaling(1.0, 0.0), find("classic").settings(), steps=1)
    scaled.set_weights(loaded.get_weights())
    assert np.allclose(
        loaded.predict(grey, verbose=0),
        scaled.predict(grey * scaling.scale + scaling.offset, verbose=0),
        atol=1e-6,
    )


def test_a_recipe_with_another_optimizer_gets_it() -> None:
    network = build(
        find("basic"), Scaling(1.0, 0.0), find("basic").settings(optimizer="sgd"), steps=1
    )
    assert type(network.optimizer).__name__ == "SGD"

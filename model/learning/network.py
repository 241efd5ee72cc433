"""A recipe -> a compiled Keras model that takes MNIST's grey levels and scales them itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler

from model.learning.hyperparameters import Settings
from model.learning.layers import Layer
from model.learning.recipe import Recipe

_CHUNK = 1_000
"""Images scaled at once: the scaler copies them to float64, eight times their size."""

_UP = 0.25
"""Share of the steps in which a one-cycle schedule rises."""


@dataclass(frozen=True)
class Scaling:
    """Grey levels to the network's range: `grey * scale + offset`."""

    scale: float
    offset: float


def fit_scaling(recipe: Recipe, images: NDArray[np.uint8]) -> Scaling:
    """The scaling of the recipe.

    MinMaxScaler has one feature here, the channel: after the reshape to (28, 28, 1) that is the
    last axis. A feature for each of the 784 pixels would multiply ink by 255 at the 67 pixels
    where MNIST has none, and gains nothing elsewhere (docs/LOG.md).

    Args:
        recipe: says how to scale.
        images: (n, 28, 28) uint8, the training images, 0 to 255.
    """
    if recipe.scaling == "divide by 255":
        return Scaling(1 / 255, 0.0)
    scaler = MinMaxScaler()
    for start in range(0, len(images), _CHUNK):
        scaler.partial_fit(images[start : start + _CHUNK].reshape(-1, 1))
    return Scaling(float(scaler.scale_[0]), float(scaler.min_[0]))


def build(recipe: Recipe, scaling: Scaling, settings: Settings, steps: int) -> keras.Model:
    """A network with fresh weights, compiled by the recipe.

    Its input is (n, 28, 28) float32, grey levels 0 to 255, and scaling is its second layer: a
    saved network cannot be served with the wrong one.

    Args:
        recipe: layers, loss, metrics and schedule.
        scaling: of its second layer.
        settings: source of the optimizer, learning rate and dropout.
        steps: batches of the whole run, the length of a schedule.

    Returns:
        A model whose output is (n, 10) or (n, 11) float32 in [0, 1].
    """
    network = keras.Sequential(
        [
            keras.Input((28, 28), dtype="float32", name="grey_levels"),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Rescaling(scaling.scale, scaling.offset),
            *(_layer(layer, settings) for layer in recipe.layers),
        ],
        name=recipe.name,
    )
    rate: Any = settings.learning_rate
    if recipe.schedule == "one-cycle":
        rate = one_cycle(settings.learning_rate, steps)
    config = {"learning_rate": rate}
    if recipe.weight_decay is not None:
        config["weight_decay"] = recipe.weight_decay
    network.compile(
        optimizer=keras.optimizers.get({"class_name": settings.optimizer, "config": config}),
        loss=recipe.loss,
        metrics=list(recipe.metrics),
    )
    # Or the first batch would create them, and Keras would trace its step once more: 0.3 s.
    network.optimizer.build(network.trainable_variables)
    return network


def one_cycle(peak: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Rises linearly, then falls to 0 along a cosine (Smith 2018, arXiv:1803.09820).

    Args:
        peak: the highest learning rate.
        steps: batches of the whole run; beyond them the rate stays at 0.
    """
    rising = max(1, round(_UP * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 10,
        warmup_target=peak,
        warmup_steps=rising,
        decay_steps=max(1, steps - rising),
    )


def _layer(layer: Layer, settings: Settings) -> keras.layers.Layer:
    arguments = dict(layer.settings)
    if layer.kind == "Dropout" and settings.dropout is not None:
        arguments["rate"] = settings.dropout
    return getattr(keras.layers, layer.kind)(**arguments)

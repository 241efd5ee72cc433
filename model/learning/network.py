"""A recipe -> a compiled Keras model that takes MNIST's own grey levels.

Knows layers and scaling; knows neither where images come from nor how long one trains.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler

from model.learning.recipes import Recipe

_CHUNK = 1_000
"""Images given to the scaler at once: it copies them to float64, eight times their size."""


@dataclass(frozen=True)
class Scaling:
    """Grey levels to the network's range: `grey * scale + offset`."""

    scale: float
    offset: float


def fit_scaling(recipe: Recipe, images: NDArray[np.uint8]) -> Scaling:
    """The scaling that the recipe asks for.

    MinMaxScaler has one feature here, the channel: after the reshape to (28, 28, 1) that is the
    last axis. A feature for each of the 784 places would count ink 255-fold at the 67 places
    where MNIST has none, and gains nothing elsewhere (docs/LOG.md).

    Args:
        images: (n, 28, 28) uint8, the images trained on, 0 to 255.
    """
    if recipe.scaling == "divide by 255":
        return Scaling(1 / 255, 0.0)
    scaler = MinMaxScaler()
    for start in range(0, len(images), _CHUNK):
        scaler.partial_fit(images[start : start + _CHUNK].reshape(-1, 1))
    return Scaling(float(scaler.scale_[0]), float(scaler.min_[0]))


def build(recipe: Recipe, scaling: Scaling, learning_rate: float) -> keras.Model:
    """A network with fresh weights, compiled as the recipe says.

    Its input is (n, 28, 28) float32, grey levels 0 to 255, and scaling is its second layer: a
    saved network cannot be served with another one.

    Args:
        learning_rate: the optimizer's step size.

    Returns:
        A model whose output is (n, 10) float32 in [0, 1].
    """
    network = keras.Sequential(
        [
            keras.Input((28, 28), dtype="float32", name="grey_levels"),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Rescaling(scaling.scale, scaling.offset),
            *(getattr(keras.layers, layer.kind)(**layer.settings) for layer in recipe.layers),
        ],
        name=recipe.name,
    )
    network.compile(
        optimizer=keras.optimizers.get(
            {"class_name": recipe.optimizer, "config": {"learning_rate": learning_rate}}
        ),
        loss=recipe.loss,
        metrics=list(recipe.metrics),
    )
    return network

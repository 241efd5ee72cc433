"""Batch normalisation's means and variances, taken anew once a network has learned.

While it learns they follow images that are changed; what is read later is not. Knows layers and
images; not where these come from.
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

_BATCH = 1_000
"""Images; each batch counts alike."""
_BATCHES = 12
"""Twice as many change no reading; these take a few seconds."""


def renormalise(network: keras.Model, images: NDArray[np.uint8], rng: Generator) -> None:
    """Lets each layer normalise by the mean and variance that it meets in these images.

    Args:
        network: takes grey levels; its weights stay as they are.
        images: (n, 28, 28) uint8, n at least 1; some of them, taken at random, stand for all.
        rng: where the choice comes from.
    """
    layers = [
        layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    momenta = [layer.momentum for layer in layers]
    chosen = rng.permutation(len(images))[: _BATCH * _BATCHES]
    for number, start in enumerate(range(0, len(chosen), _BATCH)):
        for layer in layers:
            layer.momentum = number / (number + 1)  # the mean of all batches so far
        batch = images[np.sort(chosen[start : start + _BATCH])]
        network(batch.astype(np.float32), training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum

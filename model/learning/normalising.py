"""Recalibrates batch normalisation: statistics measured again on plain images after training.

During training they follow augmented images; images that are read later are not augmented.
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

_BATCH = 1_000
"""Images."""
_BATCHES = 12
"""Twice as many change no reading; these take a few seconds."""


def recalibrate_batch_norm(network: keras.Model, images: NDArray[np.uint8], rng: Generator) -> None:
    """Replaces each layer's moving mean and variance by those of a random sample of the images.

    Args:
        network: takes grey levels; its other weights stay unchanged.
        images: (n, 28, 28) uint8, n at least 1.
        rng: selects the sample.
    """
    layers = [
        layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    momenta = [layer.momentum for layer in layers]
    sample = rng.permutation(len(images))[: _BATCH * _BATCHES]
    for number, start in enumerate(range(0, len(sample), _BATCH)):
        for layer in layers:
            layer.momentum = number / (number + 1)  # makes a running mean of all batches so far
        batch = images[np.sort(sample[start : start + _BATCH])]
        network(batch.astype(np.float32), training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum

"""Training images in batches for Keras, shuffled and augmented anew in each epoch."""

from __future__ import annotations

import math

import keras
import numpy as np
from numpy.typing import NDArray

from model.learning.data.augmentation import augment_in_blocks
from model.learning.hyperparameters import Settings, Warp


class Augmented(keras.utils.PyDataset):
    """The training images in batches, shuffled and augmented anew in each epoch.

    Args:
        images: (n, 28, 28) uint8.
        labels: (n,) or (n, 10), as the loss takes them.
        settings: source of the batch size, augmentation and seed.
        warp: the recipe's own further augmentation.
        anneal_share: share of the epochs, the last ones, in which augmentation fades; 0 to 1.
        anneal_floor: share of the augmentation left at the end; 0 to 1.
        epochs_done: epochs of an earlier part of the run.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray,
        settings: Settings,
        warp: Warp | None = None,
        *,
        anneal_share: float = 0.0,
        anneal_floor: float = 0.0,
        epochs_done: int = 0,
    ) -> None:
        super().__init__()
        self._images, self._labels, self._settings = images, labels, settings
        self._warp = warp
        self._anneal_share, self._anneal_floor = anneal_share, anneal_floor
        self._epoch = epochs_done
        self._rng = np.random.default_rng(settings.seed)
        self._order = self._rng.permutation(len(images))

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._settings.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray]:
        size = self._settings.batch_size
        batch = self._order[index * size : (index + 1) * size]
        strength = self.strength()
        images = augment_in_blocks(
            self._images[batch],
            self._rng,
            shift=strength * self._settings.shift,
            rotation=strength * self._settings.rotation,
            warp=self._warp and self._warp.scaled(strength),
        )
        return images, self._labels[batch]

    def strength(self) -> float:
        """Share of the augmentation in this epoch: 1, then falling in equal steps to the floor."""
        if not self._anneal_share:
            return 1.0
        left = self._settings.epochs - self._epoch
        fading = min(1.0, left / (self._anneal_share * self._settings.epochs + 1))
        return self._anneal_floor + (1 - self._anneal_floor) * fading

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._rng.permutation(len(self._images))

"""Training images as Keras asks for them: shuffled, and changed anew in each epoch.

Knows order and amounts; what is done to an image is in `augmentation`.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from numpy.typing import NDArray

from model.learning.data.augmentation import in_blocks
from model.learning.hyperparameters import Settings, Warp


class Augmented(keras.utils.PyDataset):
    """The training images in batches, shuffled and augmented anew in each epoch.

    Args:
        images: (n, 28, 28) uint8.
        labels: (n,) or (n, 10), as the loss takes them.
        settings: batch size, augmentation and seed are taken from here.
        warp: more augmentation, of the recipe's own.
        calm: share of the epochs, the last ones, in which all of it fades.
        calmest: part of it that is left at their end.
        done: epochs of an earlier part of the run.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray,
        settings: Settings,
        warp: Warp | None = None,
        *,
        calm: float = 0.0,
        calmest: float = 0.0,
        done: int = 0,
    ) -> None:
        super().__init__()
        self._images, self._labels, self._settings = images, labels, settings
        self._warp, self._calm, self._calmest = warp, calm, calmest
        self._epoch = done
        self._rng = np.random.default_rng(settings.seed)
        self._order = self._rng.permutation(len(images))

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._settings.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray]:
        size = self._settings.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        part = self.part()
        images = in_blocks(
            self._images[chosen],
            self._rng,
            shift=part * self._settings.shift,
            rotation=part * self._settings.rotation,
            warp=self._warp and self._warp.weaker(part),
        )
        return images, self._labels[chosen]

    def part(self) -> float:
        """Of all changes, what is left in this epoch: 1, or in calm epochs less in equal steps."""
        if not self._calm:
            return 1.0
        left = self._settings.epochs - self._epoch
        fading = min(1.0, left / (self._calm * self._settings.epochs + 1))
        return self._calmest + (1 - self._calmest) * fading

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._rng.permutation(len(self._images))

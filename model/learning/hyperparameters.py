"""Settings of a training run with their valid ranges, and a recipe's augmentation and mix."""

from __future__ import annotations

import reprlib
import sys
from dataclasses import dataclass

from model.reading.errors import require

MAX_EPOCHS = 1_000
MAX_BATCH = 4_096
"""Images; the first convolution alone takes 350 MB for such a batch."""
MAX_DROPOUT = 0.9
MAX_SEED = 2**32 - 1
MAX_SHIFT = 6.0
"""Pixels: a 20x20 digit is 4 away from each edge."""
MAX_ROTATION = 45.0
"""Degrees: beyond, a 6 is on its way to a 9."""
OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
"""Keras's names."""


@dataclass(frozen=True)
class Settings:
    """Settings of one training run; a recipe has a default for each.

    Raises:
        ValueError: a value is out of range.
    """

    epochs: int
    """Passes over the training images, 1 to 1,000."""
    batch_size: int
    """Images per step, 1 to 4,096."""
    learning_rate: float = 0.001
    """Of the optimizer, or its peak where the recipe has a schedule; Keras's default."""
    validation_share: float = 0.0
    """Share of the training images held out for validation, from 0 to below 1."""
    seed: int = 1
    """Of weights, shuffling, dropout and augmentation; 0 to 2**32 - 1."""
    optimizer: str = "adam"
    """One of `OPTIMIZERS`."""
    dropout: float | None = None
    """Share of inputs that each dropout layer drops, 0 to 0.9; None keeps the recipe's own."""
    shift: float = 0.0
    """Augmentation: the most pixels by which training images are moved, 0 to 6."""
    rotation: float = 0.0
    """Augmentation: the most degrees by which training images are turned, 0 to 45."""

    def __post_init__(self) -> None:
        rules = {
            "epochs": (1 <= self.epochs <= MAX_EPOCHS, f"between 1 and {MAX_EPOCHS:,}"),
            "batch_size": (1 <= self.batch_size <= MAX_BATCH, f"between 1 and {MAX_BATCH:,}"),
            "learning_rate": (
                0 < self.learning_rate <= sys.float_info.max,
                "a finite number above 0",
            ),
            "validation_share": (0 <= self.validation_share < 1, "at least 0 and below 1"),
            "seed": (0 <= self.seed <= MAX_SEED, f"between 0 and {MAX_SEED:,}"),
            "optimizer": (self.optimizer in OPTIMIZERS, f"one of {', '.join(OPTIMIZERS)}"),
            "dropout": (
                self.dropout is None or 0 <= self.dropout <= MAX_DROPOUT,
                f"between 0 and {MAX_DROPOUT}",
            ),
            "shift": (0 <= self.shift <= MAX_SHIFT, f"between 0 and {MAX_SHIFT:g} pixels"),
            "rotation": (
                0 <= self.rotation <= MAX_ROTATION,
                f"between 0 and {MAX_ROTATION:g} degrees",
            ),
        }
        for name, (holds, rule) in rules.items():
            received = reprlib.repr(getattr(self, name))
            require(holds, f"{name.replace('_', ' ')} must be {rule}", received)
        # Keras accepts no whole number here.
        object.__setattr__(self, "learning_rate", float(self.learning_rate))


@dataclass(frozen=True)
class Warp:
    """Limits of further augmentation; each amount is drawn uniformly for each image."""

    slant: float
    """Pixels sideways per pixel up, either way."""
    stretch: float
    """Natural logarithm of the factor, either way; width and height are drawn separately."""
    elastic_coarse: float
    """Pixels, largest standard deviation: displacements over half a digit, which bend it."""
    elastic_fine: float
    """Pixels, largest standard deviation: displacements along a line, as of a trembling hand."""
    pen: float
    """Share of the images with a wider pen; as many get a thinner one."""

    def scaled(self, strength: float) -> Warp:
        """The same with each amount multiplied by `strength`, from 0 to 1."""
        amounts = (self.slant, self.stretch, self.elastic_coarse, self.elastic_fine, self.pen)
        return Warp(*(strength * amount for amount in amounts))


@dataclass(frozen=True)
class Mix:
    """Images added to a data set, each kind as a share of its number of training digits."""

    strokes: float
    """Digits drawn from built-in strokes."""
    non_digits: float
    """Non-digits drawn from built-in strokes, labelled 10."""
    corrupted: float
    """Non-digits made out of the data set's own digits, labelled 10."""

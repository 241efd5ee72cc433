"""What one training run may choose, and what is a sane choice.

Knows ranges; what a recipe chooses by itself is in `recipes`.
"""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass

MAX_EPOCHS = 1_000
MAX_BATCH = 4_096
"""Images; the first convolution of such a batch alone takes 350 MB."""
MAX_DROPOUT = 0.9
MAX_SHIFT = 6.0
"""Pixels: a digit of 20x20 has 4 to each edge."""
MAX_ROTATION = 45.0
"""Degrees: beyond, a 6 is on its way to a 9."""
OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
"""Keras's names."""


@dataclass(frozen=True)
class Settings:
    """What one training run may choose; a recipe has a default for each.

    Raises:
        ValueError: a value that cannot be trained with.
    """

    epochs: int
    """Passes over the training images, 1 to 1,000."""
    batch_size: int
    """Images per step, 1 to 4,096."""
    learning_rate: float = 0.001
    """The optimizer's step size, or its peak where the recipe has a schedule; Keras's default."""
    validation_share: float = 0.0
    """Share of the training images held out to validate, from 0 to below 1."""
    seed: int = 1
    """Of weights, shuffling, dropout and augmentation; 0 to 2**32 - 1."""
    optimizer: str = "adam"
    """One of `OPTIMIZERS`."""
    dropout: float | None = None
    """Share of inputs that each dropout layer drops, 0 to 0.9; None keeps the recipe's own."""
    shift: float = 0.0
    """Augmentation: each training image is moved by up to so many pixels, 0 to 6."""
    rotation: float = 0.0
    """Augmentation: each training image is turned by up to so many degrees, 0 to 45."""

    def __post_init__(self) -> None:
        _hold(1 <= self.epochs <= MAX_EPOCHS, "epochs must be 1 to 1000", self.epochs)
        _hold(1 <= self.batch_size <= MAX_BATCH, "batch size must be 1 to 4096", self.batch_size)
        _hold(
            0 < self.learning_rate < math.inf,
            "learning rate must be a finite number above 0",
            self.learning_rate,
        )
        _hold(
            0 <= self.validation_share < 1,
            "validation share must be from 0 to below 1",
            self.validation_share,
        )
        _hold(0 <= self.seed < 2**32, "seed must be 0 to 4294967295", self.seed)
        _hold(
            self.optimizer in OPTIMIZERS,
            f"optimizer must be one of {', '.join(OPTIMIZERS)}",
            self.optimizer,
        )
        if self.dropout is not None:
            _hold(0 <= self.dropout <= MAX_DROPOUT, "dropout must be from 0 to 0.9", self.dropout)
        _hold(0 <= self.shift <= MAX_SHIFT, "shift must be from 0 to 6 pixels", self.shift)
        _hold(
            0 <= self.rotation <= MAX_ROTATION,
            "rotation must be from 0 to 45 degrees",
            self.rotation,
        )


@dataclass(frozen=True)
class Warp:
    """How far a training image may stray from how it was written; each amount is drawn evenly."""

    slant: float
    """Pixels sideways for a pixel up, each way."""
    stretch: float
    """Natural logarithm of the factor, each way; across and down are drawn apart."""
    waves: float
    """Pixels, standard deviation at most: the whole digit bent, half of it at a time."""
    shake: float
    """Pixels, standard deviation at most: a line's own tremor."""
    pen: float
    """Share of the images that get a wider pen; as many get a thinner one."""

    def weaker(self, part: float) -> Warp:
        """The same with each amount multiplied by `part`, from 0 to 1."""
        amounts = (self.slant, self.stretch, self.waves, self.shake, self.pen)
        return Warp(*(part * amount for amount in amounts))


@dataclass(frozen=True)
class Mix:
    """What is learned beside the digits that are given, as parts of their number."""

    strokes: float
    """Digits drawn from built-in strokes."""
    junk: float
    """What is no digit, drawn from built-in strokes; it is labelled 10."""
    spoilt: float
    """What is no digit, made out of the given ones; it is labelled 10."""


def _hold(holds: bool, rule: str, received: object) -> None:
    if not holds:
        raise ValueError(f"{rule}, received {reprlib.repr(received)}")

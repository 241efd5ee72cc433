"""What a training run tells while it goes on.

Knows no Keras: another process can receive events without importing it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchEvent:
    """Progress inside an epoch; told a few times a second, not for each batch."""

    epoch: int
    """1 for the first."""
    batch: int
    """Batches of this epoch done so far."""
    batches: int
    """Batches that a full epoch has."""
    loss: float
    """Mean over this epoch's batches so far."""
    accuracy: float
    """Of this epoch's training images so far, in [0, 1]."""
    probe: tuple[float, ...] | None = None
    """What the network says of the drawing that it was given to watch: ten probabilities."""


@dataclass(frozen=True)
class EpochEvent:
    """One epoch's figures."""

    epoch: int
    """1 for the first."""
    loss: float
    """Mean over the epoch's training images."""
    accuracy: float
    """Of the epoch's training images, in [0, 1]; dropout is at work in it."""
    val_loss: float | None
    val_accuracy: float | None
    """Of the images held out, after the epoch, in [0, 1]; None where none are held out."""
    seconds: float
    """Wall time since the epoch began, validation included."""
    partial: bool
    """True where the run was stopped inside the epoch: it saw only some of the images."""
    probe: tuple[float, ...] | None = None
    """What the network says of the drawing that it was given to watch: ten probabilities."""

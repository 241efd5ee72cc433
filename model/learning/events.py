"""Events of a running training, free of Keras so that other processes can receive them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchEvent:
    """Progress within an epoch; sent a few times a second, not for every batch."""

    epoch: int
    """1 for the first."""
    batch: int
    """Batches finished in this epoch."""
    batches: int
    """Batches in a full epoch."""
    loss: float
    """Mean over the images of this epoch's batches since the event before."""
    accuracy: float
    """On the same images, in [0, 1]."""
    probe: tuple[float, ...] | None = None
    """The network's ten probabilities for the run's drawing."""


@dataclass(frozen=True)
class EpochEvent:
    """Results of an epoch."""

    epoch: int
    """1 for the first."""
    loss: float
    """Mean over the epoch's training images."""
    accuracy: float
    """On the epoch's training images with dropout, in [0, 1]."""
    val_loss: float | None
    val_accuracy: float | None
    """On the held-out images after the epoch, in [0, 1]; None without held-out images."""
    seconds: float
    """Wall time of the epoch, validation included."""
    partial: bool
    """Whether the run was stopped within the epoch, before it had seen all images."""
    probe: tuple[float, ...] | None = None
    """The network's ten probabilities for the run's drawing."""

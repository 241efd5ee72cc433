"""Real pen drawings, drawn as images to train on or to calibrate with: what `--drawings` names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from model.learning.data.handwriting import ink, never, pen_width
from model.learning.data.non_digits import LABEL
from model.learning.data.stroke_sets import Drawing, StrokeSet, is_digit

PENS = 2
"""Images of each digit to train on, with as many pens; of a non-digit there is one."""


def split(sets: Sequence[StrokeSet], held_out: float) -> tuple[list[int], list[int]]:
    """Places of the drawings, over all sets, that are trained on and that are held out.

    Those held out are spread evenly, so that every writer and character is among them; letters
    shaped like digits are in neither.

    Args:
        sets: drawings with their labels.
        held_out: share of the drawings, from 0 to below 1.
    """
    shaped = np.concatenate([np.zeros(0, bool), *(each.digit_shaped() for each in sets)])
    usable = np.flatnonzero(~shaped).tolist()
    parts: tuple[list[int], list[int]] = ([], [])
    for i, place in enumerate(usable):
        parts[math.floor((i + 1) * held_out) > math.floor(i * held_out)].append(place)
    return parts


def images_of(
    sets: Sequence[StrokeSet],
    places: Sequence[int],
    rng: Generator,
    *,
    pens: int = PENS,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draws these drawings, each time with a pen of a random width.

    Args:
        sets: drawings with their labels.
        places: which of them, as `split` counts.
        rng: source of the pens' widths.
        pens: images of each digit.
        should_stop: called for each drawing; once it returns True, no more are drawn.

    Returns:
        (n, 28, 28) uint8, 0 (paper) to 255 (ink), and (n,) uint8: 0 to 9, 10 for non-digits.
    """
    drawings: list[Drawing] = [drawing for each in sets for drawing in each.drawings]
    labels = [label for each in sets for label in each.labels]
    images: list[NDArray[np.uint8]] = []
    classes: list[int] = []
    for place in places:
        if should_stop():
            break
        label = class_of(labels[place])
        for _ in range(1 if label == LABEL else pens):
            images.append(ink(drawings[place], pen_width(rng)))
            classes.append(label)
    return np.array(images, np.uint8).reshape(-1, 28, 28), np.array(classes, np.uint8)


@dataclass(frozen=True)
class Count:
    """How many drawings a set has."""

    digits: int
    others: int
    """Drawings of anything else, which teach a network what to refuse."""

    @property
    def images(self) -> int:
        """Images that a recipe for non-digits learns from in an epoch, at most."""
        return PENS * self.digits + self.others


def count(labels: Sequence[str]) -> Count:
    """How many digits and other drawings have these labels."""
    digits = sum(class_of(label) < LABEL for label in labels)
    return Count(digits, len(labels) - digits)


def class_of(label: str) -> int:
    """0 to 9 for a digit's label, 10 for any other."""
    return int(label) if is_digit(label) else LABEL

"""Adds drawn digits in other styles, and non-digits, to the training digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.data.corrupting import corrupt
from model.learning.data.handwriting import draw_digits, never
from model.learning.data.non_digits import LABEL, draw_non_digits
from model.learning.hyperparameters import Mix

_KEY = 31
"""Keeps these random streams apart from those of `datasets.drawn`, which are tested with."""


def mixed(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    mix: Mix,
    seed: int,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The training digits, followed by what the mix adds.

    Args:
        images: (n, 28, 28) uint8, 0 (paper) to 255 (ink).
        labels: (n,) uint8, 0 to 9.
        mix: how much of each kind to add.
        seed: the same seed gives the same images.
        should_stop: called several times a second while drawing; once it returns True, nothing
            more is added.

    Returns:
        (m, 28, 28) uint8 and (m,) uint8, 0 to 9 for digits and 10 for non-digits.
    """
    shares = (mix.strokes, mix.non_digits, mix.corrupted)
    digit_count, other_count, corrupted_count = (round(share * len(images)) for share in shares)
    for_digits, for_others, for_corrupted = SeedSequence(seed, spawn_key=(_KEY,)).spawn(3)
    drawn, drawn_labels = draw_digits(digit_count, for_digits, should_stop=should_stop)
    others, _ = draw_non_digits(other_count, for_others, should_stop=should_stop)
    if should_stop():
        corrupted_count = 0
    corrupted = corrupt(images, labels, corrupted_count, np.random.default_rng(for_corrupted))
    non_digit_labels = np.full(len(others) + len(corrupted), LABEL, np.uint8)
    return (
        np.concatenate([images, drawn, others, corrupted]),
        np.concatenate([labels, drawn_labels, non_digit_labels]),
    )

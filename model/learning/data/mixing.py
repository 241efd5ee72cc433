"""Adds to the digits that are given what they lack: other styles, and what is no digit.

Knows where each part comes from; not who learns from it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.data.corrupting import spoil
from model.learning.data.handwriting import draw_digits, never
from model.learning.data.non_digits import LABEL, draw_junk
from model.learning.hyperparameters import Mix

_KEY = 31
"""Keeps these streams of chance apart from those of `handwriting.dataset`, which one tests with."""


def mixed(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    mix: Mix,
    seed: int,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The given digits and, after them, what the mix asks for.

    Args:
        images: (n, 28, 28) uint8, 0 (paper) to 255 (ink).
        labels: (n,) uint8, 0 to 9.
        seed: the same one gives the same images.
        should_stop: asked while they are drawn, several times a second; once it is true, no more
            are added.

    Returns:
        (m, 28, 28) uint8 and (m,) uint8, 0 to 9 and 10 for what is no digit.
    """
    parts = (mix.strokes, mix.junk, mix.spoilt)
    strokes, junk, spoilt = (round(part * len(images)) for part in parts)
    for_strokes, for_junk, for_spoilt = SeedSequence(seed, spawn_key=(_KEY,)).spawn(3)
    drawn, digits = draw_digits(strokes, for_strokes, should_stop=should_stop)
    no_digits, _ = draw_junk(junk, for_junk, should_stop=should_stop)
    spoilt = 0 if should_stop() else spoilt
    turned = spoil(images, labels, spoilt, np.random.default_rng(for_spoilt))
    return (
        np.concatenate([images, drawn, no_digits, turned]),
        np.concatenate([labels, digits, np.full(len(no_digits) + len(turned), LABEL, np.uint8)]),
    )

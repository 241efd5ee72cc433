"""Drawings to measure with where nobody has any: built-in digits, and what is no digit.

Drawn by another chance than anything that is learned from, but in the same styles: who learned
those styles reads these better than other people's hands.
"""

from __future__ import annotations

import numpy as np
from numpy.random import SeedSequence

from model.learning.data.handwriting import strokes
from model.learning.data.non_digits import KINDS, strokes_of
from model.learning.data.stroke_sets import StrokeSet

_KEY = 33
"""Keeps these streams of chance apart from those of `mixing` and `held_out`."""

DIGITS = 2_000
OF_A_KIND = 50
"""Drawings of each kind of what is no digit."""
PICTURES = 200
"""Drawn digits that are also made in other ways, which takes most of the time."""

NAME = "built-in strokes"


def digits(count: int = DIGITS) -> StrokeSet:
    """Drawn digits, each of the ten as often as the others; the same ones each time."""
    rng = np.random.default_rng(SeedSequence(1, spawn_key=(_KEY,)))
    labels = [i % 10 for i in range(count)]
    return StrokeSet(
        NAME,
        tuple(strokes(label, rng) for label in labels),
        tuple(map(str, labels)),
    )


def no_digits(of_a_kind: int = OF_A_KIND) -> StrokeSet:
    """What is no digit, each kind as often as the others; the same ones each time."""
    rng = np.random.default_rng(SeedSequence(2, spawn_key=(_KEY,)))
    kinds = [kind for kind in KINDS for _ in range(of_a_kind)]
    return StrokeSet(NAME, tuple(strokes_of(kind, rng) for kind in kinds), tuple(kinds))

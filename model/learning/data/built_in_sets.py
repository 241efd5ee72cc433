"""Built-in drawings to measure a network with: digits and non-digits.

Drawn from random streams that no training uses, but in the styles used in training: a network
trained on those styles reads these drawings better than other people's handwriting.
"""

from __future__ import annotations

import numpy as np
from numpy.random import SeedSequence

from model.learning.data.handwriting import strokes
from model.learning.data.non_digits import KINDS, strokes_of
from model.learning.data.stroke_sets import StrokeSet

_KEY = 33
"""Keeps these random streams apart from those of `mixing` and `held_out`."""

DIGITS = 2_000
OF_A_KIND = 50
"""Drawings of each kind of non-digit."""
PICTURES = 200
"""Drawn digits that are also measured perturbed, which takes most of the time."""

NAME = "built-in strokes"


def digits(count: int = DIGITS) -> StrokeSet:
    """The same drawn digits each time, all ten equally often."""
    rng = np.random.default_rng(SeedSequence(1, spawn_key=(_KEY,)))
    labels = [i % 10 for i in range(count)]
    return StrokeSet(
        NAME,
        tuple(strokes(label, rng) for label in labels),
        tuple(map(str, labels)),
    )


def non_digits(of_a_kind: int = OF_A_KIND) -> StrokeSet:
    """The same non-digits each time, all kinds equally often."""
    rng = np.random.default_rng(SeedSequence(2, spawn_key=(_KEY,)))
    kinds = [kind for kind in KINDS for _ in range(of_a_kind)]
    return StrokeSet(NAME, tuple(strokes_of(kind, rng) for kind in kinds), tuple(kinds))

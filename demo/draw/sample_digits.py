"""Ten sample digits in different hands, for the pad to draw."""

from __future__ import annotations

import numpy as np

from model.learning.data.handwriting import strokes

_HANDS = {
    0: ("open at top", 6),
    1: ("flag and foot", 5),
    2: ("with loop", 2),
    3: ("flat-topped", 1),
    4: ("open", 2),
    5: ("two strokes", 2),
    6: ("curled top", 0),
    7: ("serif and crossed", 4),
    8: ("from the right", 5),
    9: ("curved leg", 5),
}
"""Style and seed of each digit; the network that comes with the app is certain of all ten."""
_MARGIN, _SIZE = 200, 600
"""Thousandths of the pad's side."""

Points = list[list[int]]


def sample_digits() -> list[list[Points]]:
    """The strokes of a 0, a 1, ... and a 9: [x, y] in thousandths of the pad's side."""
    drawn = []
    for digit, (style, seed) in _HANDS.items():
        lines = strokes(digit, np.random.default_rng(seed), style)
        # Every other point: the pad paints a curve through them.
        thinned = (np.concatenate([line[:-1:2], line[-1:]]) for line in lines)
        drawn.append([np.rint(_MARGIN + _SIZE * line).astype(int).tolist() for line in thinned])
    return drawn

"""Draws non-digits: letters, signs, scribbles, dots, and digits turned, broken and doubled.

A network trained without any reads a horse as a 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from model.learning.data.handwriting import (
    CHUNK,
    children,
    drawn_in_chunks,
    ink,
    never,
    pen_width,
    squared,
    strokes,
    written,
)
from model.learning.data.non_digit_styles import LETTERS, SIGNS
from model.learning.data.stroke_sets import Drawing
from model.learning.data.stroke_tables import Line, lines_of

LABEL = 10
"""The class of non-digits, after the ten digits."""

QUARTER_TURNED = (2, 3, 4, 5, 6, 8, 9)
UPSIDE_DOWN = (3, 4, 7)
MIRRORED = (3, 4, 6, 7, 9)
"""Digits that this turns into non-digits; others stay what they are, become each other (6 and 9) or
pass for another (a mirrored 2 or 5, a 1 or 7 on its side)."""


def strokes_of(kind: str, rng: Generator) -> Drawing:
    """Draws one non-digit of that kind, each time differently.

    Args:
        kind: a name in `KINDS`.
        rng: the source of all randomness.

    Returns:
        One (n, 2) float64 for each stroke, n > 0, x right and y down, fitted into the unit square.

    Raises:
        ValueError: the kind does not exist.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; received {kind!r}")
    return squared(KINDS[kind](rng))


def draw_non_digits(
    count: int,
    seed: int | SeedSequence,
    *,
    processes: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draws non-digits in random order, each kind as often as `SHARES` says.

    Args:
        count: at least 0.
        seed: the same seed gives the same bytes, whatever the number of processes.
        processes: as in `handwriting.draw_digits`.
        should_stop: as in `handwriting.draw_digits`.

    Returns:
        (count, 28, 28) uint8, 0 (paper) to 255 (ink), and (count,) uint8, the index in `KINDS`;
        fewer of both after a stop.

    Raises:
        ValueError: the count or the seed is negative.
    """
    if count < 0:
        raise ValueError(f"count must be at least 0, received {count}")
    root = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
    order, *seeds = children(root, 1 + -(-count // CHUNK))
    shares = np.array([SHARES[kind] for kind in KINDS])
    upto = np.cumsum(shares / shares.sum())
    kinds = np.searchsorted(upto, (np.arange(count) + 0.5) / max(count, 1)).astype(np.uint8)
    kinds = np.random.default_rng(order).permutation(kinds)
    images = drawn_in_chunks(_images, kinds, seeds, processes, should_stop)
    return images, kinds[: len(images)]


def _images(kinds: NDArray[np.uint8], seed: SeedSequence) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    names = tuple(KINDS)
    return np.stack([ink(strokes_of(names[kind], rng), pen_width(rng)) for kind in kinds])


@cache
def _table(name: str) -> tuple[tuple[Line, ...], ...]:
    return tuple(lines_of(row) for row in {"letters": LETTERS, "signs": SIGNS}[name].values())


def _from_table(name: str, rng: Generator) -> Drawing:
    rows = _table(name)
    return written(rows[rng.integers(len(rows))], rng)


def _letter(rng: Generator) -> Drawing:
    return _from_table("letters", rng)


def _sign(rng: Generator) -> Drawing:
    return _from_table("signs", rng)


def _glyph(rng: Generator) -> Drawing:
    """An invented letter: two to six strokes, bent or on a coarse grid, that often meet."""
    count = int(rng.choice([2, 3, 4, 5, 6], p=[0.24, 0.34, 0.22, 0.12, 0.08]))
    grid, bends = int(rng.integers(3, 6)), rng.random()
    known = np.empty((0, 2))
    rows = []
    for _ in range(count):
        stroke = _bend(rng) if rng.random() < bends else _walk(grid, rng)
        if len(known) and rng.random() < 0.65:
            stroke = stroke + known[rng.integers(len(known))] - stroke[rng.integers(len(stroke))]
        known = np.concatenate([known, stroke])
        rows.append(_row(stroke, 0.0 if len(stroke) > 4 else 0.5, rng))
    return written(lines_of(" | ".join(rows)), rng)


def _walk(grid: int, rng: Generator) -> NDArray[np.float64]:
    """(n, 2): a line between points of a grid with at most three bends."""
    points = rng.integers(0, grid, (rng.integers(2, 5), 2)) / (grid - 1)
    return _without_repeats(points + rng.normal(0, 0.03, points.shape))


def _bend(rng: Generator) -> NDArray[np.float64]:
    """(n, 2): from a quarter of an ellipse to slightly more than a whole one."""
    angles = rng.uniform(0, 2 * np.pi) + rng.choice((-1, 1)) * np.linspace(
        0, rng.uniform(0.5, 2.2) * np.pi, int(rng.integers(5, 8))
    )
    radii = rng.uniform(0.12, 0.5, 2)
    return 0.5 + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _flourish(rng: Generator) -> Drawing:
    """One or two long lines with more turns than any digit."""
    rows = []
    for _ in range(rng.integers(1, 3)):
        turns = np.cumsum(rng.normal(0, 1.3, rng.integers(7, 14)))
        steps = rng.uniform(0.15, 0.6, len(turns))[:, None]
        stroke = np.cumsum(steps * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)
        rows.append(_row(stroke, 0.15, rng))
    return written(lines_of(" | ".join(rows)), rng)


def _scribble(rng: Generator) -> Drawing:
    """Back and forth, round and round, or random."""
    count = int(rng.integers(8, 30))
    way = rng.random()
    if way < 0.4:
        across = np.arange(count) % 2 * rng.uniform(0.4, 1.2) + rng.normal(0, 0.1, count)
        points = np.stack([np.linspace(0, 1, count) + rng.normal(0, 0.04, count), across], axis=1)
    elif way < 0.7:
        angles = np.linspace(0, rng.uniform(5, 10) * np.pi, 2 * count)
        radii = np.linspace(1, rng.uniform(0, 0.6), len(angles))
        radii = radii * (1 + rng.normal(0, 0.08, len(angles)))
        points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points += np.linspace(0, rng.uniform(0, 1), len(angles))[:, None]
    else:
        points = rng.random((count, 2))
    points = points @ _turn(rng.uniform(0, 2 * np.pi))
    return written(lines_of(_row(_without_repeats(points), 0.2, rng)), rng)


def _dots(rng: Generator) -> Drawing:
    """One to nine dots, each hardly longer than the pen is wide."""
    count = rng.integers(1, 10)
    places = np.stack(np.divmod(rng.permutation(16)[:count], 4), axis=1) * (1.0, rng.random())
    middles = (places + rng.normal(0, 0.15, (count, 2))) @ _turn(rng.uniform(0, 2 * np.pi))
    length = 0.03 * np.ptp(middles, axis=0).max()
    return [middle + rng.normal(0, length, (3, 2)) for middle in middles]


def _turned(rng: Generator) -> Drawing:
    if rng.random() < 0.4:
        digit, angle = rng.choice(UPSIDE_DOWN), np.pi
    else:
        digit, angle = rng.choice(QUARTER_TURNED), rng.choice((-1, 1)) * np.pi / 2
    turn = _turn(angle + np.clip(rng.normal(0, 0.15), -0.3, 0.3))
    return [line @ turn for line in strokes(int(digit), rng)]


def _mirrored(rng: Generator) -> Drawing:
    return [line * (-1, 1) for line in strokes(int(rng.choice(MIRRORED)), rng)]


def _broken(rng: Generator) -> Drawing:
    """A digit cut through the middle, its halves shifted along the cut and apart."""
    cut, along = _turn(rng.uniform(0, 2 * np.pi))
    level = rng.normal(0, 0.06)
    slide = rng.uniform(0.45, 0.75) * along + rng.uniform(0.2, 0.4) * cut
    halves: Drawing = []
    for line in strokes(int(rng.integers(10)), rng):
        beyond = (line - 0.5) @ cut > level
        ends = np.flatnonzero(np.diff(beyond)) + 1
        pieces = zip(np.split(line, ends), beyond[np.append(0, ends)], strict=True)
        halves += [piece + slide if moved else piece for piece, moved in pieces]
    return halves


def _doubled(rng: Generator) -> Drawing:
    """Two digits on top of each other, often the same one twice."""
    first = int(rng.integers(2, 10))
    second = first if rng.random() < 0.4 else int(rng.integers(10))
    away = rng.uniform(0.25, 0.5) * _turn(rng.uniform(0, 2 * np.pi))[0]
    return strokes(first, rng) + [line + away for line in strokes(second, rng)]


def _several(rng: Generator) -> Drawing:
    """Two or three digits side by side, sometimes one above the other."""
    drawing: Drawing = []
    axis = 0 if rng.random() < 0.85 else 1
    edge = 0.0
    for _ in range(2 if rng.random() < 0.8 else 3):
        lines = strokes(int(rng.integers(10)), rng)
        everything = np.concatenate(lines)
        low, high = everything.min(axis=0), everything.max(axis=0)
        move = rng.normal(0, 0.08, 2)
        move[axis] = edge - low[axis]
        drawing += [line + move for line in lines]
        edge += high[axis] - low[axis] + rng.uniform(0.02, 0.35)
    return drawing


def _turn(angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, sin], [-sin, cos]])


def _without_repeats(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without repeated points: there is no smooth line between them."""
    apart = np.hypot(*np.diff(points, axis=0).T) > 0.01
    kept = points[np.append(True, apart)]
    return kept if len(kept) > 1 else np.stack([points[0], points[0] + 0.1])


def _row(points: NDArray[np.float64], corners: float, rng: Generator) -> str:
    """One stroke in the notation of tables; that share of its knots are corners."""
    marks = np.where(rng.random(len(points)) < corners, "!", "")
    return " ".join(
        f"{x:.1f},{y:.1f}{mark}" for (x, y), mark in zip(100 * points, marks, strict=True)
    )


KINDS: Mapping[str, Callable[[Generator], Drawing]] = MappingProxyType(
    {
        "letters": _letter,
        "signs": _sign,
        "made-up letters": _glyph,
        "flourishes": _flourish,
        "scribbles": _scribble,
        "dots": _dots,
        "turned digits": _turned,
        "mirrored digits": _mirrored,
        "broken digits": _broken,
        "doubled digits": _doubled,
        "several digits": _several,
    }
)
"""Kinds of non-digits by name."""

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "letters": 0.22,
        "signs": 0.10,
        "made-up letters": 0.28,
        "flourishes": 0.05,
        "scribbles": 0.06,
        "dots": 0.03,
        "turned digits": 0.06,
        "mirrored digits": 0.03,
        "broken digits": 0.05,
        "doubled digits": 0.04,
        "several digits": 0.08,
    }
)
"""Share of each kind in `draw_non_digits`; they sum to 1."""

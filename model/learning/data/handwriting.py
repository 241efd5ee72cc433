"""Draws digits from strokes of its own, in many styles: labelled images made as MNIST was made.

Knows how a hand varies and nothing of who looks at the result: numpy only, the page imports it.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.data.stroke_styles import STYLES
from model.learning.data.stroke_tables import STEP, Line, lines_of
from model.reading.placing import SIDE, place
from model.reading.strokes import draw

CHUNK = 500
"""Digits that share one seed: the unit of work, whatever the number of processes."""

_WORTH_A_PROCESS = 2_500
"""Digits: drawing fewer takes less time than starting a process, about a second."""

_MEDIAN_PEN, _SPREAD_OF_PENS = 2.27, 0.25
"""Pixels of the 28x28, and the standard deviation of its logarithm: with these, 2 * area /
perimeter of drawn digits has the percentiles that it has in MNIST."""


def strokes(digit: int, rng: Generator, style: str | None = None) -> list[NDArray[np.float64]]:
    """Draws one digit as a hand would, each time differently.

    Args:
        digit: 0 to 9.
        rng: where all chance comes from.
        style: a name out of `STYLES[digit]`; any of them, all equally likely, when None.

    Returns:
        One (n, 2) float64 for each stroke, n > 1, x right and y down; in the unit square, whose
        middle is the middle of the digit and whose side is the digit's longer one.

    Raises:
        ValueError: there is no such digit or style.
    """
    if digit not in STYLES:
        raise ValueError(f"digit must be 0 to 9, received {digit!r}")
    names = tuple(STYLES[digit])
    if style is None:
        style = names[rng.integers(len(names))]
    if style not in names:
        raise ValueError(f"style of {digit} must be one of {', '.join(names)}; received {style!r}")
    return written(_lines(digit, style), rng)


def written(lines: Sequence[Line], rng: Generator) -> list[NDArray[np.float64]]:
    """Draws strokes of a table as a hand would, each time differently.

    Args:
        lines: the strokes, as `lines_of` reads them.
        rng: where all chance comes from.

    Returns:
        As `strokes`.
    """
    # How far this hand strays from the table: some write with care, most do not.
    haste = 0.65 * np.exp(np.clip(rng.normal(0, 0.4), -1, 0.75))
    roundness = np.clip(rng.normal(1, 0.2), 0.4, 1.4)
    traced = [_shaken(_traced(line, haste, roundness, rng), haste, rng) for line in lines]
    return squared(_warped(traced, haste, rng))


def pen_width(rng: Generator) -> float:
    """Pixels of the 28x28: as wide as MNIST's pens, and as varied."""
    return float(_MEDIAN_PEN * np.exp(rng.normal(0, _SPREAD_OF_PENS)))


def ink(drawn: Sequence[NDArray[np.float64]], width: float) -> NDArray[np.uint8]:
    """Makes the image that `model.reading.ink` makes of these strokes, with that pen.

    Args:
        drawn: one (n, 2) float64 for each stroke, n > 0, in any one unit.
        width: of the pen, pixels of the 28x28; in (0, 20).

    Returns:
        (28, 28) uint8, 0 (paper) to 255 (ink).
    """
    return np.rint(place(draw(drawn, width)) * 255).astype(np.uint8)


def never() -> bool:
    """Nobody asks to stop."""
    return False


def draw_digits(
    count: int,
    seed: int | SeedSequence,
    *,
    processes: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draws labelled digits in mixed order, each of the ten as often as the others.

    Args:
        count: at least 0; when no multiple of ten, some digits come once more than others.
        seed: the same seed gives the same bytes, whatever the number of processes.
        processes: that draw at once; 1 stays in this one, None takes as many as pay off. A script
            that starts others needs Python's `if __name__ == "__main__":`.
        should_stop: asked after every `CHUNK`; once it is true, no more are drawn.

    Returns:
        (count, 28, 28) uint8, 0 (paper) to 255 (ink), and (count,) uint8, 0 to 9; the first ones
        of these where it was stopped.

    Raises:
        ValueError: the count or the seed is negative, or there is no process to draw with.
    """
    if count < 0:
        raise ValueError(f"count must be at least 0, received {count}")
    if processes is not None and processes < 1:
        raise ValueError(f"processes must be at least 1, received {processes}")
    root = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
    order, *seeds = children(root, 1 + -(-count // CHUNK))
    labels = np.random.default_rng(order).permutation(np.arange(count) % 10).astype(np.uint8)
    images = drawn_in_chunks(_images, labels, seeds, processes, should_stop)
    return images, labels[: len(images)]


def drawn_in_chunks(
    draw_chunk: Callable[[NDArray[np.uint8], SeedSequence], NDArray[np.uint8]],
    labels: NDArray[np.uint8],
    seeds: Sequence[SeedSequence],
    processes: int | None,
    should_stop: Callable[[], bool],
) -> NDArray[np.uint8]:
    """Has images drawn, a chunk at a time, by as many processes as pay off.

    Args:
        draw_chunk: a module's own function, as it goes to other processes: labels and a seed ->
            (n, 28, 28) uint8.
        labels: (count,) uint8, what to draw.
        seeds: one for each chunk of `CHUNK`.
        should_stop: asked before the first chunk and after each.

    Returns:
        (count, 28, 28) uint8, 0 (paper) to 255 (ink); those of the first chunks where it was
        stopped.
    """
    chunks = [labels[i : i + CHUNK] for i in range(0, len(labels), CHUNK)]
    workers = min(_processes(len(labels)) if processes is None else processes, len(chunks))
    parts: list[NDArray[np.uint8]] = [np.empty((0, SIDE, SIDE), np.uint8)]
    if should_stop():
        return parts[0]
    if workers <= 1:
        parts += _until(should_stop, map(draw_chunk, chunks, seeds))
    else:
        with _pool(workers) as pool:
            parts += _until(should_stop, pool.map(draw_chunk, chunks, seeds))
            pool.shutdown(cancel_futures=True)
    return np.concatenate(parts)


def _until(
    should_stop: Callable[[], bool], parts: Iterable[NDArray[np.uint8]]
) -> Iterator[NDArray[np.uint8]]:
    for part in parts:
        yield part
        if should_stop():
            return


def dataset(train: int = 60_000, test: int = 10_000, seed: int = 0) -> Dataset:
    """A data set of drawn digits, as large as MNIST, for a machine that has none.

    Args:
        train, test: how many digits, more than 0; the two come from different streams of chance.
        seed: the same seed gives the same digits.

    Raises:
        ValueError: a count is not above 0.
    """
    if min(train, test) < 1:
        raise ValueError(f"train and test must be above 0, received {train} and {test}")
    for_training, for_testing = SeedSequence(seed).spawn(2)
    arrays = (*draw_digits(train, for_training), *draw_digits(test, for_testing))
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.data)
    return Dataset(*arrays, source="built-in strokes", sha256=digest.hexdigest())


def children(seed: SeedSequence, count: int) -> list[SeedSequence]:
    """What `seed.spawn` gives the first time: asked twice, it would give others."""
    return [
        SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, i), pool_size=seed.pool_size)
        for i in range(count)
    ]


def _processes(count: int) -> int:
    if multiprocessing.current_process().daemon:  # may not start processes of its own
        return 1
    return min(os.cpu_count() or 1, max(1, count // _WORTH_A_PROCESS))


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned: a fork would copy the threads' locks of TensorFlow and of a web server.
    spawning = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=spawning, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Ends this process when the one that started it is killed: it would wait for work for ever."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _images(labels: NDArray[np.uint8], seed: SeedSequence) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return np.stack([ink(strokes(int(label), rng), pen_width(rng)) for label in labels])


@cache
def _lines(digit: int, style: str) -> tuple[Line, ...]:
    return lines_of(STYLES[digit][style])


def _traced(line: Line, haste: float, roundness: float, rng: Generator) -> NDArray[np.float64]:
    """Draws a stroke through knots that are a little off, and ends it early or late."""
    knots = line.knots + rng.normal(0, 0.025 * haste, line.knots.shape)
    middle = knots.mean(axis=0)
    stretch = 1 + rng.normal(0, 0.09 * haste, 2)
    knots = middle + (knots - middle) * stretch + rng.normal(0, 0.03 * haste, 2)
    points = line.chords @ knots + roundness * (line.bulge @ knots)
    return _ended(_ended(points, haste, rng)[::-1], haste, rng)[::-1]


def _ended(points: NDArray[np.float64], haste: float, rng: Generator) -> NDArray[np.float64]:
    """Lets the last point overshoot, or stops before it; a dot stays as it is."""
    beyond = rng.normal(0, 0.05 * haste)
    if len(points) < 6:
        return points
    if beyond < 0:
        return points[: len(points) - min(round(-beyond / STEP), 3)]
    last = points[-1] - points[-2]
    return np.concatenate([points, points[-1:] + last * (beyond / max(np.hypot(*last), 1e-6))])


def _shaken(points: NDArray[np.float64], haste: float, rng: Generator) -> NDArray[np.float64]:
    """Adds the hand's tremor: noise that has lost its fastest part."""
    noise = rng.normal(0, 0.002 * haste * min(rng.exponential(), 3), (len(points) + 2, 2))
    return points + noise[:-2] + 2 * noise[1:-1] + noise[2:]


def _warped(
    lines: list[NDArray[np.float64]], haste: float, rng: Generator
) -> list[NDArray[np.float64]]:
    """Gives all strokes one hand: waves, proportion, width, slant and turn."""
    points = np.concatenate(lines) - 0.5
    waves, phases = rng.uniform(-1, 1, (2, 3)) * 5, rng.uniform(0, 2 * np.pi, 3)
    points = points + np.sin(points @ waves + phases) @ rng.normal(0, 0.03 * haste, (3, 2))
    x, y = points.T
    waist, taper, bow = rng.normal(0, (0.25, 0.35, 0.15)) * haste
    y = y + waist * (0.25 - y * y)
    x = x * (1 + taper * y) + bow * y * y
    x = x * np.exp(rng.normal(0, 0.2)) - y * np.clip(rng.normal(0.12, 0.2), -0.45, 0.65)
    turn = rng.normal(0, 0.07)
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)
    return np.split(turned, np.cumsum([len(line) for line in lines])[:-1])


def squared(lines: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Fits strokes into the unit square, the longer side from edge to edge, in the middle."""
    everything = np.concatenate(lines)
    low, high = everything.min(axis=0), everything.max(axis=0)
    middle, side = (low + high) / 2, (high - low).max() or 1.0
    # Rounding must not carry a point over the edge.
    return [np.clip((line - middle) / side + 0.5, 0, 1) for line in lines]

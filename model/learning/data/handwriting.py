"""Draws labelled digits from built-in strokes in many styles, each time as another hand would.

Imports only numpy, as the page uses it too.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from model.learning.data.stroke_styles import STYLES
from model.learning.data.stroke_tables import STEP, Line, lines_of
from model.reading.placing import SIDE
from model.reading.strokes import render

CHUNK = 500
"""Digits per seed: the unit of work, whatever the number of processes."""

_WORTH_A_PROCESS = 2_500
"""Digits: drawing fewer takes less time than starting a process, which takes about a second."""

_MEDIAN_PEN, _SPREAD_OF_PENS = 2.27, 0.25
"""Pixels of the 28x28, and the standard deviation of the logarithm: with these, the percentiles of
2 * area / perimeter are those of MNIST."""


def strokes(digit: int, rng: Generator, style: str | None = None) -> list[NDArray[np.float64]]:
    """Draws one digit as a hand would, each time differently.

    Args:
        digit: 0 to 9.
        rng: the source of all randomness.
        style: a name in `STYLES[digit]`; when None, any of them with equal probability.

    Returns:
        One (n, 2) float64 for each stroke, n > 1, x right and y down; centred in the unit square,
        the longer side from edge to edge.

    Raises:
        ValueError: the digit or the style does not exist.
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
        lines: the strokes, as returned by `lines_of`.
        rng: the source of all randomness.

    Returns:
        Strokes as those of `strokes`.
    """
    # How far this hand strays from the table: some people write carefully, most do not.
    haste = 0.65 * np.exp(np.clip(rng.normal(0, 0.4), -1, 0.75))
    roundness = np.clip(rng.normal(1, 0.2), 0.4, 1.4)
    traced = [_trembling(_traced(line, haste, roundness, rng), haste, rng) for line in lines]
    return squared(_deformed(traced, haste, rng))


def pen_width(rng: Generator) -> float:
    """A random pen width in pixels of the 28x28, distributed like MNIST's."""
    return float(_MEDIAN_PEN * np.exp(rng.normal(0, _SPREAD_OF_PENS)))


def ink(drawn: Sequence[NDArray[np.float64]], width: float) -> NDArray[np.uint8]:
    """Draws strokes with a pen of that width, as `model.reading.ink` does with its own.

    Args:
        drawn: one (n, 2) float64 for each stroke, n > 0, in any unit.
        width: pen width in pixels of the 28x28; in (0, 20).

    Returns:
        (28, 28) uint8, 0 (paper) to 255 (ink).
    """
    return np.rint(render(drawn, width) * 255).astype(np.uint8)


def never() -> bool:
    """The default `should_stop`: never stop."""
    return False


def draw_digits(
    count: int,
    seed: int | SeedSequence,
    *,
    processes: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draws labelled digits in random order, all ten equally often.

    Args:
        count: at least 0; where it is not a multiple of ten, some digits come once more.
        seed: the same seed gives the same bytes, whatever the number of processes.
        processes: how many to draw with; 1 uses only this one, None as many as pay off. A script
            that uses several needs Python's `if __name__ == "__main__":`.
        should_stop: called after every `CHUNK`; once it returns True, no more are drawn.

    Returns:
        (count, 28, 28) uint8, 0 (paper) to 255 (ink), and (count,) uint8, 0 to 9; fewer of both
        after a stop.

    Raises:
        ValueError: the count or the seed is negative, or the number of processes is below 1.
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
    """Draws images chunk by chunk, in several processes where they pay off.

    Args:
        draw_chunk: labels and a seed -> (n, 28, 28) uint8; a module-level function, so that it can
            be sent to other processes.
        labels: (count,) uint8, what to draw.
        seeds: one for each chunk of `CHUNK`.
        processes: how many to draw with; as many as pay off when None.
        should_stop: called before the first chunk and after each.

    Returns:
        (count, 28, 28) uint8, 0 (paper) to 255 (ink); only the first chunks after a stop.
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


def children(seed: SeedSequence, count: int) -> list[SeedSequence]:
    """The result of the first `seed.spawn(count)`; a second call would return others."""
    return [
        SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, i), pool_size=seed.pool_size)
        for i in range(count)
    ]


def _processes(count: int) -> int:
    if multiprocessing.current_process().daemon:  # which must not start processes
        return 1
    return min(os.cpu_count() or 1, max(1, count // _WORTH_A_PROCESS))


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned: a fork would copy locks held by threads of TensorFlow and of a web server.
    spawning = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=spawning, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Ends this process when its parent is killed; it would wait for work forever."""

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
    """A stroke through slightly displaced knots that ends early or late."""
    knots = line.knots + rng.normal(0, 0.025 * haste, line.knots.shape)
    middle = knots.mean(axis=0)
    stretch = 1 + rng.normal(0, 0.09 * haste, 2)
    knots = middle + (knots - middle) * stretch + rng.normal(0, 0.03 * haste, 2)
    points = line.chords @ knots + roundness * (line.bulge @ knots)
    return _ended(_ended(points, haste, rng)[::-1], haste, rng)[::-1]


def _ended(points: NDArray[np.float64], haste: float, rng: Generator) -> NDArray[np.float64]:
    """The stroke ending before its last point or beyond it; a dot is unchanged."""
    beyond = rng.normal(0, 0.05 * haste)
    if len(points) < 6:
        return points
    if beyond < 0:
        return points[: len(points) - min(round(-beyond / STEP), 3)]
    last = points[-1] - points[-2]
    return np.concatenate([points, points[-1:] + last * (beyond / max(np.hypot(*last), 1e-6))])


def _trembling(points: NDArray[np.float64], haste: float, rng: Generator) -> NDArray[np.float64]:
    """The stroke with the hand's tremor, smoothed noise."""
    noise = rng.normal(0, 0.002 * haste * min(rng.exponential(), 3), (len(points) + 2, 2))
    return points + noise[:-2] + 2 * noise[1:-1] + noise[2:]


def _deformed(
    lines: list[NDArray[np.float64]], haste: float, rng: Generator
) -> list[NDArray[np.float64]]:
    """All strokes deformed by one hand: waves, proportions, width, slant and rotation."""
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
    """The strokes centred in the unit square, the longer side from edge to edge."""
    everything = np.concatenate(lines)
    low, high = everything.min(axis=0), everything.max(axis=0)
    middle, side = (low + high) / 2, (high - low).max() or 1.0
    # Rounding must not push a point over the edge.
    return [np.clip((line - middle) / side + 0.5, 0, 1) for line in lines]

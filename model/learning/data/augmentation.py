"""Moves, turns, bends and inks digits anew, so that a network learns that none of it matters.

Knows images only; numpy only, so that the page can show what it does to one digit.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.learning.hyperparameters import Warp

_MIDDLE = 13.5
"""Of 28 pixels, counted from the first one's centre."""

_WAVES, _SHAKE = 4, 7
"""Knots along each side of the image: the fewer, the wider what is bent."""

_WIDER, _THINNER = 0.7, 0.6
"""Part of the way to a pen that is a pixel wider on each side, or thinner, at most."""

_CRISPER = 0.2
"""Of the contrast, at most: a pen's edge is harder than grey levels between pixels are."""

_BLOCK = 32
"""Images changed at once. Their float32 numbers stay in the processor's cache, and under the 128 kB
from which on malloc may fetch each array's memory from the system anew."""


def in_blocks(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    shift: float,
    rotation: float,
    warp: Warp | None,
) -> NDArray[np.uint8]:
    """As `augment`, a few images at a time: the quickest way to change many."""
    blocks = (images[start : start + _BLOCK] for start in range(0, len(images), _BLOCK))
    changed = [augment(some, rng, shift=shift, rotation=rotation, warp=warp) for some in blocks]
    return np.concatenate([images[:0], *changed])


def augment(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    shift: float = 0,
    rotation: float = 0,
    warp: Warp | None = None,
) -> NDArray[np.uint8]:
    """Each image turned about its middle and moved, by amounts drawn evenly up to the given ones.

    Args:
        images: (n, 28, 28) uint8, 0 (paper) to 255 (ink).
        rng: where chance comes from: the same one gives the same images.
        shift: pixels, each way, across and down.
        rotation: degrees, each way.
        warp: what else is done to them; nothing when None.

    Returns:
        (n, 28, 28) uint8; grey levels between pixels are bilinear, what comes in from outside is
        paper. All changes of place are made at once, so that ink is made softer only once.
    """
    count = len(images)
    angle = np.radians(rng.uniform(-rotation, rotation, count)).astype(np.float32)
    move = rng.uniform(-shift, shift, (2, count, 1, 1)).astype(np.float32)
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    down, across = np.mgrid[:28, :28].astype(np.float32) - np.float32(_MIDDLE)
    if warp is None:
        y = cosine * down + sine * across + move[0]
        x = cosine * across - sine * down + move[1]
        return sample(images, y + np.float32(_MIDDLE), x + np.float32(_MIDDLE))
    slant = rng.uniform(-warp.slant, warp.slant, (count, 1, 1)).astype(np.float32)
    high, wide = np.exp(rng.uniform(-warp.stretch, warp.stretch, (2, count, 1, 1)), dtype="f4")
    y = high * (cosine * down + sine * across) + move[0]
    x = wide * (cosine * across + (slant * cosine - sine) * down + slant * sine * across) + move[1]
    for most, knots in ((warp.waves, _WAVES), (warp.shake, _SHAKE)):
        bent = _bent(rng, most, knots, count)
        y += bent[0]
        x += bent[1]
    moved = sample(_inked(images, rng, warp.pen), y + np.float32(_MIDDLE), x + np.float32(_MIDDLE))
    steeper = 1 + _CRISPER * rng.random((count, 1, 1), np.float32)
    return np.rint(
        np.clip((moved - np.float32(127.5)) * steeper + np.float32(127.5), 0, 255)
    ).astype(np.uint8)


def _bent(rng: np.random.Generator, most: float, knots: int, count: int) -> NDArray[np.float32]:
    """(2, count, 28, 28) float32, pixels: how far each place is moved, smoothly."""
    amount = rng.uniform(0, most, (count, 1, 1)).astype(np.float32)
    away = amount * rng.standard_normal((2, count, knots, knots), np.float32)
    curve = _curve(knots)
    # A small product for each image: one large one would wake OpenBLAS's threads (docs/LOG.md).
    bent: NDArray[np.float32] = curve @ away @ curve.T
    return bent


@cache
def _curve(knots: int) -> NDArray[np.float32]:
    """(28, knots) float32: cubic B-spline weights, whose squares sum to 1 for each pixel."""
    away = np.abs(np.linspace(0, knots - 1, 28)[:, None] - np.arange(knots))
    near, far = 2 / 3 - away**2 + away**3 / 2, np.maximum(2 - away, 0) ** 3 / 6
    weights = np.where(away < 1, near, far)
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)


def _inked(images: NDArray[np.uint8], rng: np.random.Generator, share: float) -> NDArray[np.uint8]:
    """Some images with a wider pen, as many with a thinner one."""
    chance = rng.random(len(images))
    inked = images.copy()
    for chosen, extreme, most in (
        (chance < share, np.maximum, _WIDER),
        (chance > 1 - share, np.minimum, _THINNER),
    ):
        old = images[chosen]
        new = old.copy()
        extreme(new[:, 1:], old[:, :-1], out=new[:, 1:])
        extreme(new[:, :-1], old[:, 1:], out=new[:, :-1])
        extreme(new[:, :, 1:], old[:, :, :-1], out=new[:, :, 1:])
        extreme(new[:, :, :-1], old[:, :, 1:], out=new[:, :, :-1])
        part = rng.uniform(0, most, (len(old), 1, 1)).astype(np.float32)
        inked[chosen] = np.rint(old + part * (new.astype(np.float32) - old)).astype(np.uint8)
    return inked


def sample(
    images: NDArray[np.uint8], y: NDArray[np.float32], x: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The images' grey levels at places between their pixels, bilinear.

    Args:
        images: (n, 28, 28) uint8.
        y: (n, 28, 28) float32, for each pixel of the result the row it comes from; paper outside.
        x: (n, 28, 28) float32, the column.

    Returns:
        (n, 28, 28) uint8.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1))).ravel()
    # The frame of paper around each image answers for all that lies outside.
    y = np.clip(y, -1, 28) + 1
    x = np.clip(x, -1, 28) + 1
    top = np.minimum(y.astype(np.int32), 28)
    left = np.minimum(x.astype(np.int32), 28)
    y -= top
    x -= left
    first = 30 * top + left + 900 * np.arange(len(images), dtype=np.int32)[:, None, None]

    def grey(offset: int) -> NDArray[np.uint8]:
        return padded.take(first + offset)

    above = grey(0) * (1 - x) + grey(1) * x
    below = grey(30) * (1 - x) + grey(31) * x
    mixed = above * (1 - y) + below * y
    return np.rint(mixed).astype(np.uint8)

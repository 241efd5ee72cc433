"""Augmentation: digits moved, turned, bent and drawn with other pens.

Uses only numpy, so that the page can show it on one digit.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.learning.hyperparameters import Warp

_MIDDLE = 13.5
"""Pixels: the middle of 28, counted from the centre of the first."""

_COARSE_KNOTS, _FINE_KNOTS = 4, 7
"""Knots along each side of the image: the fewer, the larger the parts that are bent."""

_MAX_WIDER, _MAX_THINNER = 0.7, 0.6
"""Share of the way to a pen that is a pixel wider, or thinner, on each side."""

_MAX_CONTRAST_GAIN = 0.2
"""A pen's edge is sharper than grey levels interpolated between pixels."""

_BLOCK = 32
"""Images per block: their float32 values stay in the processor's cache, and below the 128 kB above
which malloc may ask the system for the memory of each array."""


def augment_in_blocks(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    shift: float,
    rotation: float,
    warp: Warp | None,
) -> NDArray[np.uint8]:
    """Like `augment`, a few images at a time: the fastest way for many images."""
    blocks = (images[start : start + _BLOCK] for start in range(0, len(images), _BLOCK))
    done = [augment(block, rng, shift=shift, rotation=rotation, warp=warp) for block in blocks]
    return np.concatenate([images[:0], *done])


def augment(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    shift: float = 0,
    rotation: float = 0,
    warp: Warp | None = None,
) -> NDArray[np.uint8]:
    """Turns each image about its middle and moves it, by amounts drawn uniformly up to the limits.

    Args:
        images: (n, 28, 28) uint8, 0 (paper) to 255 (ink).
        rng: the source of all randomness.
        shift: limit in pixels, either way, across and down.
        rotation: limit in degrees, either way.
        warp: limits of further augmentation; none when None.

    Returns:
        (n, 28, 28) uint8; bilinear between pixels, paper beyond the edges. All displacements are
        applied in one step, so that ink is blurred only once.
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
    for limit, knots in ((warp.elastic_coarse, _COARSE_KNOTS), (warp.elastic_fine, _FINE_KNOTS)):
        bent = _bent(rng, limit, knots, count)
        y += bent[0]
        x += bent[1]
    moved = sample(_inked(images, rng, warp.pen), y + np.float32(_MIDDLE), x + np.float32(_MIDDLE))
    steeper = 1 + _MAX_CONTRAST_GAIN * rng.random((count, 1, 1), np.float32)
    return np.rint(
        np.clip((moved - np.float32(127.5)) * steeper + np.float32(127.5), 0, 255)
    ).astype(np.uint8)


def _bent(rng: np.random.Generator, limit: float, knots: int, count: int) -> NDArray[np.float32]:
    """(2, count, 28, 28) float32, pixels: a smooth displacement of each pixel, down and across."""
    amount = rng.uniform(0, limit, (count, 1, 1)).astype(np.float32)
    away = amount * rng.standard_normal((2, count, knots, knots), np.float32)
    curve = _curve(knots)
    # A small product per image: a single large one would wake OpenBLAS's threads (docs/LOG.md).
    bent: NDArray[np.float32] = curve @ away @ curve.T
    return bent


@cache
def _curve(knots: int) -> NDArray[np.float32]:
    """(28, knots) float32: cubic B-spline weights; their squares sum to 1 for each pixel."""
    away = np.abs(np.linspace(0, knots - 1, 28)[:, None] - np.arange(knots))
    near, far = 2 / 3 - away**2 + away**3 / 2, np.maximum(2 - away, 0) ** 3 / 6
    weights = np.where(away < 1, near, far)
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)


def _inked(images: NDArray[np.uint8], rng: np.random.Generator, share: float) -> NDArray[np.uint8]:
    """The images, that share of them with a wider pen and as many with a thinner one."""
    chance = rng.random(len(images))
    inked = images.copy()
    for selected, extreme, limit in (
        (chance < share, np.maximum, _MAX_WIDER),
        (chance > 1 - share, np.minimum, _MAX_THINNER),
    ):
        old = images[selected]
        new = old.copy()
        extreme(new[:, 1:], old[:, :-1], out=new[:, 1:])
        extreme(new[:, :-1], old[:, 1:], out=new[:, :-1])
        extreme(new[:, :, 1:], old[:, :, :-1], out=new[:, :, 1:])
        extreme(new[:, :, :-1], old[:, :, 1:], out=new[:, :, :-1])
        part = rng.uniform(0, limit, (len(old), 1, 1)).astype(np.float32)
        inked[selected] = np.rint(old + part * (new.astype(np.float32) - old)).astype(np.uint8)
    return inked


def sample(
    images: NDArray[np.uint8], y: NDArray[np.float32], x: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Interpolates the images' grey levels between pixels, bilinearly.

    Args:
        images: (n, 28, 28) uint8.
        y: (n, 28, 28) float32, the source row of each pixel of the result; paper outside.
        x: (n, 28, 28) float32, the source column.

    Returns:
        (n, 28, 28) uint8.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1))).ravel()
    # The frame of paper around each image stands for everything outside.
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

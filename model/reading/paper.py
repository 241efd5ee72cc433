"""Colours of a picture -> how much ink lies where: the paper's tone and its light are taken away.

Knows paper and light; neither files, nor what a piece of ink may mean, nor MNIST.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tones = NDArray[np.float32]

MIN_CONTRAST = 0.07
"""Of the range: ink that differs less from its paper is none; JPEG and old paper reach half."""

NOISE_MARGIN = 5.0
"""Standard deviations of the noise: the same."""

_COARSE_SIDE = 64
"""Pixels: the longer side on which the paper's tone is fitted, as it changes slowly."""

_LEAST_PAPER = 0.1
"""Of the range: paper as dark as this is not divided by."""

_SHADOW = 0.2
"""Of the picture's longer side: no line is that thick, a shadow is."""


def lift(colours: Tones) -> Tones:
    """Lifts the ink off the paper, dark on light or light on dark.

    Args:
        colours: (h, w, c) float32 in [0, 1], c = 1 or 3.

    Returns:
        (h, w) float32 in [0, 1], 1 full ink; zeros where the paper is blank.
    """
    tones = _one_tone(colours)
    contrast, noise = _contrast(tones), _noise(tones)
    least = max(MIN_CONTRAST, NOISE_MARGIN * noise)
    level = _ink_level(contrast, least / 2)
    if level > least and _has_shadow(contrast):
        contrast = _without_shadow(contrast)
        level = _ink_level(contrast, least / 2)
    if level <= least:
        return np.zeros_like(tones)
    return np.clip(contrast / level, 0, 1)


def _one_tone(colours: Tones) -> Tones:
    """(h, w, c) -> (h, w): along the one colour in which ink and paper differ most."""
    if colours.shape[2] == 1:
        return colours[..., 0]
    bands = [_coarse(colours[..., band]) for band in range(3)]
    ink = np.stack([band - _paper(band, band.shape) for band in bands]).reshape(3, -1)
    axis = np.linalg.eigh(ink @ ink.T)[1][:, -1]
    axis *= np.sign(axis.sum()) / np.abs(axis).sum()
    # Where bands go opposite ways (red on green), the darkest tone possible is below 0.
    return colours @ axis.astype(np.float32) - np.float32(axis[axis < 0].sum())


def _contrast(tones: Tones) -> Tones:
    """(h, w): how far each pixel is from its paper, on the ink's side, as part of the range."""
    coarse = _coarse(tones)
    ink = coarse - _paper(coarse, coarse.shape)
    paper = _paper(coarse, tones.shape)
    if (ink * np.abs(ink)).sum() > 0:
        return np.maximum(tones - paper, 0)
    # Dark ink takes its part of whatever light falls on it.
    return np.maximum((paper - tones) / np.maximum(paper, _LEAST_PAPER), 0)


def _paper(coarse: Tones, shape: tuple[int, ...]) -> Tones:
    """The paper's tone without the ink, as a surface of the second order.

    Begins with the commonest tone of the rim, and takes in what fits ever more closely
    (graduated non-convexity with Geman and McClure's weights), so that ink, even a lot, has no say.

    Returns:
        `shape` float32: the surface fitted to `coarse`, at that resolution.
    """
    terms = _second_order(coarse.shape)
    tones = coarse.ravel().astype(np.float64)
    off = tones - _rim_tone(coarse)
    for width in np.geomspace(0.3, 0.02, 12):
        weighted = terms * (1 / (1 + (off / width) ** 2) ** 2)
        # Hardly a pull to a flat surface; it keeps a picture of one row or column solvable.
        pull = np.diag([0] + [1e-6 * len(tones)] * 5)
        surface = np.linalg.solve(weighted @ terms.T + pull, weighted @ tones)
        off = tones - surface @ terms
    return (surface @ _second_order(shape)).reshape(shape).astype(np.float32)


def _rim_tone(coarse: Tones) -> float:
    rim = np.concatenate([coarse[0], coarse[-1], coarse[:, 0], coarse[:, -1]])
    bins = (rim * 15.999).astype(np.intp).clip(0, 15)
    return float(np.median(rim[bins == np.bincount(bins).argmax()]))


def _second_order(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """(6, h * w) float64: 1, x, y, xx, xy, yy over a picture from -1 to 1."""
    y, x = (a.ravel() for a in np.meshgrid(*(_axis(n) for n in shape), indexing="ij"))
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _axis(pixels: int) -> NDArray[np.float64]:
    """The middles of so many pixels that reach from -1 to 1."""
    return (2 * np.arange(pixels) + 1) / pixels - 1


def _coarse(tones: Tones) -> Tones:
    smaller = max(1.0, max(tones.shape) / _COARSE_SIDE)
    height, width = (max(1, round(side / smaller)) for side in tones.shape)
    picture = Image.fromarray(np.ascontiguousarray(tones, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


def _noise(tones: Tones) -> float:
    """Standard deviation of the noise: from neighbours, as nearly all have the same tone."""
    steps = np.diff(tones, axis=int(tones.shape[1] > tones.shape[0]))
    return 1.4826 / np.sqrt(2) * float(np.median(np.abs(steps))) if steps.size else 0.0


def _ink_level(contrast: Tones, least: float) -> float:
    """The contrast of full ink: what three quarters of the darker class of all ink keep below."""
    inked = contrast[contrast > least]
    if not inked.size:
        return 0.0
    return float(np.quantile(inked[inked >= _otsu(inked)], 0.75))


def _otsu(values: Tones) -> float:
    """The threshold that parts two classes best (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=128)
    middles = (edges[1:] + edges[:-1]) / 2
    below, mass = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, all_mass = len(values), float(counts @ middles)
    apart = (all_mass * below - mass * total) ** 2 / np.maximum(below * (total - below), 1)
    return float(edges[1:-1][apart.argmax()])


def _has_shadow(contrast: Tones) -> bool:
    return bool(_shadow(_coarse(contrast)).any())


def _without_shadow(contrast: Tones) -> Tones:
    shadow = _shadow(contrast)
    return np.maximum(contrast - shadow, 0) / np.maximum(1 - shadow, _LEAST_PAPER)


def _shadow(contrast: Tones) -> Tones:
    """(h, w): dark areas too thick for a line that come in from the edge; 0 elsewhere."""
    from scipy import ndimage  # noqa: PLC0415  costs 0.1 s: not for who only draws

    thick = ndimage.grey_opening(contrast, max(3, round(_SHADOW * max(contrast.shape))))
    areas, _ = ndimage.label(thick > MIN_CONTRAST / 2)
    rim = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    return np.where(np.isin(areas, rim[rim > 0]), thick, 0)

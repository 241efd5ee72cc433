"""Colours of a picture -> amount of ink per pixel: paper tone and uneven light are removed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tones = NDArray[np.float32]

MIN_CONTRAST = 0.07
"""Of the tonal range: less contrast to the paper is not ink; JPEG and old paper reach half."""

NOISE_MARGIN = 5.0
"""Standard deviations of the noise: likewise."""

_COARSE_SIDE = 64
"""Pixels: the longer side at which the paper's slowly varying tone is fitted."""

_MIN_PAPER = 0.1
"""Of the tonal range: the smallest divisor for dark paper."""

_MAX_INKED_RIM = 0.4
"""Share of the picture's rim: a digit covers less, a shadow or a table more."""

_MIN_INKED_RIM = 0.05
"""Likewise: a digit cropped close covers more, a board within a frame less."""

_NOT_A_LINE = 0.4
"""Share of the picture's longer side: a square of that size is a shadow or a sheet."""

_NOT_A_STROKE = 0.35
"""Likewise, where the picture is cropped to a digit."""

_TWO_TONES = 0.75
"""Share of all variance that is between two tones."""

_MAX_THIRD = 0.1
"""Share of the picture in a third tone."""

_THIRD_FROM, _THIRD_TO, _FLAT = 0.15, 0.65, 0.06
"""Of the contrast of full ink: a tone between ink and paper, and how little flat areas change from
pixel to pixel of `_COARSE_SIDE`."""

_MIN_PAPER_SHARE = 0.25
"""Of a picture cropped to a digit."""

_NARROW = 0.5
"""Width of a picture in its heights, or the other way round: narrower can be a 1 cropped close."""

_MIXED_RIM = 0.2
"""Share of such a picture's rim: it has more than that of both ink and paper."""

_MAX_LINE = 0.2
"""Share of the picture's longer side, in uneven light: anything thinner is ink."""

_LINE = 0.08
"""Share of the picture's longer side: wider than most lines."""

_ONE_TONE = 1e-3
"""Of the tonal range: a smaller difference is a single tone; far above float32's rounding."""


def lift(colours: Tones) -> Tones:
    """Lifts the ink off the paper, dark on light or light on dark.

    Args:
        colours: (h, w, c) float32 in [0, 1], c = 1 or 3.

    Returns:
        (h, w) float32 in [0, 1], 1 for full ink; zeros where the paper is blank.
    """
    tones = _one_tone(colours)
    coarse = _coarse(tones)
    off = coarse - _paper(coarse, coarse.shape)
    two_tones = _two_tones(coarse, off)
    contrast = _contrast(tones, coarse, off, two_tones or _lit_evenly(off))
    noise = _fine_noise(tones) if two_tones else _noise(tones, contrast)
    threshold = max(MIN_CONTRAST, NOISE_MARGIN * noise)
    level = _ink_level(contrast, threshold / 2)
    if level <= threshold:
        return np.zeros_like(tones)
    return np.clip(contrast / level, 0, 1)


def _one_tone(colours: Tones) -> Tones:
    """(h, w, c) -> (h, w): the mix of bands in which ink and paper differ most."""
    if colours.shape[2] == 1:
        return colours[..., 0]
    bands = np.moveaxis(colours, 2, 0)
    coarse = [_coarse(band) for band in bands]
    ink = np.stack([band - _paper(band, band.shape) for band in coarse]).reshape(3, -1)
    axis = np.linalg.eigh(ink @ ink.T)[1][:, -1]
    axis *= (1 if axis.sum() > 0 else -1) / np.abs(axis).sum()
    # Where bands have opposite signs (red on green), the darkest possible tone is below 0.
    tones = sum(weight * band for weight, band in zip(axis, bands, strict=True))
    return (tones - axis[axis < 0].sum()).astype(np.float32)


def _contrast(tones: Tones, coarse: Tones, off: Tones, lit_evenly: bool) -> Tones:
    """(h, w): contrast of each pixel to its paper, positive for ink, of the tonal range."""
    if lit_evenly:
        is_dark = float((off**3).sum()) <= 0  # cubed: ink is few pixels of high contrast
        paper = _paper(coarse, tones.shape)
    else:
        is_dark = _lines_are_dark(tones)
        paper = _paper_in_shadow(tones, is_dark)
    # Dark ink absorbs a fixed share of the light that falls on it.
    return (paper - tones) / paper.clip(_MIN_PAPER) if is_dark else tones - paper


def _lit_evenly(off: Tones) -> bool:
    """Whether everything unlike the paper can be ink: few pixels, off the rim, no large area."""
    from scipy import ndimage  # here, as it takes 0.1 s

    other = np.abs(off) > MIN_CONTRAST
    square = np.ones((max(3, round(_NOT_A_LINE * max(other.shape))),) * 2)
    return (
        float(np.median(np.abs(off))) < MIN_CONTRAST / 5
        and float(np.mean(_rim(other))) < _MAX_INKED_RIM
        and not ndimage.binary_opening(other, square).any()
    )


def _two_tones(coarse: Tones, off: Tones) -> bool:
    """Whether all is paper or thin ink: a digit cropped close covers half of the picture."""
    from scipy import ndimage

    size = np.abs(off)
    inked = size > MIN_CONTRAST
    dark = coarse < _otsu(coarse.ravel())
    if min(coarse.shape) < 2 or not inked.any() or not dark.any():
        return False
    share = float(dark.mean())
    apart = share * (1 - share) * float(coarse[~dark].mean() - coarse[dark].mean()) ** 2
    # A third tone, beside soft edges between the two, is that of a shadow.
    level = float(np.quantile(size[inked], 0.75))
    flat = np.hypot(*np.gradient(coarse)) < _FLAT * level
    third = flat & (size > _THIRD_FROM * level) & (size < _THIRD_TO * level)
    thick = np.ones((max(3, round(_NOT_A_STROKE * max(coarse.shape))),) * 2)
    return (
        float(np.mean(_rim(inked))) > _MIN_INKED_RIM
        and apart > _TWO_TONES * float(coarse.var())
        and float(third.mean()) < _MAX_THIRD
        and float(np.quantile(size, _MIN_PAPER_SHARE)) < 0.5 * level
        and not ndimage.binary_opening(inked, thick).any()
    )


def _lines_are_dark(tones: Tones) -> bool:
    """Whether lines are dark: a shadow's edge has equal amounts of dark and light."""
    from scipy import ndimage

    thin = tones - ndimage.gaussian_filter(tones, _LINE * max(tones.shape))
    return float((thin**3).sum()) <= 0


def _paper_in_shadow(tones: Tones, is_dark: bool) -> Tones:
    """The paper's tone with thin lines removed: a grey closing, an opening for light ink."""
    from scipy import ndimage

    size = max(3, round(_MAX_LINE * max(tones.shape)))
    smooth = ndimage.gaussian_filter(tones, max(tones.shape) / 300)
    paper = (ndimage.grey_closing if is_dark else ndimage.grey_opening)(smooth, size)
    return paper + np.median(tones - paper)  # noise biases a closing up and an opening down


def _paper(coarse: Tones, shape: tuple[int, ...]) -> Tones:
    """The paper's tone without the ink, as a quadratic surface.

    Starts from the most common tone of the rim and tightens the fit step by step (graduated
    non-convexity with Geman and McClure's weights), so that even a lot of ink has no influence.

    Returns:
        `shape` float32: the surface fitted to `coarse`, at that resolution.
    """
    terms = np.stack([term.ravel() for term in np.broadcast_arrays(*_second_order(coarse.shape))])
    known = np.vstack([terms, coarse.ravel()])
    # A tiny pull towards a flat surface keeps pictures of one row or column solvable.
    pull = np.diag([0] + [1e-6 * coarse.size] * 5)
    off = known[-1] - _rim_tone(coarse)
    for width in np.geomspace(0.3, 0.02, 12):
        moments = known / (1 + (off / width) ** 2) ** 2 @ known.T
        weights = np.linalg.solve(moments[:-1, :-1] + pull, moments[:-1, -1])
        off = known[-1] - _surface(weights, coarse.shape).ravel()
    return _surface(weights, shape).astype(np.float32)


def _surface(weights: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    return sum(weight * term for weight, term in zip(weights, _second_order(shape), strict=True))


def _rim_tone(coarse: Tones) -> float:
    rim = _rim(coarse)
    if min(coarse.shape) < _NARROW * max(coarse.shape):
        level = _otsu(coarse.ravel())
        dark = rim < level
        if _MIXED_RIM < dark.mean() < 1 - _MIXED_RIM:
            # A 1 cropped close fills most of the rim, and the middle.
            y, x = (side // 3 for side in coarse.shape)
            middle = np.median(coarse[y : coarse.shape[0] - y, x : coarse.shape[1] - x])
            rim = rim[dark] if middle >= level else rim[~dark]
    bins = (rim * 15.999).astype(np.intp).clip(0, 15)
    return float(np.median(rim[bins == np.bincount(bins).argmax()]))


def _rim(picture: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]])


def _second_order(shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """1, x, y, xx, xy, yy over a picture from -1 to 1; their shapes broadcast."""
    y, x = ((2 * np.arange(pixels) + 1) / pixels - 1 for pixels in shape)
    y = y[:, None]
    return [np.ones(shape), x, y, x * x, x * y, y * y]


def _coarse(tones: Tones) -> Tones:
    smaller = max(1.0, max(tones.shape) / _COARSE_SIDE)
    height, width = (max(1, round(side / smaller)) for side in tones.shape)
    picture = Image.fromarray(np.ascontiguousarray(tones, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


def _noise(tones: Tones, contrast: Tones) -> float:
    """Standard deviation of the noise, of the tonal range.

    From neighbours; or, as JPEG makes these alike, from the third of all pixels closest to the
    paper.
    """
    off = np.abs(contrast - np.median(contrast))
    return max(_fine_noise(tones), float(np.quantile(off, 1 / 3)) / 0.431)


def _fine_noise(tones: Tones) -> float:
    """Likewise, from differences between neighbours, nearly all of which have the same tone."""
    steps = np.abs(np.diff(tones, axis=int(tones.shape[1] > tones.shape[0])))
    return float(np.median(steps)) / 0.954 if steps.size else 0.0


def _ink_level(contrast: Tones, threshold: float) -> float:
    """The contrast of full ink: the upper quartile of the darker class of all ink."""
    inked = contrast[contrast > threshold]
    if not inked.size:
        return 0.0
    return float(np.quantile(inked[inked >= _otsu(inked)], 0.75))


def _otsu(values: Tones) -> float:
    """The threshold that separates two classes best (Otsu 1979)."""
    low, high = float(values.min()), float(values.max())
    if high - low < _ONE_TONE:  # a drawing program's: a single class
        return low
    counts, edges = np.histogram(values, bins=128)
    middles = (edges[1:] + edges[:-1]) / 2
    below, mass = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, all_mass = len(values), float(counts @ middles)
    apart = (all_mass * below - mass * total) ** 2 / np.maximum(below * (total - below), 1)
    return float(edges[1:-1][apart.argmax()])

"""Calibrates a trained network on digits and non-digits that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.data import drawings
from model.learning.data.augmentation import augment_in_blocks
from model.learning.data.datasets import Dataset, trained_on
from model.learning.data.handwriting import draw_digits, ink, pen_width
from model.learning.data.non_digits import KINDS, LABEL, strokes_of
from model.learning.evaluation.calibration import card_entries

if TYPE_CHECKING:
    from model.learning.training import TrainedModel

_KEY = 32
"""Keeps these random streams apart from those that `mixing` trains with."""

_MIN_DIGITS, _MIN_OF_A_KIND = 200, 20

_DIGITS_PER_OF_A_KIND = 20


def entries(trained: TrainedModel, data: Dataset) -> dict[str, Any]:
    """Temperature and refusal for the card of a network that can refuse.

    Real digits are the held-out training images, those held out of the data's drawings, and
    digits drawn in the styles of the training digits but from other random streams, as many as
    the images; non-digits are drawn likewise, and held out of the drawings. Drawn digits are
    augmented as in training: a network is more confident about our handwriting than about unseen
    people's, and a threshold set on ours alone refuses theirs (docs/LOG.md).

    Args:
        trained: the network and its run.
        data: what it was trained on.
    """
    kept = trained_on(len(data.x_train), trained.settings.validation_share)
    images, labels = data.x_train[kept:], data.y_train[kept:]
    count = max(len(images), _MIN_DIGITS)
    seed = SeedSequence(trained.settings.seed, spawn_key=(_KEY,))
    for_digits, for_others, for_augmentation, for_pens = seed.spawn(4)
    drawn, drawn_labels = draw_digits(count, for_digits)
    _, places = drawings.split(data.drawings, trained.settings.validation_share)
    real, real_labels = drawings.images_of(
        data.drawings, places, np.random.default_rng(for_pens), pens=1
    )
    is_digit = real_labels < LABEL
    drawn = np.concatenate([drawn, real[is_digit]])
    drawn_labels = np.concatenate([drawn_labels, real_labels[is_digit]])
    augmented = augment_in_blocks(
        drawn,
        np.random.default_rng(for_augmentation),
        shift=trained.settings.shift,
        rotation=trained.settings.rotation,
        warp=trained.recipe.warp,
    )
    rng = np.random.default_rng(for_others)
    each = max(count // _DIGITS_PER_OF_A_KIND, _MIN_OF_A_KIND)
    others = {
        kind: np.stack([ink(strokes_of(kind, rng), pen_width(rng)) for _ in range(each)])
        for kind in KINDS
    }
    if not is_digit.all():
        others["real drawings"] = real[~is_digit]

    def read(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(trained.network.predict(images, batch_size=256, verbose=0))

    return card_entries(
        trained.recipe.output,
        read(np.concatenate([images, augmented])),
        np.concatenate([labels, drawn_labels]),
        {kind: read(images) for kind, images in others.items()},
        source=_source(len(images), data, count, int(is_digit.sum())),
    )


def _source(images: int, data: Dataset, drawn: int, real: int) -> str:
    """The digits that a network was calibrated on, in words."""
    held_out = f"{images} held-out training images of {data.source}"
    if real:
        names = ", ".join(each.name for each in data.drawings)
        held_out += f", {real} held-out drawings of {names}"
    return f"{held_out} and {drawn} digits drawn from built-in strokes and augmented as in training"

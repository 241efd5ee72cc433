"""Digits and junk that a trained network has not seen, and what its card says after reading them.

Knows where they come from; temperature and threshold are found in `calibration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.data.augmentation import in_blocks
from model.learning.data.datasets import Dataset, trained_on
from model.learning.data.handwriting import draw_digits, ink, pen_width
from model.learning.data.non_digits import KINDS, strokes_of
from model.learning.evaluation.calibration import card_entries

if TYPE_CHECKING:
    from model.learning.training import TrainedModel

_KEY = 32
"""Keeps these streams of chance apart from those that `mixing` trains with."""

_FEWEST_DIGITS, _FEWEST_OF_A_KIND = 200, 20

_DIGITS_FOR_ONE_OF_A_KIND = 20


def entries(trained: TrainedModel, data: Dataset) -> dict[str, Any]:
    """Temperature and refusal for the card of a network that can say "not a digit".

    Real digits are the training images that were held out and as many drawn ones, in the styles
    of those learned from but by another chance; junk is drawn likewise. The drawn digits are
    changed as in training: a network is surer of our hand than of any that it has not seen, and
    a threshold that knows only such digits refuses other people's (docs/LOG.md).

    Args:
        data: what it was trained on.
    """
    kept = trained_on(len(data.x_train), trained.settings.validation_share)
    given, labels = data.x_train[kept:], data.y_train[kept:]
    count = max(len(given), _FEWEST_DIGITS)
    seed = SeedSequence(trained.settings.seed, spawn_key=(_KEY,))
    for_digits, for_junk, for_changes = seed.spawn(3)
    drawn, drawn_labels = draw_digits(count, for_digits)
    changed = in_blocks(
        drawn,
        np.random.default_rng(for_changes),
        shift=trained.settings.shift,
        rotation=trained.settings.rotation,
        warp=trained.recipe.warp,
    )
    rng = np.random.default_rng(for_junk)
    each = max(count // _DIGITS_FOR_ONE_OF_A_KIND, _FEWEST_OF_A_KIND)
    junk = {
        kind: np.stack([ink(strokes_of(kind, rng), pen_width(rng)) for _ in range(each)])
        for kind in KINDS
    }

    def read(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(trained.network.predict(images, batch_size=256, verbose=0))

    return card_entries(
        trained.recipe.output,
        read(np.concatenate([given, changed])),
        np.concatenate([labels, drawn_labels]),
        {kind: read(images) for kind, images in junk.items()},
        digits_are=f"{len(given)} held-out training images of {data.source} and "
        f"{count} digits drawn from built-in strokes and changed as in training",
    )

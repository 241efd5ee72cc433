"""The digits and non-digits that a mix adds to a data set."""

from __future__ import annotations

from functools import partial
from itertools import chain, repeat

import numpy as np
import pytest

from model.learning.batches import Augmented
from model.learning.data.corrupting import corrupt
from model.learning.data.datasets import Dataset
from model.learning.data.mixing import mixed
from model.learning.data.non_digits import LABEL
from model.learning.hyperparameters import Mix
from model.learning.recipes import find
from model.learning.training import train

MIX = Mix(strokes=0.5, non_digits=0.25, corrupted=0.1)


def test_the_data_set_comes_first_and_the_rest_in_its_shares(digits: Dataset) -> None:
    images, labels = mixed(digits.x_train, digits.y_train, MIX, seed=3)
    assert images.shape == (370, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(images[:200], digits.x_train)
    np.testing.assert_array_equal(labels[:200], digits.y_train)
    assert np.bincount(labels[200:300]).tolist() == [10] * 10
    assert (labels[300:] == LABEL).all()
    assert images.any(axis=(1, 2)).all()


def test_images_depend_on_the_seed_alone(digits: Dataset) -> None:
    first, again, other = (
        mixed(digits.x_train, digits.y_train, MIX, seed)[0] for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_stop_while_drawing_adds_nothing_more(digits: Dataset) -> None:
    mix = Mix(strokes=5, non_digits=3, corrupted=0.1)
    whole, whole_labels = mixed(digits.x_train, digits.y_train, mix, seed=3)
    for noes, added in ((0, 0), (1, 500), (3, 1_000), (4, 1_500)):
        answers = chain([False] * noes, repeat(True))
        images, labels = mixed(
            digits.x_train, digits.y_train, mix, seed=3, should_stop=partial(next, answers)
        )
        np.testing.assert_array_equal(images, whole[: 200 + added])
        np.testing.assert_array_equal(labels, whole_labels[: 200 + added])


def test_a_set_that_lacks_digits_is_corrupted_too(digits: Dataset) -> None:
    for only in ([0], [1], [0, 1], [7], [2]):
        kept = np.isin(digits.y_train, only)
        images, labels = mixed(digits.x_train[kept], digits.y_train[kept], MIX, seed=3)
        corrupted = images[-round(kept.sum() * MIX.corrupted) :]
        assert len(corrupted), only
        assert corrupted.any(axis=(1, 2)).all(), only
        assert (labels[-len(corrupted) :] == LABEL).all(), only
    paper = np.zeros((20, 28, 28), np.uint8)
    images, labels = mixed(paper, np.arange(20, dtype=np.uint8) % 10, MIX, seed=3)
    assert len(images) == len(labels) == 20 + 10 + 5  # nothing to corrupt


def test_corrupted_digits_are_placed_like_mnists(digits: Dataset) -> None:
    corrupted = corrupt(digits.x_train, digits.y_train, 100, np.random.default_rng(1))
    known = {image.tobytes() for image in digits.x_train}
    for image in corrupted:
        assert image.tobytes() not in known
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_images_without_ink_are_not_corrupted(digits: Dataset) -> None:
    images = np.concatenate([digits.x_train, np.zeros_like(digits.x_train)])
    labels = np.concatenate([digits.y_train] * 2)
    assert corrupt(images, labels, 60, np.random.default_rng(1)).any(axis=(1, 2)).all()


def test_house_learns_eleven_classes_from_its_mix(digits: Dataset) -> None:
    recipe = find("house")
    trained = train(
        recipe,
        digits,
        settings=recipe.settings(epochs=1, batch_size=64),
        on_event=lambda _: None,
        should_stop=lambda: False,
    )
    assert recipe.mix
    parts = (recipe.mix.strokes, recipe.mix.non_digits, recipe.mix.corrupted)
    assert trained.images == 190 + sum(round(190 * part) for part in parts)
    outputs = trained.network.predict(digits.x_test, verbose=0)
    assert outputs.shape == (70, 11)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-5)


def test_augmentation_fades_in_the_last_epochs(digits: Dataset) -> None:
    settings = find("house").settings(epochs=10)
    batches = Augmented(digits.x_train, digits.y_train, settings, anneal_share=0.3)
    strengths = []
    for _ in range(10):
        strengths.append(batches.strength())
        batches.on_epoch_end()
    assert strengths == [1] * 7 + [0.75, 0.5, 0.25]
    resumed = Augmented(digits.x_train, digits.y_train, settings, anneal_share=0.3, epochs_done=8)
    assert resumed.strength() == 0.5
    kept = Augmented(
        digits.x_train, digits.y_train, settings, anneal_share=0.3, anneal_floor=0.4, epochs_done=9
    )
    assert kept.strength() == pytest.approx(0.55)

"""Batch normalisation's means and variances, taken anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model.learning.data.datasets import Dataset
from model.learning.network import Scaling, build
from model.learning.normalising import recalibrate_batch_norm
from model.learning.recipes import find
from model.learning.training import TrainedModel, train


def normalisations(network: keras.Model) -> list[Any]:
    return [layer for layer in network.layers if "batch_normalization" in layer.name]


def test_each_layer_normalises_by_what_it_meets_in_these_images(digits: Dataset) -> None:
    network = build(find("house"), Scaling(1 / 255, 0.0), find("house").settings(), steps=1)
    weights = [weight.numpy() for weight in network.trainable_weights]
    recalibrate_batch_norm(network, digits.x_train, np.random.default_rng(1))
    for old, new in zip(weights, network.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())
    for layer in normalisations(network):
        before = keras.Model(network.inputs[0], layer.input)
        met = np.asarray(before(digits.x_train.astype(np.float32))).reshape(
            -1, layer.gamma.shape[0]
        )
        assert layer.moving_mean.numpy() == pytest.approx(met.mean(axis=0), abs=1e-3)
        assert layer.moving_variance.numpy() == pytest.approx(met.var(axis=0), rel=1e-2)
        assert layer.momentum == 0.9


def test_several_batches_count_alike(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.learning.normalising._BATCH", 50)
    network = build(find("house"), Scaling(1 / 255, 0.0), find("house").settings(), steps=1)
    first = normalisations(network)[0]
    recalibrate_batch_norm(network, digits.x_train, np.random.default_rng(1))
    before = keras.Model(network.inputs[0], first.input)
    met = np.asarray(before(digits.x_train.astype(np.float32)))
    assert first.moving_mean.numpy() == pytest.approx(met.mean(axis=(0, 1, 2)), abs=1e-5)


def test_a_run_is_recalibrated_on_its_training_images_unless_it_was_stopped(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find("house").recalibrate_batch_norm
    recipe = replace(find("compact"), recalibrate_batch_norm=True)  # trains faster than house
    sizes: list[int] = []
    monkeypatch.setattr(
        "model.learning.training.recalibrate_batch_norm",
        lambda _, images, __: sizes.append(len(images)),
    )
    for stop in (True, False):
        trained = train(
            recipe,
            digits,
            settings=recipe.settings(epochs=1, batch_size=128),
            on_event=lambda _: None,
            should_stop=lambda stop=stop: stop,  # type: ignore[misc]
        )
        assert trained.stopped == stop
    assert sizes == [trained.images]


def test_a_run_cut_off_after_its_last_epoch_is_recalibrated_too(
    digits: Dataset, tmp_path: Path
) -> None:
    recipe = replace(find("sprint"), recalibrate_batch_norm=True)

    def trained() -> TrainedModel:
        return train(
            recipe,
            digits,
            settings=recipe.settings(epochs=2, batch_size=50),
            on_event=lambda _: None,
            should_stop=lambda: False,
            checkpoint=tmp_path / "run",
        )

    first, resumed = (trained().network.predict(digits.x_test, verbose=0) for _ in range(2))
    np.testing.assert_allclose(first, resumed, atol=1e-5)

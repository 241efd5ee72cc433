"""What a card says of digits and junk that its network has not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.data.handwriting import strokes
from model.learning.data.non_digits import KINDS
from model.learning.data.stroke_sets import StrokeSet
from model.learning.evaluation.accuracy import evaluate, predictions
from model.learning.evaluation.held_out import entries
from model.learning.export import card
from model.learning.hyperparameters import Mix
from model.learning.recipes import find
from model.learning.training import TrainedModel, train
from model.reading.verdict import Verdicts


def _drawings() -> StrokeSet:
    """36 drawn digits, 20 letters, and 4 letters shaped like digits, which nobody uses."""
    rng = np.random.default_rng(7)
    labels = [label for i in range(4) for label in (*"012345678", *["a/x"] * 5, "a/O")]
    drawn = [strokes(int(label) if len(label) == 1 else 8, rng) for label in labels]
    return StrokeSet("real.npz", tuple(drawn), tuple(labels))


def test_a_network_that_can_refuse_gets_its_temperature_and_threshold(digits: Dataset) -> None:
    recipe = replace(find("sprint"), mix=Mix(strokes=1, non_digits=1, corrupted=0.1))
    recipe = replace(recipe, layers=(*recipe.layers[:-1], find("house").layers[-1]))
    digits = replace(digits, drawings=(_drawings(),))
    trained = train(
        recipe,
        digits,
        settings=recipe.settings(epochs=2, batch_size=32, validation_share=0.1),
        on_event=lambda _: None,
        should_stop=lambda: False,
    )
    evaluation = evaluate(digits.y_test, predictions(trained.network, digits.x_test))
    first, again = (card(trained, digits, evaluation, "test-1") for _ in range(2))
    refusal = first["refusal"]
    assert refusal == again["refusal"]
    assert list(refusal["refused"]) == ["digits", *KINDS, "real drawings"]
    assert refusal["refused"]["digits"] <= 0.01
    assert (
        "20 held-out training images of drawn digits, 3 held-out drawings of real.npz and "
        in (refusal["how"])
    )
    assert trained.images == 180 + 180 + 180 + 18 + 2 * 33 + 18  # two pens a digit, one a letter
    assert first["data"]["drawings"][0]["drawings"] == 60
    assert Verdicts.of_card(first, 11).threshold == refusal["threshold"]
    assert first["temperature"] > 0


def test_drawn_digits_are_read_changed_as_in_training(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def augment_in_blocks(
        images: NDArray[np.uint8], _: np.random.Generator, **amounts: Any
    ) -> NDArray[np.uint8]:
        asked.append(amounts)
        return np.zeros_like(images)

    class Network:
        def predict(self, images: NDArray[np.uint8], **_: Any) -> NDArray[np.float32]:
            read.append(images)
            return np.full((len(images), 11), 1 / 11, np.float32)

    read: list[NDArray[np.uint8]] = []
    monkeypatch.setattr("model.learning.evaluation.held_out.augment_in_blocks", augment_in_blocks)
    recipe = find("house")
    settings = recipe.settings(shift=1.0, validation_share=0.1)
    entries(TrainedModel(Network(), recipe, settings, (), 180, 1.0, False), digits)
    assert asked == [{"shift": 1.0, "rotation": 14, "warp": recipe.warp}]
    np.testing.assert_array_equal(read[0][:20], digits.x_train[180:])
    assert len(read[0]) == 220
    assert not read[0][20:].any()


def test_a_network_of_ten_outputs_gets_none(trained: TrainedModel, digits: Dataset) -> None:
    evaluation = evaluate(digits.y_test, predictions(trained.network, digits.x_test))
    assert "refusal" not in card(trained, digits, evaluation, "test-1")

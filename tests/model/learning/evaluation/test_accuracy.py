"""Accuracy, its interval, recall and confusions, and that every image counts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.evaluation.accuracy import evaluate, predictions
from model.learning.training import TrainedModel
from tests.support.tables import case


def counted(labels: list[int], guessed: list[int]):  # type: ignore[no-untyped-def]
    return evaluate(np.array(labels), np.array(guessed))


def test_accuracy_recall_and_confusions_of_a_small_case() -> None:
    result = counted([4, 4, 4, 9, 9, 0], [4, 9, 9, 9, 4, 0])
    assert (result.images, result.correct) == (6, 3)
    assert result.accuracy == 0.5
    assert result.recall == (1.0, None, None, None, 1 / 3, None, None, None, None, 0.5)
    assert result.confusions(5) == [(4, 9, 2), (9, 4, 1)]
    assert result.confusions(1) == [(4, 9, 2)]
    assert result.confusion[4][9] == 2


def test_the_interval_is_wilsons() -> None:
    for correct, images, low, high in (
        # Wilson's bounds for none and all of ten: 0 and z^2 / (n + z^2), mirrored.
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        # Newcombe 1998, table I: 81 of 263.
        (81, 263, 0.2553, 0.3662),
    ):
        result = counted([1] * images, [1] * correct + [2] * (images - correct))
        assert result.interval == pytest.approx((low, high), abs=5e-5), (correct, images)


def test_guesses_outside_the_labels_of_a_set_still_count() -> None:
    result = counted([1, 1], [1, 7])
    assert (result.images, result.correct) == (2, 1)


def test_every_image_is_read_whatever_the_batch(trained: TrainedModel, digits: Dataset) -> None:
    one_by_one = predictions(trained.network, digits.x_test, 1)
    for batch_size in (32, 69, 70, 256):
        with case(batch_size):
            guessed = predictions(trained.network, digits.x_test, batch_size)
            result = evaluate(digits.y_test, guessed)
            assert result.images == len(digits.x_test) == 70
            assert sum(map(sum, result.confusion)) == 70
            assert np.array_equal(guessed, one_by_one)


def test_labels_and_predictions_must_match_in_number() -> None:
    for labels, guessed in (([], []), ([1, 2], [1])):
        with case((labels, guessed)), pytest.raises(ValueError, match="one prediction per label"):
            counted(labels, guessed)


class Eleven:
    """A network that is sure that nothing is a digit."""

    def predict(self, images: NDArray[np.uint8], **_: object) -> NDArray[np.float32]:
        return np.tile(
            np.array([0, 0, 0, 0.1, 0, 0, 0, 0, 0, 0, 0.9], np.float32), (len(images), 1)
        )


def test_a_guess_is_a_digit_even_where_the_network_sees_none() -> None:
    assert predictions(Eleven(), np.zeros((2, 28, 28), np.uint8)).tolist() == [3, 3]

"""Real Keras on drawn digits: learning, events, stopping, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.learning.data.datasets import Dataset
from model.learning.errors import TrainingError
from model.learning.evaluation.accuracy import predictions
from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import RECIPES, find
from model.learning.training import TrainedModel, train


def run(
    digits: Dataset,
    recipe: str = "compact",
    on_event: Callable[[BatchEvent | EpochEvent], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    **chosen: Any,
) -> TrainedModel:
    settings = find(recipe).settings(**{"epochs": 1, "batch_size": 16, **chosen})
    return train(
        find(recipe), digits, settings=settings, on_event=on_event, should_stop=should_stop
    )


# `compact` is the fixture's, and `house` learns in `test_mixing`.
@pytest.mark.parametrize("name", [name for name in RECIPES if name not in ("compact", "house")])
def test_every_recipe_takes_raw_grey_levels_and_learns(digits: Dataset, name: str) -> None:
    trained = run(digits, name, epochs=3, validation_share=0.0)
    outputs = trained.network.predict(digits.x_test, verbose=0)
    assert outputs.shape == (70, 10)
    assert trained.history[-1].loss < trained.history[0].loss
    assert (outputs.argmax(axis=1) == digits.y_test).mean() > 0.5


def test_sigmoid_learns_as_softmax_does(digits: Dataset) -> None:
    # Keras takes the logits behind a sigmoid for this loss; a served sigmoid rests on that.
    by_sigmoid, by_softmax = (run(digits, name) for name in ("sigmoid", "classic"))
    assert by_sigmoid.history[0].loss == pytest.approx(by_softmax.history[0].loss, rel=1e-3)


def test_what_is_drawn_is_learned(trained: TrainedModel, digits: Dataset) -> None:
    right = predictions(trained.network, digits.x_test) == digits.y_test
    assert right.mean() > 0.9
    assert not trained.stopped
    assert len(trained.history) == trained.settings.epochs


def test_an_epoch_tells_its_figures_and_those_of_what_is_held_out(trained: TrainedModel) -> None:
    assert trained.images == 180
    assert [event.epoch for event in trained.history] == list(range(1, 9))
    for event in trained.history:
        assert event.val_loss is not None
        assert event.val_accuracy is not None
        assert 0 <= event.val_accuracy <= 1
        assert event.seconds > 0
        assert not event.partial


def test_nothing_held_out_is_none(digits: Dataset) -> None:
    trained = run(digits)
    assert trained.images == 200
    assert trained.history[0].val_loss is None
    assert trained.history[0].val_accuracy is None


def test_images_held_out_are_the_last_ones_and_not_learned_from(digits: Dataset) -> None:
    spoiled = digits.y_train.copy()
    spoiled[160:] = (spoiled[160:] + 1) % 10
    trained = run(replace(digits, y_train=spoiled), epochs=8, validation_share=0.2)
    last = trained.history[-1]
    assert last.accuracy > 0.9
    assert last.val_accuracy is not None
    assert last.val_accuracy < 0.1


def test_min_max_is_fitted_on_the_images_trained_on_alone(digits: Dataset) -> None:
    images = np.minimum(digits.x_train, 200)
    images[190:, 0, 0] = 255
    trained = run(replace(digits, x_train=images), "classic", validation_share=0.1)
    assert trained.network.layers[1].scale == pytest.approx(1 / 200)


def test_events_come_in_order_and_batches_know_where_they_are(digits: Dataset) -> None:
    events: list[BatchEvent | EpochEvent] = []
    trained = run(digits, on_event=events.append, epochs=2)
    assert [event for event in events if isinstance(event, EpochEvent)] == list(trained.history)
    batches = [event for event in events if isinstance(event, BatchEvent)]
    assert batches
    assert all(1 <= event.batch <= event.batches == 13 for event in batches)
    assert all(event.loss > 0 and 0 <= event.accuracy <= 1 for event in batches)
    assert [event.epoch for event in events] == sorted(event.epoch for event in events)


def test_a_stop_inside_an_epoch_keeps_what_was_learned(digits: Dataset) -> None:
    asked = iter(range(1, 1000))
    # 13 batches and the epoch's end: it is asked 14 times an epoch; this is epoch 7, batch 3.
    trained = run(digits, should_stop=lambda: next(asked) > 6 * 14 + 2, epochs=50)
    assert trained.stopped
    assert [event.partial for event in trained.history] == [False] * 6 + [True]
    assert (predictions(trained.network, digits.x_test) == digits.y_test).mean() > 0.9


def test_a_stop_is_heard_after_the_first_batch(digits: Dataset) -> None:
    batches: list[BatchEvent | EpochEvent] = []
    trained = run(digits, on_event=batches.append, should_stop=lambda: True, epochs=50)
    assert isinstance(batches[0], BatchEvent)
    assert batches[0].batch == 1
    assert len(trained.history) == 1
    assert trained.history[0].partial


def test_a_stop_at_an_epochs_end_starts_no_other(digits: Dataset) -> None:
    ended: list[bool] = []

    def on_event(event: BatchEvent | EpochEvent) -> None:
        if isinstance(event, EpochEvent):
            ended.append(event.partial)

    trained = run(digits, on_event=on_event, should_stop=lambda: bool(ended), epochs=50)
    assert ended == [False]
    assert trained.stopped


def test_a_stop_that_comes_with_the_last_batch_stops_nothing(digits: Dataset) -> None:
    asked = iter(range(1, 1000))
    trained = run(digits, should_stop=lambda: next(asked) >= 13, epochs=1)
    assert not trained.history[0].partial
    assert not trained.stopped


def test_a_loss_that_is_no_number_is_an_error(digits: Dataset) -> None:
    with pytest.raises(TrainingError, match=r"loss became (nan|inf) in batch .* learning rate"):
        run(digits, learning_rate=1e30, epochs=5)


@pytest.mark.parametrize(("images", "share"), [(1, 0.5), (8, 0.99), (8, 1e-20)])
def test_a_share_that_leaves_no_image_is_refused(
    digits: Dataset, images: int, share: float
) -> None:
    few = replace(digits, x_train=digits.x_train[:images], y_train=digits.y_train[:images])
    with pytest.raises(TrainingError, match=f"validation share of {share}.* {images} images"):
        run(few, validation_share=share)


def test_a_seed_gives_the_same_run_again(digits: Dataset) -> None:
    first, again, other = (run(digits, seed=seed).history[0].loss for seed in (3, 3, 4))
    assert again == pytest.approx(first, rel=1e-4)
    assert abs(other - first) > 1e-3


class Killed(Exception):  # noqa: N818 - nothing catches it: it stands for a kill
    """Ends a run from inside, as a kill would."""


def cut_off(digits: Dataset, folder: Path, after: int) -> list[EpochEvent]:
    """A run of six epochs that ends in the middle of the one after so many."""
    told: list[EpochEvent] = []

    def on_event(event: BatchEvent | EpochEvent) -> None:
        if isinstance(event, EpochEvent):
            told.append(event)
        elif len(told) == after:
            raise Killed

    with pytest.raises(Killed):
        resumed(digits, folder, (), on_event)
    return told


def resumed(
    digits: Dataset,
    folder: Path,
    earlier: Sequence[EpochEvent],
    on_event: Callable[[BatchEvent | EpochEvent], None] = lambda _: None,
) -> TrainedModel:
    recipe = find("compact")
    return train(
        recipe,
        digits,
        settings=recipe.settings(epochs=6, batch_size=16),
        on_event=on_event,
        should_stop=lambda: False,
        checkpoint=folder,
        earlier=tuple(earlier),
    )


def test_a_run_that_was_cut_off_goes_on_after_its_last_epoch(
    digits: Dataset, tmp_path: Path
) -> None:
    earlier = cut_off(digits, tmp_path / "run", after=3)
    told: list[BatchEvent | EpochEvent] = []
    trained = resumed(digits, tmp_path / "run", earlier, told.append)
    assert {event.epoch for event in told} == {4, 5, 6}
    assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]
    assert trained.history[:3] == tuple(earlier)
    assert trained.history[3].loss < earlier[0].loss / 2
    assert not trained.stopped


@pytest.mark.parametrize(
    ("file", "goes_on_from"),
    [("training_metadata.json", 3), ("latest.weights.h5", 3)],
)
def test_a_checkpoint_that_was_half_written_costs_an_epoch_at_most(
    digits: Dataset, tmp_path: Path, file: str, goes_on_from: int
) -> None:
    folder = tmp_path / "run"
    earlier = cut_off(digits, folder, after=3)
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    told: list[BatchEvent | EpochEvent] = []
    trained = resumed(digits, folder, earlier, told.append)
    assert min(event.epoch for event in told) == goes_on_from
    assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]


def test_a_checkpoint_that_is_ruined_starts_the_run_again(digits: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    earlier = cut_off(digits, folder, after=2)
    for path in folder.iterdir():
        path.write_bytes(b"ruined")
    trained = resumed(digits, folder, earlier)
    assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]


def test_a_drawing_is_read_as_the_network_learns(digits: Dataset) -> None:
    recipe = find("compact")
    events: list[BatchEvent | EpochEvent] = []
    trained = train(
        recipe,
        digits,
        settings=recipe.settings(epochs=8, batch_size=16),
        on_event=events.append,
        should_stop=lambda: False,
        probe=digits.x_train[3],
    )
    assert events[0].probe is not None
    assert all(sum(epoch.probe or ()) == pytest.approx(1) for epoch in trained.history)
    last = trained.history[-1].probe
    assert last is not None
    assert last.index(max(last)) == digits.y_train[3]


def test_a_stop_during_validation_is_heard_and_its_figures_are_not_told(digits: Dataset) -> None:
    asked = iter(range(1, 1000))
    # 160 images to train with are 10 batches; the stop comes with the second of validation.
    trained = run(
        digits, should_stop=lambda: next(asked) > 11, epochs=9, validation_share=0.2, batch_size=16
    )
    assert len(trained.history) == 1
    assert trained.history[0].val_loss is None
    assert not trained.history[0].partial
    assert trained.stopped


def test_augmented_images_are_learned_from_and_logs_are_written(
    digits: Dataset, tmp_path: Path
) -> None:
    recipe = find("compact")
    settings = recipe.settings(epochs=8, batch_size=16, shift=1, rotation=8, validation_share=0.1)
    trained = train(
        recipe,
        digits,
        settings=settings,
        on_event=lambda _: None,
        should_stop=lambda: False,
        logs=tmp_path / "logs",
    )
    plain = run(digits, epochs=8, validation_share=0.1)
    assert trained.history[-1].loss > plain.history[-1].loss
    assert (predictions(trained.network, digits.x_test) == digits.y_test).mean() > 0.8
    assert {path.parent.name for path in (tmp_path / "logs").rglob("events.*")} == {
        "train",
        "validation",
    }

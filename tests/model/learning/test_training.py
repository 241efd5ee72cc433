"""Real Keras on drawn digits: learning, events, stopping, what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from model.learning import training
from model.learning.data.datasets import Dataset
from model.learning.errors import TrainingError
from model.learning.evaluation.accuracy import predictions
from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import RECIPES, find
from model.learning.training import TrainedModel, train
from tests.support.tables import case


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


def test_every_recipe_takes_raw_grey_levels_and_learns(digits: Dataset) -> None:
    first = {}
    # `compact` is the fixture's, and `house` learns in `test_mixing`.
    for name in RECIPES.keys() - {"compact", "house"}:
        with case(name):
            trained = run(digits, name, epochs=3, validation_share=0.0)
            outputs = np.asarray(trained.network(digits.x_test.astype(np.float32)))
            assert outputs.shape == (70, 10)
            assert trained.history[-1].loss < trained.history[0].loss
            assert (outputs.argmax(axis=1) == digits.y_test).mean() > 0.5
            first[name] = trained.history[0].loss
    # Keras takes the logits behind a sigmoid for this loss; a served sigmoid rests on that.
    assert first["sigmoid"] == pytest.approx(first["classic"], rel=1e-3)


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


class Reported(NamedTuple):
    """A run of two epochs and what it reported."""

    trained: TrainedModel
    events: list[BatchEvent | EpochEvent]


@pytest.fixture(scope="module")
def two_epochs(digits: Dataset) -> Reported:
    events: list[BatchEvent | EpochEvent] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_SECONDS_BETWEEN_EVENTS", 0.0)
        return Reported(run(digits, on_event=events.append, epochs=2, seed=3), events)


def test_events_come_in_order_and_batches_know_where_they_are(two_epochs: Reported) -> None:
    trained, events = two_epochs
    # Nothing is held out.
    assert trained.images == 200
    assert trained.history[0].val_loss is None
    assert trained.history[0].val_accuracy is None
    assert [event for event in events if isinstance(event, EpochEvent)] == list(trained.history)
    batches = [event for event in events if isinstance(event, BatchEvent)]
    assert batches
    assert all(1 <= event.batch <= event.batches == 13 for event in batches)
    assert all(event.loss > 0 and 0 <= event.accuracy <= 1 for event in batches)
    assert [event.epoch for event in events] == sorted(event.epoch for event in events)


def test_a_batchs_figures_are_its_own_and_no_mean_that_restarts_with_each_epoch(
    digits: Dataset, two_epochs: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirteen batches an epoch, one of 8 images, which is not the last where they are shuffled."""
    monkeypatch.setattr(training, "_SECONDS_BETWEEN_EVENTS", 0.0)
    shifted: list[BatchEvent | EpochEvent] = []
    run(digits, on_event=shifted.append, epochs=2, shift=1)
    for shift, events in ((0, two_epochs.events), (1, shifted)):
        batches = [event for event in events if isinstance(event, BatchEvent)]
        assert len(batches) == 2 * 13
        for event in batches:
            right = 16 * event.accuracy
            assert right == pytest.approx(round(right), abs=1e-3), (shift, event)
        if not shift:
            loss = sum((8 if event.batch == 13 else 16) * event.loss for event in batches[13:])
            assert loss / 200 == pytest.approx(two_epochs.trained.history[1].loss, rel=1e-4)


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


def test_a_share_that_leaves_no_image_is_refused(digits: Dataset) -> None:
    for images, share in ((1, 0.5), (8, 0.99), (8, 1e-20)):
        few = replace(digits, x_train=digits.x_train[:images], y_train=digits.y_train[:images])
        said = f"validation share of {share}.* {images} images"
        with case((images, share)), pytest.raises(TrainingError, match=said):
            run(few, validation_share=share)


def test_a_seed_gives_the_same_run_again(digits: Dataset, two_epochs: Reported) -> None:
    first = two_epochs.trained.history[0].loss
    again, other = (run(digits, seed=seed).history[0].loss for seed in (3, 4))
    assert again == pytest.approx(first, rel=1e-4)
    assert abs(other - first) > 1e-3


class Killed(Exception):  # noqa: N818 - nothing catches it: it stands for a kill
    """Ends a run from inside, as a kill would."""


class CutOff(NamedTuple):
    """A run of six epochs that ended in the middle of the fourth."""

    checkpoint: Path
    earlier: list[EpochEvent]

    def copied(self, folder: Path) -> Path:
        """Another of its checkpoints, to damage or to go on from."""
        return shutil.copytree(self.checkpoint, folder)


@pytest.fixture(scope="module")
def cut_off(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> CutOff:
    folder = tmp_path_factory.mktemp("cut-off") / "run"
    told: list[BatchEvent | EpochEvent] = []
    asked = iter(range(1, 1000))

    def should_stop() -> bool:
        if next(asked) > 3 * 14 + 4:  # epoch 4, batch 5
            raise Killed
        return False

    with pytest.raises(Killed):
        resumed(digits, folder, (), told.append, should_stop)
    return CutOff(folder, [event for event in told if isinstance(event, EpochEvent)])


def resumed(
    digits: Dataset,
    folder: Path,
    earlier: Sequence[EpochEvent],
    on_event: Callable[[BatchEvent | EpochEvent], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainedModel:
    recipe = find("compact")
    return train(
        recipe,
        digits,
        settings=recipe.settings(epochs=6, batch_size=16),
        on_event=on_event,
        should_stop=should_stop,
        checkpoint=folder,
        earlier=tuple(earlier),
    )


def test_a_run_that_was_cut_off_goes_on_after_its_last_epoch(
    digits: Dataset, cut_off: CutOff, tmp_path: Path
) -> None:
    told: list[BatchEvent | EpochEvent] = []
    trained = resumed(digits, cut_off.copied(tmp_path / "run"), cut_off.earlier, told.append)
    assert {event.epoch for event in told} == {4, 5, 6}
    assert len(cut_off.earlier) == 3
    assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]
    assert trained.history[:3] == tuple(cut_off.earlier)
    assert trained.history[3].loss < cut_off.earlier[0].loss / 2
    assert not trained.stopped


def test_a_checkpoint_that_was_half_written_costs_an_epoch_at_most(
    digits: Dataset, cut_off: CutOff, tmp_path: Path
) -> None:
    for name in ("training_metadata.json", "latest.weights.h5"):
        with case(name):
            folder = cut_off.copied(tmp_path / name)
            file = folder / name
            content = file.read_bytes()
            file.write_bytes(content[: len(content) // 2])
            told: list[BatchEvent | EpochEvent] = []
            trained = resumed(digits, folder, cut_off.earlier, told.append)
            assert min(event.epoch for event in told) == 3
            assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]


def test_a_checkpoint_that_is_ruined_starts_the_run_again(
    digits: Dataset, cut_off: CutOff, tmp_path: Path
) -> None:
    folder = cut_off.copied(tmp_path / "run")
    for path in folder.iterdir():
        path.write_bytes(b"ruined")
    trained = resumed(digits, folder, cut_off.earlier)
    assert [event.epoch for event in trained.history] == [1, 2, 3, 4, 5, 6]


def test_a_drawing_is_read_as_the_network_learns(
    trained: TrainedModel, events: list[BatchEvent | EpochEvent], digits: Dataset
) -> None:
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
    digits: Dataset, trained: TrainedModel, tmp_path: Path
) -> None:
    recipe = find("compact")
    settings = recipe.settings(epochs=8, batch_size=16, shift=1, rotation=8, validation_share=0.1)
    augmented = train(
        recipe,
        digits,
        settings=settings,
        on_event=lambda _: None,
        should_stop=lambda: False,
        logs=tmp_path / "logs",
    )
    assert augmented.history[-1].loss > trained.history[-1].loss
    assert (predictions(augmented.network, digits.x_test) == digits.y_test).mean() > 0.8
    assert {path.parent.name for path in (tmp_path / "logs").rglob("events.*")} == {
        "train",
        "validation",
    }

"""One training run: a recipe and digits in, a trained network out, events on the way.

Knows no store, no job and no page; who starts it decides when it stops.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from model.learning.datasets import Dataset
from model.learning.errors import TrainingError
from model.learning.events import BatchEvent, EpochEvent
from model.learning.network import build, fit_scaling
from model.learning.recipes import Recipe, Settings

_SECONDS_BETWEEN_EVENTS = 0.1


@dataclass(frozen=True)
class TrainedModel:
    """A network and how it came about."""

    network: keras.Model
    """(n, 28, 28) float32, grey levels 0 to 255 -> (n, 10) float32 in [0, 1]."""
    recipe: Recipe
    settings: Settings
    history: tuple[EpochEvent, ...]
    images: int
    """Training images that it learned from; those held out are not among them."""
    seconds: float
    """Wall time of the fit."""
    stopped: bool
    """Whether it was stopped before its last epoch's end."""


def train(
    recipe: Recipe,
    data: Dataset,
    *,
    settings: Settings,
    on_event: Callable[[BatchEvent | EpochEvent], None],
    should_stop: Callable[[], bool],
    progress_bar: bool = False,
) -> TrainedModel:
    """Trains a fresh network; being stopped keeps what was learned so far.

    Args:
        data: only its training images are used.
        on_event: gets a `BatchEvent` at most ten times a second and an `EpochEvent` after each
            epoch, from the thread that called.
        should_stop: asked after each batch; once it is true, no further batch is trained.
        progress_bar: whether Keras's own goes to standard output.

    Raises:
        TrainingError: the loss is no longer a finite number, or no image is left to train on.
    """
    # Networks of earlier runs in this process would otherwise stay in memory.
    keras.utils.clear_session()
    keras.utils.set_random_seed(settings.seed)
    images = _share_trained_on(len(data.x_train), settings.validation_share)
    network = build(recipe, fit_scaling(recipe, data.x_train[:images]), settings.learning_rate)
    labels = keras.utils.to_categorical(data.y_train, 10) if recipe.one_hot else data.y_train
    watcher = _Watcher(on_event, should_stop)
    bar = [keras.callbacks.ProgbarLogger()] if progress_bar else []
    began = time.monotonic()
    network.fit(
        data.x_train,  # uint8: the network makes floats of one batch at a time
        labels,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        validation_split=settings.validation_share,
        # The bar comes first, so that it has ended its line before an epoch's event is shown.
        callbacks=[*bar, watcher],
        verbose=1 if progress_bar else 0,
    )
    return TrainedModel(
        network=network,
        recipe=recipe,
        settings=settings,
        history=tuple(watcher.history),
        images=images,
        seconds=time.monotonic() - began,
        stopped=watcher.cut_short(settings.epochs),
    )


def _share_trained_on(images: int, validation_share: float) -> int:
    """How many images Keras keeps to train on: the first ones, before any shuffling."""
    kept = math.floor(images * (1 - validation_share))
    if kept == 0:
        raise TrainingError(
            f"a validation share of {validation_share} leaves none of {images} images to train on"
        )
    if validation_share and kept == images:
        raise TrainingError(
            f"a validation share of {validation_share} of {images} images is not one image"
        )
    return kept


class _Watcher(keras.callbacks.Callback):
    """Turns what Keras reports into events, and the wish to stop into Keras's own flag."""

    def __init__(
        self,
        on_event: Callable[[BatchEvent | EpochEvent], None],
        should_stop: Callable[[], bool],
    ) -> None:
        super().__init__()
        self.history: list[EpochEvent] = []
        self._on_event = on_event
        self._should_stop = should_stop
        self._epoch_began = self._last_told = 0.0
        self._epoch = self._batch = 0

    def cut_short(self, epochs: int) -> bool:
        return len(self.history) < epochs or self.history[-1].partial

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        self._epoch_began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        self._batch = batch + 1
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} in batch {self._batch} of epoch {self._epoch}: "
                "the network diverged; try a smaller learning rate"
            )
        if self._should_stop():
            self.model.stop_training = True
        now = time.monotonic()
        if now - self._last_told >= _SECONDS_BETWEEN_EVENTS:
            self._last_told = now
            accuracy = float(logs["accuracy"])
            self._on_event(
                BatchEvent(self._epoch, self._batch, self.params["steps"], loss, accuracy)
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        # Keras validates and comes here even when it was stopped inside the epoch.
        logs = logs or {}
        event = EpochEvent(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            accuracy=float(logs["accuracy"]),
            val_loss=_number(logs.get("val_loss")),
            val_accuracy=_number(logs.get("val_accuracy")),
            seconds=time.monotonic() - self._epoch_began,
            partial=self._batch < self.params["steps"],
        )
        self.history.append(event)
        self._on_event(event)
        # A stop during validation would otherwise cost one batch of another epoch.
        if self._should_stop():
            self.model.stop_training = True


def _number(value: Any) -> float | None:
    return None if value is None else float(value)

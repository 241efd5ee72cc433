"""One training run: a recipe and digits in, a trained network out, events on the way."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.batches import Augmented
from model.learning.data import drawings
from model.learning.data.datasets import Dataset, trained_on
from model.learning.data.mixing import mixed
from model.learning.errors import DivergedError
from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.network import build, fit_scaling
from model.learning.normalising import recalibrate_batch_norm
from model.learning.recipe import Recipe
from model.reading.verdict import digit_probabilities, log_outputs

_KEY = 34
"""Keeps the random pens of drawings apart from the streams of `mixing` and `held_out`."""
_SECONDS_BETWEEN_EVENTS = 0.1
_SECONDS_BETWEEN_PROBES = 0.4
"""Reading one image with a network in training takes 3 ms."""


@dataclass(frozen=True)
class TrainedModel:
    """A network and how it was trained."""

    network: keras.Model
    """(n, 28, 28) float32, grey levels 0 to 255 -> (n, 10) or (n, 11) float32 in [0, 1]."""
    recipe: Recipe
    settings: Settings
    history: tuple[EpochEvent, ...]
    images: int
    """Training images, those of a recipe's mix included, those held out excluded."""
    seconds: float
    """Wall time of the fit, all parts of a resumed run included."""
    stopped: bool
    """Whether it was stopped before the end of its last epoch."""


def train(
    recipe: Recipe,
    data: Dataset,
    *,
    settings: Settings,
    on_event: Callable[[BatchEvent | EpochEvent], None],
    should_stop: Callable[[], bool],
    progress_bar: bool = False,
    probe: NDArray[np.uint8] | None = None,
    checkpoint: Path | None = None,
    earlier: tuple[EpochEvent, ...] = (),
    logs: Path | None = None,
) -> TrainedModel:
    """Trains a fresh network; a stop keeps what it has learned so far.

    Args:
        recipe: the network and how to fit it.
        data: only its training images are used.
        settings: epochs, batch size and so on.
        on_event: receives a `BatchEvent` at most ten times a second and an `EpochEvent` after each
            epoch, in the calling thread.
        should_stop: called after each batch, of validation too, and while a mix is drawn; once it
            returns True, no further batch is processed.
        progress_bar: whether to show Keras's on standard output.
        probe: (28, 28) uint8, a drawing whose probabilities are part of the events.
        checkpoint: a folder of this run alone, written after each epoch; if it contains an earlier
            part of the run, training resumes there.
        earlier: the epochs of that earlier part.
        logs: folder for TensorBoard's logs.

    Raises:
        DivergedError: the loss is no longer finite.
        TrainingError: no image is left to train on.
    """
    # Networks of earlier runs in this process would stay in memory.
    keras.utils.clear_session()
    keras.utils.set_random_seed(settings.seed)
    kept = trained_on(len(data.x_train), settings.validation_share)
    # uint8: the network converts one batch at a time to floats.
    images, labels = data.x_train[:kept], data.y_train[:kept]
    if recipe.mix:
        images, labels = mixed(images, labels, recipe.mix, settings.seed, should_stop)
    if data.drawings:
        drawn, drawn_labels = _drawn(recipe, data, settings, should_stop)
        images, labels = np.concatenate([images, drawn]), np.concatenate([labels, drawn_labels])
    targets = _targets(recipe, labels)
    done = epochs_done(checkpoint) if checkpoint else 0
    inputs: dict[str, Any] = {"x": images, "y": targets, "batch_size": settings.batch_size}
    if settings.shift or settings.rotation or recipe.warp:
        augmented = Augmented(
            images,
            targets,
            settings,
            recipe.warp,
            anneal_share=recipe.anneal_share,
            anneal_floor=recipe.anneal_floor,
            epochs_done=done,
        )
        inputs = {"x": augmented}
    steps = settings.epochs * math.ceil(len(images) / settings.batch_size)
    network = build(recipe, fit_scaling(recipe, images), settings, steps)
    kept_epochs = tuple(event for event in earlier if event.epoch <= done)
    watcher = _Watcher(recipe, on_event, should_stop, probe=probe, earlier=kept_epochs, done=done)
    callbacks: list[keras.callbacks.Callback] = []
    if progress_bar:
        # First, so that the bar ends its line before an epoch's event is shown.
        callbacks.append(keras.callbacks.ProgbarLogger())
    if logs:
        callbacks.append(keras.callbacks.TensorBoard(logs, write_graph=False))
    began = time.monotonic()
    network.fit(
        **inputs,
        epochs=settings.epochs,
        validation_data=(data.x_train[kept:], _targets(recipe, data.y_train[kept:]))
        if settings.validation_share
        else None,
        validation_batch_size=settings.batch_size,
        # The checkpoint comes last: the epoch that it resumes after has been reported.
        callbacks=[*callbacks, watcher, *([_Backup(checkpoint)] if checkpoint else [])],
        verbose=1 if progress_bar else 0,
    )
    stopped = watcher.was_stopped(settings.epochs)
    if recipe.recalibrate_batch_norm and not stopped:
        recalibrate_batch_norm(network, images, np.random.default_rng(settings.seed))
    return TrainedModel(
        network=network,
        recipe=recipe,
        settings=settings,
        history=tuple(watcher.history),
        images=len(images),
        seconds=time.monotonic() - began + sum(epoch.seconds for epoch in kept_epochs),
        stopped=stopped,
    )


def _targets(recipe: Recipe, labels: NDArray[np.uint8]) -> NDArray:
    """Labels as the recipe's loss takes them: (n,), or (n, outputs) one-hot."""
    return keras.utils.to_categorical(labels, recipe.outputs) if recipe.one_hot else labels


def _drawn(
    recipe: Recipe, data: Dataset, settings: Settings, should_stop: Callable[[], bool]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images and labels of the data's drawings, but for those held out."""
    places, _ = drawings.split(data.drawings, settings.validation_share)
    rng = np.random.default_rng(SeedSequence(settings.seed, spawn_key=(_KEY,)))
    images, labels = drawings.images_of(data.drawings, places, rng, should_stop=should_stop)
    learned = labels < recipe.outputs  # ten outputs cannot learn non-digits
    return images[learned], labels[learned]


def epochs_done(folder: Path) -> int:
    """The epoch after which a checkpoint resumes; repairs a checkpoint half-written by a kill.

    Keras itself falls back on the previous checkpoint if the weights cannot be opened, but not if
    the number of the epoch cannot be read, and without saying so.
    """
    for suffix in ("", ".bkp"):
        try:
            epoch = json.loads((folder / f"training_metadata.json{suffix}").read_text())["epoch"]
            h5py.File(folder / f"latest.weights.h5{suffix}").close()
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for name in ("training_metadata.json", "latest.weights.h5"):
            if suffix:
                shutil.copyfile(folder / f"{name}{suffix}", folder / name)
        return int(epoch)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


class _Backup(keras.callbacks.BackupAndRestore):
    """Keras's own, after each complete epoch: a stopped one is not resumed after."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), double_checkpoint=True, delete_checkpoint=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self.model.stop_training:
            super().on_epoch_end(epoch, logs)


class _Watcher(keras.callbacks.Callback):
    """Turns Keras's callbacks into events, and `should_stop` into Keras's own flags."""

    def __init__(
        self,
        recipe: Recipe,
        on_event: Callable[[BatchEvent | EpochEvent], None],
        should_stop: Callable[[], bool],
        *,
        probe: NDArray[np.uint8] | None,
        earlier: tuple[EpochEvent, ...],
        done: int,
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._on_event = on_event
        self._should_stop = should_stop
        self._told = (0.0, 0.0, 0.0)
        self._probe = probe
        self._epoch_began = self._last_event = self._last_probed = 0.0
        self._epoch, self._batch = done, 0
        self._validation_stopped = False
        self.history = list(earlier)
        self._partial = False

    def was_stopped(self, epochs: int) -> bool:
        return self._partial or self._epoch < epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        self._told = (0.0, 0.0, 0.0)
        self._epoch_began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        self._batch = batch + 1
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise DivergedError(
                f"the loss became {loss} in batch {self._batch} of epoch {self._epoch}: "
                "the network diverged; try a smaller learning rate"
            )
        if self._should_stop():
            self.model.stop_training = True
        now = time.monotonic()
        if now - self._last_event >= _SECONDS_BETWEEN_EVENTS:
            self._last_event = now
            probabilities = None
            if now - self._last_probed >= _SECONDS_BETWEEN_PROBES:
                self._last_probed = now
                probabilities = self._read_probe()
            recent = self._recent(loss, float(logs["accuracy"]))
            steps = self.params["steps"]
            self._on_event(BatchEvent(self._epoch, self._batch, steps, *recent, probabilities))

    def _recent(self, loss: float, accuracy: float) -> tuple[float, float]:
        """Loss and accuracy of the batches since the event before, from means over the epoch."""
        before, *sums_before = self._told
        images = float(self.model.metrics[0].count)  # batches are not all of one size
        sums = (images * loss, images * accuracy)
        self._told = (images, *sums)
        # Keras's means are float32: a difference of theirs may end a little outside.
        own_loss, own_accuracy = (
            max(0.0, total - earlier) / (images - before)
            for total, earlier in zip(sums, sums_before, strict=True)
        )
        return own_loss, min(1.0, own_accuracy)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        # Validation of many images takes seconds; a stop must not wait for it.
        if self._should_stop():
            self._validation_stopped = True
            self.model.stop_evaluating = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        # Keras validates and calls this even after a stop within the epoch.
        logs = logs or {}
        validated = not self._validation_stopped
        event = EpochEvent(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            accuracy=float(logs["accuracy"]),
            val_loss=_number(logs.get("val_loss")) if validated else None,
            val_accuracy=_number(logs.get("val_accuracy")) if validated else None,
            seconds=time.monotonic() - self._epoch_began,
            partial=self._batch < self.params["steps"],
            probe=self._read_probe(),
        )
        if not all(map(math.isfinite, (event.loss, event.val_loss or 0.0))):
            raise DivergedError("the loss is no longer finite; try a smaller learning rate")
        self._partial = event.partial
        self.history.append(event)
        self._on_event(event)
        # A stop during validation would otherwise cost one batch of another epoch.
        if self._should_stop():
            self.model.stop_training = True

    def _read_probe(self) -> tuple[float, ...] | None:
        if self._probe is None:
            return None
        outputs = np.asarray(self.model(self._probe[None].astype(np.float32), training=False))
        logs = log_outputs(outputs, self._recipe.output)
        probabilities = digit_probabilities(logs, temperature=1.0)[0]
        return tuple(probabilities.tolist()) if np.isfinite(probabilities).all() else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)

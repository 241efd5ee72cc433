"""Measures a network for its scorecard, with the served file, as a visitor's drawing is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import Drawing, StrokeSet
from model.learning.evaluation import painting
from model.learning.evaluation.accuracy import evaluate
from model.learning.evaluation.calibration import expected_error, reliability
from model.learning.evaluation.scorecard import (
    SHAPED_AS_DIGITS,
    Digits,
    Drawn,
    Kind,
    Perturbed,
    Refusal,
    Scorecard,
    Separation,
)
from model.reading.reader import Reader, sha256
from model.reading.strokes import render

_TIMED = 1_000
"""Timed readings of one image, after a tenth as many for warming up."""


@dataclass(frozen=True)
class _Readings:
    """Readings of n images, as arrays of n."""

    predictions: NDArray[np.int64]
    confidences: NDArray[np.float64]
    refused: NDArray[np.bool_]
    refusals: NDArray[np.float64]


def score(
    folder: Path,
    data: Dataset,
    drawn: Sequence[StrokeSet] = (),
    non_digits: Sequence[StrokeSet] = (),
    *,
    pictures: int | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Scorecard:
    """Measures the network of a model folder.

    Args:
        folder: the model folder.
        data: all of its test digits are read.
        drawn: sets of drawn digits.
        non_digits: sets of non-digits.
        pictures: how many drawings of each set, evenly spaced, are also measured perturbed, which
            takes most of the time; all when None.
        on_progress: receives a line before each step that takes long.

    Raises:
        ModelError: the model folder is unusable.
        DataError: a label in a set of digits is not a digit.
    """
    reader = Reader(folder)
    on_progress(f"{data.source}: reading {len(data.x_test):,} test digits")
    images = data.x_test.astype(np.float32) / np.float32(255)
    of_test = _read(reader, images)
    labels = [part.digits() for part in drawn]
    of_drawn = []
    for part in drawn:
        on_progress(f"{part.name}: reading {len(part.drawings):,} drawings")
        of_drawn.append(_read(reader, rendered(part.drawings)))
    against = [(data.source, of_test), *zip((part.name for part in drawn), of_drawn, strict=True)]
    parameters = reader.card.get("parameters")
    return Scorecard(
        version=reader.version,
        network=sha256(folder / "network.tflite"),
        measured=datetime.now(UTC).date().isoformat(),
        parameters=parameters if isinstance(parameters, int) else None,
        size=(folder / "network.tflite").stat().st_size,
        milliseconds=_milliseconds(reader, images[:1]),
        refuses=reader.card.get("refusal") is not None,
        test=_digits(data.source, data.y_test, of_test),
        drawn=tuple(
            Drawn(
                digits=_digits(part.name, truth, readings),
                changed=_perturbed(
                    reader, part, truth, readings, pictures=pictures, on_progress=on_progress
                ),
            )
            for part, truth, readings in zip(drawn, labels, of_drawn, strict=True)
        ),
        refusal=tuple(
            _refusal(part, _read(reader, rendered(part.drawings)), against) for part in non_digits
        ),
    )


def rendered(drawings: Sequence[Drawing]) -> NDArray[np.float32]:
    """(n, 28, 28) float32 in [0, 1], like strokes from the page."""
    return np.stack([render(drawing) for drawing in drawings])


def _read(reader: Reader, images: NDArray[np.float32]) -> _Readings:
    readings = reader.read(images)
    return _Readings(
        predictions=np.array([reading.best_guess for reading in readings]),
        confidences=np.array([reading.confidence for reading in readings]),
        refused=np.array([reading.digit is None for reading in readings]),
        refusals=np.array([reading.refusal for reading in readings]),
    )


def _milliseconds(reader: Reader, image: NDArray[np.float32]) -> float:
    took = []
    for _ in range(_TIMED + _TIMED // 10):
        began = time.perf_counter()
        reader.read(image)
        took.append(time.perf_counter() - began)
    return float(np.median(took[_TIMED // 10 :])) * 1000


def _digits(name: str, labels: NDArray[np.integer], readings: _Readings) -> Digits:
    result = evaluate(labels, readings.predictions)
    bins = reliability(readings.confidences, readings.predictions == labels)
    return Digits(
        name=name,
        images=result.images,
        accuracy=result.accuracy,
        interval=result.interval,
        by_digit=result.recall,
        confusions=tuple(result.confusions(90)),
        refused=float(readings.refused.mean()),
        calibration_error=expected_error(bins),
        reliability=bins,
    )


def _perturbed(
    reader: Reader,
    part: StrokeSet,
    labels: NDArray[np.integer],
    plain: _Readings,
    *,
    pictures: int | None,
    on_progress: Callable[[str], None],
) -> tuple[Perturbed, ...]:
    total = len(labels)
    sample = np.linspace(0, total, min(pictures or total, total), endpoint=False).astype(int)
    plain_accuracy = float((plain.predictions == labels)[sample].mean())
    drawings = [part.drawings[i] for i in sample]
    results = []
    for way in painting.WAYS:
        on_progress(f"{part.name}: {way}, {len(sample):,} drawings")
        predicted = _read(reader, painting.perturb(way, drawings)).predictions
        result = evaluate(labels[sample], predicted)
        difference = result.accuracy - plain_accuracy
        results.append(Perturbed(way, result.images, result.accuracy, result.interval, difference))
    return tuple(results)


def _refusal(
    part: StrokeSet, readings: _Readings, against: Sequence[tuple[str, _Readings]]
) -> Refusal:
    shaped = part.digit_shaped()
    kinds = np.where(shaped, SHAPED_AS_DIGITS, part.kinds())
    names = sorted(set(kinds.tolist()), key=lambda name: (name == SHAPED_AS_DIGITS, name))
    return Refusal(
        name=part.name,
        drawings=len(kinds),
        told=tuple(
            Separation(
                digits=name,
                auroc=_auroc(readings.refusals, digits.refusals),
                auroc_without_shaped=(
                    None
                    if shaped.all() or not shaped.any()
                    else _auroc(readings.refusals[~shaped], digits.refusals)
                ),
            )
            for name, digits in against
        ),
        kinds=tuple(
            Kind(name, int((kinds == name).sum()), float(readings.refused[kinds == name].mean()))
            for name in names
        ),
    )


def _auroc(others: NDArray[np.float64], digits: NDArray[np.float64]) -> float:
    is_other = np.repeat([True, False], [len(others), len(digits)])
    return float(roc_auc_score(is_other, np.concatenate([others, digits])))

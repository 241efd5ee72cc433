"""Measures a network for its scorecard: reads with the served file, as a visitor's drawing is read.

Knows a model folder, digits and stroke sets; what the figures look like is `scorecard`.
"""

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
    Changed,
    Digits,
    Drawn,
    Kind,
    Refusal,
    Scorecard,
    Told,
)
from model.reading.placing import place
from model.reading.reader import Reader, sha256
from model.reading.strokes import draw

_TIMED = 1_000
"""Readings of one image each, after a tenth as many that do not count."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class _Readings:
    """What was said of n images, as arrays of n."""

    guesses: NDArray[np.int64]
    confidences: NDArray[np.float64]
    refused: NDArray[np.bool_]
    refusals: NDArray[np.float64]


def score(
    folder: Path,
    data: Dataset,
    drawn: Sequence[StrokeSet] = (),
    no_digits: Sequence[StrokeSet] = (),
    *,
    pictures: int | None = None,
    tell: Tell = lambda _: None,
) -> Scorecard:
    """Reads everything with the network of a model folder.

    Args:
        data: its test digits are read, all of them.
        drawn: sets of drawn digits.
        no_digits: sets of what is no digit.
        pictures: how many drawings of each set are also made in other ways, which takes most of
            the time; evenly out of the set, all when None.
        tell: gets a line when something begins that takes long.

    Raises:
        ModelError: the folder cannot be read with.
        DataError: a set of digits has other labels.
    """
    reader = Reader(folder)
    tell(f"{data.source}: reading {len(data.x_test):,} test digits")
    images = data.x_test.astype(np.float32) / np.float32(255)
    of_test = _read(reader, images)
    labels = [part.digits() for part in drawn]
    of_drawn = []
    for part in drawn:
        tell(f"{part.name}: reading {len(part.drawings):,} drawings")
        of_drawn.append(_read(reader, inked(part.drawings)))
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
                changed=_changed(reader, part, truth, readings, pictures=pictures, tell=tell),
            )
            for part, truth, readings in zip(drawn, labels, of_drawn, strict=True)
        ),
        refusal=tuple(
            _refusal(part, _read(reader, inked(part.drawings)), against) for part in no_digits
        ),
    )


def inked(drawings: Sequence[Drawing]) -> NDArray[np.float32]:
    """(n, 28, 28) float32 in [0, 1], as the pad's strokes are made."""
    return np.stack([place(draw(drawing)) for drawing in drawings])


def _read(reader: Reader, images: NDArray[np.float32]) -> _Readings:
    readings = reader.read(images)
    return _Readings(
        guesses=np.array([reading.best_guess for reading in readings]),
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
    result = evaluate(labels, readings.guesses)
    bins = reliability(readings.confidences, readings.guesses == labels)
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


def _changed(
    reader: Reader,
    part: StrokeSet,
    labels: NDArray[np.integer],
    as_drawn: _Readings,
    *,
    pictures: int | None,
    tell: Tell,
) -> tuple[Changed, ...]:
    total = len(labels)
    chosen = np.linspace(0, total, min(pictures or total, total), endpoint=False).astype(int)
    before = float((as_drawn.guesses == labels)[chosen].mean())
    drawings = [part.drawings[i] for i in chosen]
    changed = []
    for way in painting.WAYS:
        tell(f"{part.name}: {way}, {len(chosen):,} drawings")
        guessed = _read(reader, painting.make(way, drawings)).guesses
        result = evaluate(labels[chosen], guessed)
        changed.append(
            Changed(way, result.images, result.accuracy, result.interval, result.accuracy - before)
        )
    return tuple(changed)


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
            Told(
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

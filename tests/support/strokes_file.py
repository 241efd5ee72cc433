"""Writes sets of drawings as files, in the layout of the project's measuring data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.digits import Stroke


def arrays_of(
    drawings: Sequence[Sequence[Stroke]], labels: Sequence[int] | Sequence[str]
) -> dict[str, NDArray]:
    """The file's four arrays."""
    strokes = [stroke for drawing in drawings for stroke in drawing]
    return {
        "points": np.concatenate([np.array(stroke, np.float32) for stroke in strokes]),
        "stroke_starts": np.cumsum([0, *map(len, strokes)]),
        "drawing_starts": np.cumsum([0, *map(len, drawings)]),
        "labels": np.array(labels),
    }


def write(
    path: Path, drawings: Sequence[Sequence[Stroke]], labels: Sequence[int] | Sequence[str]
) -> Path:
    """Writes the file and returns its path."""
    np.savez(path, **arrays_of(drawings, labels))  # type: ignore[arg-type]
    return path

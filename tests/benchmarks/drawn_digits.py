"""x"""

from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Drawings:
    """A file of drawings: `labels[d]` is the digit that `strokes[d]` were drawn for."""

    strokes: list[list[NDArray[np.float64]]]
    labels: NDArray[np.int64]


def load(path: Path) -> Drawings:
    with np.load(path) as file:
        points = np.split(file["points"].astype(np.float64), file["stroke_starts"][1:-1])
        starts = file["drawing_starts"].tolist()
        labels = file["labels"].astype(np.int64)
    return Drawings([points[a:b] for a, b in zip(starts, starts[1:], strict=False)], labels)

"""Sets of labelled drawings from files, checked.

The layout of an `.npz` is: `points` (P, 2), `stroke_starts` (S + 1,) into points, `drawing_starts`
(N + 1,) into strokes, `labels` (N,).
"""

from __future__ import annotations

import hashlib
import itertools
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.learning.errors import DataError
from model.reading.errors import require
from model.reading.strokes import MAX_COORDINATE

Drawing = list[NDArray[np.float64]]
"""One (n, 2) float64 for each stroke, n > 0, x right and y down, in any unit."""

MAX_UNPACKED = 500_000_000
"""Bytes of a file's arrays: a few kilobytes may unpack into as many gigabytes."""
MAX_DRAWINGS, MAX_STROKES = 500_000, 2_000_000
"""Of one file; each stroke becomes an array of its own."""

_NAMES = ("points", "stroke_starts", "drawing_starts", "labels")

DIGIT_SHAPED = frozenset(
    {
        *("O", "o", "l", "I", "S", "s", "Z", "z"),
        "Korean/character21",  # a bar, as the 1
        "Korean/character22",  # a corner, as the 7
        "Korean/character27",  # an angular 2
        "Korean/character33",  # a circle, as the 0
        "Balinese/character05",  # a 7 with a hook
        "Sanskrit/character13",  # a 5 with a long top
        "Sanskrit/character37",  # a 3 with a bar on top
    }
)
"""Labels, or their ends after the last slash, of letters shaped like digits; those of Omniglot were
picked by eye, before any network had read them."""


@dataclass(frozen=True)
class StrokeSet:
    """Labelled drawings."""

    name: str
    """Name of the file, without folders."""
    drawings: tuple[Drawing, ...]
    labels: tuple[str, ...]
    """One for each drawing: a digit, or "script/character"."""
    sha256: str = ""
    """Of the file's four arrays, where it comes from a file."""

    def digits(self) -> NDArray[np.int64]:
        """The labels as (n,) integers 0 to 9.

        Raises:
            DataError: a label is not a digit.
        """
        for label in self.labels:
            if not is_digit(label):
                raise DataError(f"{self.name} is not a set of digits: one is labelled {label!r}")
        return np.array(self.labels).astype(np.int64)

    def part(self, *, of_digits: bool) -> StrokeSet:
        """Its digits, or its non-digits; all of it where it has none of these."""
        chosen = [i for i, label in enumerate(self.labels) if is_digit(label) is of_digits]
        if not chosen:
            return self
        drawings, labels = (self.drawings[i] for i in chosen), (self.labels[i] for i in chosen)
        return replace(self, drawings=tuple(drawings), labels=tuple(labels))

    def kinds(self) -> tuple[str, ...]:
        """For each drawing the part of its label before the slash: its script or kind."""
        return tuple(label.split("/")[0] for label in self.labels)

    def digit_shaped(self) -> NDArray[np.bool_]:
        """(n,) whether each drawing has the label of a letter shaped like a digit."""
        return np.array(
            [bool({label, label.split("/")[-1]} & DIGIT_SHAPED) for label in self.labels], bool
        )


def is_digit(label: str) -> bool:
    """Whether a label is one of 0 to 9."""
    return len(label) == 1 and label.isascii() and label.isdigit()


def load(path: Path) -> StrokeSet:
    """Loads a set of drawings.

    Raises:
        DataError: the file is missing or is not a set of drawings; the message says why.
    """
    points, strokes, drawings, labels = _checked_arrays(path)
    digest = hashlib.sha256()
    for array in (points, strokes, drawings, labels):
        digest.update(np.ascontiguousarray(array).tobytes())
    lines = np.split(points.astype(np.float64), strokes[1:-1])
    return StrokeSet(
        name=path.name,
        drawings=tuple(lines[a:b] for a, b in itertools.pairwise(drawings.tolist())),
        labels=tuple(map(str, labels.tolist())),
        sha256=digest.hexdigest(),
    )


def labels_of(path: Path) -> list[str]:
    """The labels of a set of drawings, which is checked as `load` checks it.

    Raises:
        DataError: the file is missing or is not a set of drawings; the message says why.
    """
    *_, labels = _checked_arrays(path)
    return list(map(str, labels.tolist()))


def _checked_arrays(path: Path) -> list[NDArray]:
    arrays = _arrays(path)
    _check(path, *arrays)
    return arrays


def _arrays(path: Path) -> list[NDArray]:
    advice = "it must be an .npz of points, stroke_starts, drawing_starts and labels"
    if not path.exists():
        raise DataError(f"no strokes at {path}: that file is missing")
    try:
        with np.load(path, allow_pickle=False) as content:
            missing = [name for name in _NAMES if name not in getattr(content, "files", ())]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}; {advice}")
            unpacked = sum(info.file_size for info in content.zip.infolist())
            if unpacked > MAX_UNPACKED:
                raise DataError(f"{path} is too large: {unpacked:,} bytes of {MAX_UNPACKED:,}")
            return [np.asarray(content[name]) for name in _NAMES]
    except PermissionError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except (
        *(OSError, ValueError, EOFError, TypeError, AttributeError, MemoryError),
        *(zipfile.BadZipFile, zlib.error, NotImplementedError),
    ) as error:
        raise DataError(f"{path} is damaged or not a set of strokes; {advice}") from error


def _check(
    path: Path, points: NDArray, strokes: NDArray, drawings: NDArray, labels: NDArray
) -> None:
    def check(condition: bool, rule: str, received: object) -> None:
        require(condition, f"{path} is not a set of strokes: {rule}", received, DataError)

    pairs = points.ndim == 2 and points.shape[1:] == (2,)
    check(pairs, "points must be (P, 2)", points.shape)
    check(points.dtype.kind in "fiu", "points must be numbers", points.dtype)
    for name, starts, ends, of in (
        ("stroke_starts", strokes, len(points), "points"),
        ("drawing_starts", drawings, len(strokes) - 1, "strokes"),
    ):
        check(
            starts.ndim == 1 and starts.dtype.kind in "iu" and len(starts) > 1,
            f"{name} must be (n,) integers, n at least 2",
            f"{starts.shape} {starts.dtype}",
        )
        rising = bool((starts[1:] > starts[:-1]).all())
        check(
            rising and starts[0] == 0 and starts[-1] == ends,
            f"{name} must rise from 0 to the number of {of}, {ends}",
            f"{starts[0]} to {starts[-1]}" + ("" if rising else ", not always rising"),
        )
    for name, count, most in (
        ("drawings", len(drawings) - 1, MAX_DRAWINGS),
        ("strokes", len(strokes) - 1, MAX_STROKES),
    ):
        check(count <= most, f"a file may have {most:,} {name}", f"{count:,}")
    largest = np.abs(points).max()
    check(largest <= MAX_COORDINATE, f"points must be finite, up to {MAX_COORDINATE:g}", largest)
    check(
        labels.shape == (len(drawings) - 1,),
        f"labels must be one for each of {len(drawings) - 1} drawings",
        labels.shape,
    )
    check(labels.dtype.kind in "iuU", "labels must be integers or text", labels.dtype)


def unit(drawing: Drawing) -> Drawing:
    """A drawing centred in the unit square, its longer side from edge to edge."""
    points = np.concatenate(drawing)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    longer = size.max() or 1.0
    return [(stroke - low + (longer - size) / 2) / longer for stroke in drawing]

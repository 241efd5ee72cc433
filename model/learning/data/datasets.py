"""Data sets: MNIST from a file, Keras's cache or Keras's download, or digits drawn here.

Keras is imported only for the download.
"""

from __future__ import annotations

import hashlib
import math
import os
import socket
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from model.learning.data import stroke_sets
from model.learning.data.handwriting import draw_digits
from model.learning.data.stroke_sets import StrokeSet
from model.learning.errors import DataError, TrainingError
from model.reading.errors import require

_NAMES = ("x_train", "y_train", "x_test", "y_test")
_MNIST_SHA256 = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""Of the bytes of MNIST's four arrays, whatever the compression of the file."""
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError)
_ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
"""Where `keras.datasets.mnist` downloads from."""
_TIMEOUT = 15.0
"""Seconds without an answer."""

STROKES = 60_000
"""Default number of built-in training digits: as many as MNIST has."""
MIN_STROKES, MAX_STROKES = 60, 600_000
"""The maximum takes half a gigabyte."""


@dataclass(frozen=True)
class Dataset:
    """Labelled digits for training and for testing."""

    x_train: NDArray[np.uint8]
    """(n, 28, 28) uint8, 0 (paper) to 255 (ink)."""
    y_train: NDArray[np.uint8]
    """(n,) uint8, 0 to 9."""
    x_test: NDArray[np.uint8]
    """(m, 28, 28) uint8, 0 to 255."""
    y_test: NDArray[np.uint8]
    """(m,) uint8, 0 to 9."""
    source: str
    """"MNIST", or the name of its file without folders."""
    sha256: str
    """Of the four arrays' bytes, in the order above."""
    drawings: tuple[StrokeSet, ...] = ()
    """Real pen drawings to train on too: digits, and non-digits for recipes that learn these."""


def load(name: str, drawings: Sequence[str | Path] = ()) -> Dataset:
    """Loads or draws a data set.

    Args:
        name: `mnist` (from MNIST_PATH, else Keras's cache, else Keras's download), `strokes` or
            `strokes:N` for digits drawn here (N for training, a sixth of that for testing), else
            the path of a file in MNIST's layout.
        drawings: paths of sets of drawings, as `stroke_sets` has them, to train on too.

    Raises:
        DataError: something is not available.
    """
    sets = tuple(stroke_sets.load(Path(path)) for path in drawings)
    return replace(_load(name), drawings=sets)


def _load(name: str) -> Dataset:
    kind, _, count = name.partition(":")
    if kind == "strokes":
        train = strokes_count(count)
        return drawn(train, train // 6)
    return load_mnist(Path(name) if name != "mnist" else local_path())


def drawn(train: int = STROKES, test: int = STROKES // 6, seed: int = 0) -> Dataset:
    """A data set of drawn digits, as large as MNIST, for a machine without MNIST.

    Args:
        train: how many training digits, at least 1.
        test: how many test digits, at least 1; drawn from another stream of random numbers.
        seed: the same seed gives the same digits.

    Raises:
        ValueError: a count is below 1.
    """
    if min(train, test) < 1:
        raise ValueError(f"train and test must be at least 1, received {train} and {test}")
    for_training, for_testing = SeedSequence(seed).spawn(2)
    arrays = (*draw_digits(train, for_training), *draw_digits(test, for_testing))
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.data)
    return Dataset(*arrays, source="built-in strokes", sha256=digest.hexdigest())


def trained_on(images: int, validation_share: float) -> int:
    """How many of the images to train on: the first ones, as Keras splits them.

    Args:
        images: how many there are.
        validation_share: share of them to hold out, the last ones; from 0 to below 1.

    Raises:
        TrainingError: that leaves no image to train on, or holds out none.
    """
    kept = math.floor(images * (1 - validation_share))
    if kept == 0:
        raise TrainingError(
            f"a validation share of {validation_share} leaves none of {images} images to train on"
        )
    if validation_share and kept == images:
        raise TrainingError(
            f"a validation share of {validation_share} of {images} images holds out no image"
        )
    return kept


def local_path() -> Path | None:
    """The file that MNIST_PATH names, if it is set."""
    path = os.environ.get("MNIST_PATH")
    return Path(path) if path else None


def is_local(path: Path | None) -> bool:
    """Whether MNIST can be loaded without a download."""
    return (path or _cache()).is_file()


def strokes_count(count: str) -> int:
    """The N of `strokes:N`; the default where it is empty.

    Raises:
        DataError: N is not a number in range.
    """
    if not count:
        return STROKES
    if count.isascii() and count.isdigit() and MIN_STROKES <= int(count) <= MAX_STROKES:
        return int(count)
    raise DataError(
        f"strokes:N takes {MIN_STROKES:,} to {MAX_STROKES:,} digits, received {count[:20]}"
    )


def load_mnist(path: Path | None) -> Dataset:
    """Digits in MNIST's layout: from that file, from Keras's cache, or downloaded by Keras.

    Args:
        path: an `.npz` with `x_train`, `y_train`, `x_test` and `y_test`, or None.

    Raises:
        DataError: the file is missing, damaged or something else, or the download failed.
    """
    if path is not None:
        if not path.exists():
            raise DataError(
                f"no MNIST at {path}: that file is missing; "
                "name Keras's mnist.npz, or omit --data and MNIST_PATH to download it"
            )
        return _checked(_arrays(path), path)
    cached = _cache()
    return _checked(_arrays(cached) if cached.exists() else _download(cached), cached)


def _cache() -> Path:
    """Where Keras keeps MNIST."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(home).expanduser() / "datasets" / "mnist.npz"


def _download(cached: Path) -> dict[str, NDArray]:
    before = socket.getdefaulttimeout()
    # Keras's download has no timeout of its own: a dead network would hang it forever.
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        # Fails fast without a network: importing Keras takes seconds.
        urlopen(Request(_ADDRESS, method="HEAD")).close()
        import keras

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises bare Exceptions here
        raise DataError(
            f"no MNIST: it is not in Keras's cache ({cached}), and its download failed "
            f"({error}). Name a local mnist.npz with --data FILE or MNIST_PATH, train on built-in "
            "digits with --data strokes, or try again with a network connection"
        ) from error
    finally:
        socket.setdefaulttimeout(before)
    return dict(zip(_NAMES, (x_train, y_train, x_test, y_test), strict=True))


def _checked(arrays: dict[str, NDArray], path: Path) -> Dataset:
    for part in ("train", "test"):
        _check(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
    digest = hashlib.sha256()
    for name in _NAMES:
        arrays[name] = np.ascontiguousarray(arrays[name], np.uint8)
        digest.update(arrays[name].data)
    sha256 = digest.hexdigest()
    source = "MNIST" if sha256 == _MNIST_SHA256 else path.name
    x_train, y_train, x_test, y_test = (arrays[name] for name in _NAMES)
    return Dataset(x_train, y_train, x_test, y_test, source, sha256)


def _arrays(path: Path) -> dict[str, NDArray]:
    """The four arrays, unchecked."""
    advice = "it must be Keras's mnist.npz; delete or replace it, or name another with --data"
    if not path.is_file():
        raise DataError(f"{path} is not a file; {advice}")
    try:
        with np.load(path, allow_pickle=False) as content:
            missing = [name for name in _NAMES if name not in getattr(content, "files", ())]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}; {advice}")
            return {name: content[name] for name in _NAMES}
    except PermissionError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except (OSError, ValueError, EOFError, TypeError, MemoryError, *_BAD_ARCHIVE) as error:
        raise DataError(f"{path} is damaged or not MNIST; {advice}") from error


def _check(path: Path, part: str, images: NDArray, labels: NDArray) -> None:
    x, y = f"x_{part}", f"y_{part}"

    def check(condition: bool, rule: str, received: object) -> None:
        require(condition, f"{path} is not MNIST: {rule}", received, DataError)

    check(images.shape[1:] == (28, 28), f"{x} must be (n, 28, 28)", images.shape)
    check(labels.ndim == 1, f"{y} must be (n,)", labels.shape)
    check(len(images) > 0, f"{x} must contain an image", images.shape)
    lengths = f"{len(images)} images and {len(labels)} labels"
    check(len(images) == len(labels), f"{x} and {y} must have the same length", lengths)
    check(images.dtype == np.uint8, f"{x} must be uint8 grey levels", images.dtype)
    brightest = int(images.max())
    check(brightest > 1, f"{x} must use grey levels from 0 to 255", f"at most {brightest}")
    check(np.issubdtype(labels.dtype, np.integer), f"{y} must be integers", labels.dtype)
    low, high = labels.min(), labels.max()
    check(low >= 0 and high <= 9, f"{y} must be digits 0 to 9", f"{low} to {high}")

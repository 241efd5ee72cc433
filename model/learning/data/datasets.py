"""MNIST from a file, from Keras's cache or by Keras's download, checked before use.

Knows the layout of `mnist.npz`; knows no network and no training. Keras is imported to download
only.
"""

from __future__ import annotations

import hashlib
import math
import os
import socket
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray

from model.learning.errors import DataError, TrainingError

_NAMES = ("x_train", "y_train", "x_test", "y_test")
_MNIST_SHA256 = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""Of MNIST's own four arrays, however the file around them was compressed."""
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError)
_ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
"""Where `keras.datasets.mnist` downloads from."""
_SECONDS_WITHOUT_AN_ANSWER = 15.0

STROKES = 60_000
"""Built-in digits to train with, where nobody says how many: as many as MNIST has."""
MIN_STROKES, MAX_STROKES = 60, 600_000
"""The most take half a gigabyte."""


@dataclass(frozen=True)
class Dataset:
    """Labelled digits to learn from, and others to test with."""

    x_train: NDArray[np.uint8]
    """(n, 28, 28) uint8, 0 (paper) to 255 (ink)."""
    y_train: NDArray[np.uint8]
    """(n,) uint8, 0 to 9."""
    x_test: NDArray[np.uint8]
    """(m, 28, 28) uint8, 0 to 255."""
    y_test: NDArray[np.uint8]
    """(m,) uint8, 0 to 9."""
    source: str
    """What it is, "MNIST" or the name of its file; never a path."""
    sha256: str
    """Of the four arrays' bytes, in the order above."""


def load(named: str) -> Dataset:
    """The digits of that name.

    Args:
        named: `mnist` (from MNIST_PATH, else Keras's cache, else Keras's download), `strokes` or
            `strokes:N` for digits that are drawn here (N to train with, a sixth of that to test
            with), else the path of a file in MNIST's layout.

    Raises:
        DataError: they cannot be had.
    """
    kind, _, count = named.partition(":")
    if kind == "strokes":
        from model.learning.data.handwriting import dataset

        train = strokes_count(count)
        return dataset(train, train // 6)
    return load_mnist(Path(named) if named != "mnist" else local_path())


def trained_on(images: int, validation_share: float) -> int:
    """How many of the training images are learned from: the first ones, as Keras splits them.

    Args:
        images: that there are.
        validation_share: of the images, from 0 to below 1: the last ones are held out.

    Raises:
        TrainingError: that leaves none to learn from, or holds out none.
    """
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


def local_path() -> Path | None:
    """The file that MNIST_PATH names, if it names one."""
    path = os.environ.get("MNIST_PATH")
    return Path(path) if path else None


def is_local(path: Path | None) -> bool:
    """Whether MNIST can be loaded without a download."""
    return (path or _cache()).is_file()


def strokes_count(count: str) -> int:
    """How many digits `strokes:N` asks for.

    Raises:
        DataError: N is no such number.
    """
    if not count:
        return STROKES
    if count.isascii() and count.isdigit() and MIN_STROKES <= int(count) <= MAX_STROKES:
        return int(count)
    raise DataError(f"strokes:N takes {MIN_STROKES} to {MAX_STROKES} digits, received {count[:20]}")


def load_mnist(path: Path | None) -> Dataset:
    """Digits in MNIST's layout: from that file, or from Keras's cache, or downloaded by Keras.

    Args:
        path: an `.npz` with `x_train`, `y_train`, `x_test` and `y_test`, or None.

    Raises:
        DataError: there is no such file, it is damaged or another one, or nothing could be
            downloaded.
    """
    if path is not None:
        if not path.exists():
            raise DataError(
                f"no MNIST at {path}: that file is missing; "
                "name Keras's mnist.npz, or leave --data and MNIST_PATH out to download it"
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
    # Keras's download has no time limit of its own: a dead network would hang it for ever.
    socket.setdefaulttimeout(_SECONDS_WITHOUT_AN_ANSWER)
    try:
        # Says at once that there is no network, before seconds go into importing Keras.
        urlopen(Request(_ADDRESS, method="HEAD")).close()
        import keras

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises bare Exceptions here
        raise DataError(
            f"no MNIST: it is not in Keras's cache ({cached}), and its download failed "
            f"({error}). Name a local mnist.npz with --data FILE or MNIST_PATH, do without it by "
            "--data strokes, or try again with a network"
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
    return Dataset(**arrays, source=source, sha256=sha256)


def _arrays(path: Path) -> dict[str, NDArray]:
    """The four arrays as the file has them."""
    advice = "it must be Keras's mnist.npz; delete or replace it, or name another with --data"
    if not path.is_file():
        raise DataError(f"{path} is no file; {advice}")
    try:
        with np.load(path, allow_pickle=False) as content:
            missing = [name for name in _NAMES if name not in getattr(content, "files", ())]
            if missing:
                raise DataError(f"{path} holds no {', '.join(missing)}; {advice}")
            return {name: content[name] for name in _NAMES}
    except PermissionError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except (OSError, ValueError, EOFError, TypeError, MemoryError, *_BAD_ARCHIVE) as error:
        raise DataError(f"{path} is damaged or not MNIST; {advice}") from error


def _check(path: Path, part: str, images: NDArray, labels: NDArray) -> None:
    x, y = f"x_{part}", f"y_{part}"

    def hold(holds: bool, rule: str, received: object) -> None:
        if not holds:
            raise DataError(f"{path} is not MNIST: {rule}, received {received}")

    hold(
        images.ndim == 3 and images.shape[1:] == (28, 28), f"{x} must be (n, 28, 28)", images.shape
    )
    hold(labels.ndim == 1, f"{y} must be (n,)", labels.shape)
    hold(len(images) > 0, f"{x} must hold an image", images.shape)
    hold(
        len(images) == len(labels),
        f"{x} and {y} must be as long as each other",
        f"{len(images)} images and {len(labels)} labels",
    )
    hold(images.dtype == np.uint8, f"{x} must be uint8 grey levels", images.dtype)
    hold(
        int(images.max()) > 1, f"{x} must hold grey levels from 0 to 255", f"at most {images.max()}"
    )
    hold(np.issubdtype(labels.dtype, np.integer), f"{y} must be integers", labels.dtype)
    hold(
        bool(((labels >= 0) & (labels <= 9)).all()),
        f"{y} must be digits 0 to 9",
        f"{labels.min()} to {labels.max()}",
    )

"""Networks from a file that somebody else may have made: read so that nothing of it is run.

Knows what a `.keras` file may hold; who brought it, and where it goes, is the caller's to know.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model.learning.data.handwriting import draw_digits
from model.learning.export import served
from model.reading.reader import ModelError, Reader, check

_PARTS = {"metadata.json", "config.json", "model.weights.h5"}
_MAX_BYTES, _MAX_CONFIG = 500_000_000, 10_000_000
"""Bytes of all parts, and of the one that is JSON: a thousand times those of our networks."""
_MAKERS_CODE = {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"}
"""Keras's layers that hold code, or fetch some."""
_IMAGES = 20
_TOLERANCE = 1e-3
"""Of a probability: what machines of another kind may make of the same sums."""


def check_folder(folder: Path) -> None:
    """Holds that a model folder can be served and trusted: its sums, its reader, its `.keras`.

    Raises:
        ModelError: a file is missing, damaged, not of the same network as the other, or holds what
            could run as code; the message says which and why.
    """
    check(folder)
    Reader(folder)
    images, _ = draw_digits(_IMAGES, seed=1)
    given = np.asarray(_network(folder / "network.keras").predict(images, verbose=0))
    wanted = served(folder / "network.tflite", images)
    if given.shape != wanted.shape or not np.abs(given - wanted).max() <= _TOLERANCE:
        raise ModelError("network.keras and network.tflite are not the same network")


def _network(path: Path) -> Any:
    """A Keras model, read in Keras's safe mode after a look at what it would be made of.

    Raises:
        ModelError: it cannot be read, or must not be.
    """
    for module, name in _classes(_config(path)):
        if name in _MAKERS_CODE:
            raise ModelError(f"{path.name} holds a {name} layer, which can run its maker's code")
        if module != "keras" and not module.startswith("keras."):
            raise ModelError(
                f"{path.name} asks for {module[:40]}.{name[:40]}, which is not Keras's"
            )
    import keras

    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except Exception as error:  # Keras raises whatever comes
        raise ModelError(f"{path.name} is damaged: Keras cannot load it") from error


def _config(path: Path) -> Any:
    """What the network is made of, as Keras wrote it."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if {part.filename for part in parts} != _PARTS or len(parts) != len(_PARTS):
                raise ModelError(f"{path.name} holds other files than Keras's three")
            sizes = {part.filename: part.file_size for part in parts}
            if sum(sizes.values()) > _MAX_BYTES or sizes["config.json"] > _MAX_CONFIG:
                raise ModelError(f"{path.name} is too large to be true")
            return json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path.name} is damaged") from error


def _classes(config: Any) -> Iterator[tuple[str, str]]:
    """Module and name of everything that Keras would make, however deep."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield str(part.get("module") or "keras"), str(part["class_name"])
                if part.get("registered_name") not in (None, part["class_name"]):
                    yield "a registered class", str(part["registered_name"])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)

"""Checks networks from untrusted files without running any of their code."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model.learning.data.handwriting import draw_digits
from model.reading.reader import GREY_LEVELS, ModelError, Reader, check

_PARTS = {"metadata.json", "config.json", "model.weights.h5"}
_MAX_BYTES, _MAX_CONFIG = 500_000_000, 10_000_000
"""Bytes of all parts, and of the JSON part: a thousand times the size of our networks."""
_LAYERS_WITH_CODE = {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"}
"""Keras's layers that contain or fetch code."""
_IMAGES = 20
_TOLERANCE = 1e-3
"""Of a probability: the difference that other machines' arithmetic may make."""


def check_folder(folder: Path) -> None:
    """Checks that a model folder can be served and trusted: checksums, LiteRT and Keras files.

    Raises:
        ModelError: a file is missing, damaged, contains code, or is of another network than the
            other file; the message says which and why.
    """
    check(folder)
    reader = Reader(folder)
    images, _ = draw_digits(_IMAGES, seed=1)
    outputs = np.asarray(_network(folder / "network.keras").predict(images, verbose=0))
    served = reader.outputs(images / np.float32(GREY_LEVELS))
    if outputs.shape != served.shape or not np.abs(outputs - served).max() <= _TOLERANCE:
        raise ModelError("network.keras and network.tflite are not the same network")


def _network(path: Path) -> Any:
    """A Keras model, loaded in Keras's safe mode after a check of its layers.

    Raises:
        ModelError: it cannot be loaded, or must not be.
    """
    for module, name in _classes(_config(path)):
        if name in _LAYERS_WITH_CODE:
            raise ModelError(f"{path.name} contains a {name} layer, which can run any code")
        if module != "keras" and not module.startswith("keras."):
            raise ModelError(
                f"{path.name} uses {module[:40]}.{name[:40]}, which is not part of Keras"
            )
    import keras

    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except Exception as error:  # Keras raises all kinds
        raise ModelError(f"{path.name} is damaged: Keras cannot load it") from error


def _config(path: Path) -> Any:
    """The network's configuration, as written by Keras."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if {part.filename for part in parts} != _PARTS or len(parts) != len(_PARTS):
                raise ModelError(f"{path.name} contains other files than Keras's three")
            sizes = {part.filename: part.file_size for part in parts}
            if sum(sizes.values()) > _MAX_BYTES or sizes["config.json"] > _MAX_CONFIG:
                raise ModelError(f"{path.name} is implausibly large")
            return json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path.name} is damaged") from error


def _classes(config: Any) -> Iterator[tuple[str, str]]:
    """Module and name of every object that Keras would create, at any depth."""
    pending = [config]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield str(part.get("module") or "keras"), str(part["class_name"])
                if part.get("registered_name") not in (None, part["class_name"]):
                    yield "a registered class", str(part["registered_name"])
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)

"""The served network on LiteRT: (n, 28, 28) ink in, readings out.

Reads a model folder (`network.tflite` and `card.json`). Without TensorFlow a reading takes 0.03 ms.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.reading.quiet import quiet
from model.reading.verdict import Reading, Verdicts

__all__ = ["GREY_LEVELS", "SHIPPED", "ModelError", "Reader", "Reading", "check", "sha256"]

SHIPPED = Path(__file__).parent / "shipped"
"""The model folder that comes with the project."""

GREY_LEVELS = 255.0
"""Ink is in [0, 1]; a saved network takes grey levels, 0 to 255, and scales them itself."""


class ModelError(Exception):
    """An unusable model folder; the message says which file and why."""


class Reader:
    """One network, ready to read; safe to call from any number of threads.

    Args:
        folder: a model folder with `network.tflite` and `card.json`.

    Raises:
        ModelError: a file is missing or damaged, the network does not map 28x28 to ten digits (and
            perhaps "not a digit"), or the card has an invalid entry.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.folder = folder
        self.card = _load_card(folder / "card.json")
        self.version: str = str(self.card["version"])
        self._interpreter = _load_network(folder / "network.tflite")
        self._input = self._interpreter.get_input_details()[0]["index"]
        output = self._interpreter.get_output_details()[0]
        self._output = output["index"]
        try:
            self._verdicts = Verdicts.of_card(self.card, int(output["shape"][1]))
        except ValueError as error:
            raise ModelError(f"{folder / 'card.json'}: {error}") from error
        # An interpreter called from two threads at once kills the process. A reading is so short
        # that a lock costs less than an interpreter per thread.
        self._lock = threading.Lock()

    def read(self, images: NDArray[np.float32]) -> list[Reading]:
        """Reads each image.

        Args:
            images: (n, 28, 28) float32 in [0, 1], as made by `ink`.

        Returns:
            One reading per image, in the same order.

        Raises:
            ValueError: the array has another shape.
        """
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"images must be (n, 28, 28), received {images.shape}")
        return self._verdicts.readings(self.outputs(images))

    def outputs(self, images: NDArray[np.floating]) -> NDArray[np.float32]:
        """The network's raw outputs for each image.

        Args:
            images: (n, 28, 28) in [0, 1].

        Returns:
            (n, 10) or (n, 11) float32 in [0, 1], by the activation that the card names.
        """
        grey = images.astype(np.float32, copy=False) * np.float32(GREY_LEVELS)
        outputs = np.empty((len(images), self._verdicts.outputs), np.float32)
        for image, output in zip(grey[:, None], outputs, strict=True):
            with self._lock:
                self._interpreter.set_tensor(self._input, image)
                self._interpreter.invoke()
                output[:] = self._interpreter.get_tensor(self._output)[0]
        return outputs


def check(folder: Path) -> None:
    """Checks that the files of a model folder match its card.

    Raises:
        ModelError: a file is missing or damaged.
    """
    files = _load_card(folder / "card.json").get("files")
    for name, digest in (files if isinstance(files, dict) else {}).items():
        path = folder / Path(str(name)).name
        if not path.is_file():
            raise ModelError(f"{path.name} is missing")
        if sha256(path) != digest:
            raise ModelError(f"{path.name} is damaged")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"no model here: {path} is missing") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(card, dict) or "version" not in card:
        raise ModelError(f"{path} is not a model card: it has no version")
    return card


def _load_network(path: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    try:
        with quiet():
            interpreter = Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
        inputs = interpreter.get_input_details()[0]["shape"].tolist()
        outputs = interpreter.get_output_details()[0]["shape"].tolist()
    except (ValueError, RuntimeError, IndexError) as error:
        raise ModelError(f"{path} is damaged: LiteRT cannot load it") from error
    if inputs != [1, 28, 28] or outputs not in ([1, 10], [1, 11]):
        raise ModelError(
            f"{path} maps {inputs} to {outputs}; a digit network maps [1, 28, 28] to [1, 10], "
            'or to [1, 11] with "not a digit" last'
        )
    return interpreter

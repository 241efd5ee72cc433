"""The served network on LiteRT: (n, 28, 28) ink in, readings out.

Knows one model folder (`network.tflite` and its `card.json`); knows neither how the network was
trained nor who asks. TensorFlow is never imported: a reading costs 0.03 ms this way.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHIPPED = Path(__file__).parent / "shipped"
"""The model folder that comes with the project."""

GREY_LEVELS = 255.0
"""Ink is [0, 1]; a saved network takes MNIST's grey levels, 0 to 255, and scales them itself."""

_FULL_SIGMOID = 2.0**-24
"""Half the step of float32 below 1."""


class ModelError(Exception):
    """A model folder that cannot be read with; the message says which file and why."""


@dataclass(frozen=True)
class Reading:
    """What the network says of one image."""

    digit: int | None
    """0 to 9, or None where the network refuses to call it a digit."""
    best_guess: int
    """0 to 9: the most probable digit, refused or not."""
    confidence: float
    """Probability of the best guess, in [0, 1]."""
    probabilities: tuple[float, ...]
    """Probabilities of 0 to 9, summing to 1."""


class Reader:
    """One network, ready to read; safe to call from any number of threads.

    Args:
        folder: a model folder with `network.tflite` and `card.json`.

    Raises:
        ModelError: a file is missing, damaged, or not a network from 28x28 to ten digits.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.card = _load_card(folder / "card.json")
        self.version: str = str(self.card["version"])
        self._interpreter = _load_network(folder / "network.tflite")
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        # An interpreter called from two threads at once kills the process; a reading is so short
        # that a lock costs less than an interpreter for each thread.
        self._lock = threading.Lock()

    def read(self, images: NDArray[np.float32]) -> list[Reading]:
        """Reads each image.

        Args:
            images: (n, 28, 28) float32 in [0, 1], ink as `ink` makes it.

        Returns:
            n readings, in the order of the images.

        Raises:
            ValueError: the array has another shape.
        """
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"images must be (n, 28, 28), received {images.shape}")
        return [_reading(self._probabilities(scores)) for scores in self._scores(images)]

    def _probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """(10,) outputs of the network, as its card names them -> probabilities that sum to 1."""
        p = scores.astype(np.float64)
        if self.card.get("output") == "sigmoid":
            # Keras trains ten sigmoids under this loss by the logits behind them, as a softmax:
            # p / (1 - p) is the exponential of a logit. In float32 a sigmoid runs full at 1.
            p = np.minimum(p, 1 - _FULL_SIGMOID)
            p = p / (1 - p)
        return p / max(float(p.sum()), 1e-30)

    def _scores(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        grey = images.astype(np.float32, copy=False) * np.float32(GREY_LEVELS)
        scores = []
        for image in grey[:, None]:
            with self._lock:
                self._interpreter.set_tensor(self._input, image)
                self._interpreter.invoke()
                scores.append(self._interpreter.get_tensor(self._output)[0])
        return scores


def _reading(probabilities: NDArray[np.float64]) -> Reading:
    best = int(probabilities.argmax())
    return Reading(
        digit=best,
        best_guess=best,
        confidence=float(probabilities[best]),
        probabilities=tuple(probabilities.tolist()),
    )


def _load_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"no model here: {path} is missing") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(card, dict) or "version" not in card:
        raise ModelError(f"{path} is not a model card: it names no version")
    return card


def _load_network(path: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    try:
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        inputs = interpreter.get_input_details()[0]["shape"].tolist()
        outputs = interpreter.get_output_details()[0]["shape"].tolist()
    except (ValueError, RuntimeError, IndexError) as error:
        raise ModelError(f"{path} is damaged: LiteRT cannot load it") from error
    if inputs != [1, 28, 28] or outputs != [1, 10]:
        raise ModelError(
            f"{path} maps {inputs} to {outputs}; a digit network maps [1, 28, 28] to [1, 10]"
        )
    return interpreter

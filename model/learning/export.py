"""A trained network -> a model folder: `network.keras`, `network.tflite` and `card.json`.

Knows files and their contents; knows no command line, and not which version is in use.
"""

from __future__ import annotations

import json
import platform
import secrets
import shutil
import warnings
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.errors import ExportError
from model.learning.evaluation import held_out
from model.reading.reader import Reader, sha256

if TYPE_CHECKING:
    from model.learning.evaluation.accuracy import Evaluation
    from model.learning.training import TrainedModel

FILES = ("network.keras", "network.tflite", "card.json")
"""A model folder's files; the card is moved in last, and without it there is no model."""

_TOLERANCE = 1e-4
_COMPARED = 100
"""Images on which both formats must agree."""


def card(
    trained: TrainedModel, data: Dataset, evaluation: Evaluation, version: str
) -> dict[str, Any]:
    """What a model folder says of its network; all of it JSON, none of it about a machine.

    Args:
        evaluation: of the test images.
        version: the name that pages and programs show.
    """
    import tensorflow as tf  # see `holds_model`

    settings = asdict(trained.settings)
    seed = settings.pop("seed")
    low, high = evaluation.interval
    return {
        "version": version,
        "recipe": trained.recipe.name,
        "output": trained.recipe.output,
        "trained_on": _trained_on(trained, data),
        "test_accuracy": evaluation.accuracy,
        "test_accuracy_95": [low, high],
        "validation_accuracy": trained.history[-1].val_accuracy if trained.history else None,
        "settings": settings,
        "seed": seed,
        "stopped": trained.stopped,
        "data": {
            "source": data.source,
            "train_images": len(data.x_train),
            "test_images": len(data.x_test),
            "sha256": data.sha256,
        },
        "parameters": int(trained.network.count_params()),
        "seconds": round(trained.seconds, 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "python": platform.python_version(),
            "keras": installed("keras"),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
        "history": [asdict(epoch) for epoch in trained.history],
        **(held_out.entries(trained, data) if trained.recipe.mix else {}),
    }


def _trained_on(trained: TrainedModel, data: Dataset) -> str:
    images = f"{trained.images} images"
    return (
        f"{data.source}, {images}"
        if trained.recipe.mix is None
        else (f"{data.source}, digits drawn from strokes and what is no digit, {images}")
    )


def holds_model(folder: Path) -> bool:
    """Whether any file of a model is in that folder.

    A command line asks this before it spends five seconds on importing TensorFlow; so this module
    imports it where it is used.
    """
    return any((folder / name).exists() for name in FILES)


def write(
    trained: TrainedModel, data: Dataset, evaluation: Evaluation, folder: Path, version: str
) -> dict[str, Any]:
    """Writes a model folder, all of it or nothing.

    Args:
        data: what it was trained on; its first test images are read with both formats.
        folder: made where it does not exist; other files in it stay.

    Returns:
        The card.

    Raises:
        ExportError: the folder holds a model, cannot be written, or the formats disagree.
    """
    if holds_model(folder):
        raise ExportError(f"{folder} holds a model already; choose another folder")
    content = card(trained, data, evaluation, version)
    staging = (folder if folder.exists() else folder.parent) / f".{secrets.token_hex(4)}.partial"
    try:
        staging.mkdir(parents=True)
        trained.network.save(staging / "network.keras")
        _export_tflite(trained.network, staging / "network.tflite")
        content["files"] = {name: sha256(staging / name) for name in FILES[:2]}
        (staging / "card.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        _compare(trained, staging, data.x_test[:_COMPARED])
        _publish(staging, folder)
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return content


def _export_tflite(network: Any, path: Path) -> None:
    """The network as LiteRT reads it, float32 [1, 28, 28] in, with built-in operations."""
    import tensorflow as tf  # see `holds_model`

    network.export(
        path,
        format="litert",
        input_signature=[tf.TensorSpec((1, 28, 28), tf.float32, name="grey_levels")],
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        verbose=False,
    )


def copy(folder: Path, to: Path) -> None:
    """Copies a model folder, its card last: until then there is no model.

    Args:
        to: made where it does not exist; other files in it stay.

    Raises:
        OSError: something cannot be read or written.
    """
    to.mkdir(parents=True, exist_ok=True)
    staging = to / f".{secrets.token_hex(4)}.partial"
    try:
        shutil.copytree(folder, staging)
        for path in sorted(staging.iterdir(), key=lambda path: path.name == "card.json"):
            path.replace(to / path.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def add_onnx(folder: Path) -> Path:
    """Adds `network.onnx` to a model folder, by Keras's own exporter; once only.

    Returns:
        The file: float32 (n, 28, 28), grey levels 0 to 255 -> (n, 10) or (n, 11).

    Raises:
        ExportError: the network cannot be loaded, the file cannot be written, or it answers
            otherwise than the served one.
    """
    path = folder / "network.onnx"
    if path.exists():
        return path
    import keras
    import onnxruntime

    from model.learning.data.handwriting import draw_digits

    staging = folder / f".{secrets.token_hex(4)}.onnx"
    try:
        network = keras.models.load_model(folder / "network.keras", safe_mode=True)
        signature = [keras.InputSpec(shape=(None, 28, 28), dtype="float32", name="grey_levels")]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Keras's, on np.object
            network.export(staging, format="onnx", input_signature=signature, verbose=False)
        images, _ = draw_digits(_COMPARED, seed=1)
        session = onnxruntime.InferenceSession(staging, providers=["CPUExecutionProvider"])
        (given,) = session.run(None, {session.get_inputs()[0].name: images.astype(np.float32)})
        _hold_alike("network.onnx", given, served(folder / "network.tflite", images))
        staging.replace(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"{folder.name} cannot be exported: {error}") from error
    finally:
        staging.unlink(missing_ok=True)
    return path


def _compare(trained: TrainedModel, folder: Path, images: NDArray[np.uint8]) -> None:
    """Holds that both files read as the trained network does."""
    Reader(folder)  # raises where serving would
    import keras

    wanted = trained.network.predict(images, verbose=0)
    _hold_alike("network.tflite", served(folder / "network.tflite", images), wanted)
    saved = keras.models.load_model(folder / "network.keras")
    _hold_alike("network.keras", saved.predict(images, verbose=0), wanted)


def _hold_alike(name: str, given: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
    difference = float(np.abs(given - wanted).max())
    if not difference <= _TOLERANCE:
        raise ExportError(
            f"{name} differs by {difference:.1e} in probability from the network that was "
            f"trained, more than {_TOLERANCE:.0e}: nothing was written"
        )


def served(path: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What LiteRT makes of each image, (n, 10), before a reader normalises it."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    returned = interpreter.get_output_details()[0]["index"]
    outputs = []
    for image in images.astype(np.float32)[:, None]:
        interpreter.set_tensor(given, image)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(returned)[0])
    return np.stack(outputs)


def _publish(staging: Path, folder: Path) -> None:
    if not folder.exists():
        staging.rename(folder)
        return
    for name in FILES:
        (staging / name).replace(folder / name)

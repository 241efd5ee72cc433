"""A trained network -> a model folder: `network.keras`, `network.tflite` and `card.json`."""

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
from numpy.typing import NDArray

from model.learning.data.datasets import Dataset
from model.learning.errors import ExportError
from model.learning.evaluation import held_out
from model.reading.reader import GREY_LEVELS, Reader, sha256

if TYPE_CHECKING:
    from model.learning.evaluation.accuracy import Evaluation
    from model.learning.training import TrainedModel

FILES = ("network.keras", "network.tflite", "card.json")
"""Files of a model folder. The card is moved in last: a folder without it is no model."""

_TOLERANCE = 1e-4
_COMPARED = 100
"""Images on which all formats must agree."""


def card(
    trained: TrainedModel, data: Dataset, evaluation: Evaluation, version: str
) -> dict[str, Any]:
    """The card of a model folder, as JSON; it says nothing about the machine.

    Args:
        trained: the network and its run.
        data: what it was trained on.
        evaluation: on the test images.
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
            "drawings": [
                {"name": each.name, "drawings": len(each.labels), "sha256": each.sha256}
                for each in data.drawings
            ],
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
    parts = [data.source]
    if trained.recipe.mix:
        parts.append("digits drawn from strokes and non-digits")
    parts += [f"drawings of {each.name}" for each in data.drawings]
    return ", ".join([*parts, f"{trained.images} images"])


def holds_model(folder: Path) -> bool:
    """Whether the folder contains any file of a model.

    The command line checks this before it spends three seconds on importing TensorFlow, which this
    module therefore imports where it is used.
    """
    return any((folder / name).exists() for name in FILES)


def write(
    trained: TrainedModel, data: Dataset, evaluation: Evaluation, folder: Path, version: str
) -> dict[str, Any]:
    """Writes a model folder, completely or not at all.

    Args:
        trained: the network and its run.
        data: what it was trained on; both formats are compared on its first test images.
        evaluation: on the test images.
        folder: created where it does not exist; other files in it stay.
        version: the name that pages and programs show.

    Returns:
        The card.

    Raises:
        ExportError: the folder contains a model, cannot be written, or the formats disagree.
    """
    if holds_model(folder):
        raise ExportError(f"{folder} already contains a model; choose another folder")
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
    """The network for LiteRT, float32 [1, 28, 28] in, with built-in operations only."""
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
        folder: the model folder.
        to: created where it does not exist; other files in it stay.

    Raises:
        OSError: a file cannot be read or written.
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
    """Adds `network.onnx` to a model folder with Keras's exporter, unless it is there.

    Returns:
        The file: float32 (n, 28, 28), grey levels 0 to 255 -> (n, 10) or (n, 11).

    Raises:
        ExportError: the network cannot be loaded, the file cannot be written, or its outputs
            differ from the served network's.
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
            warnings.simplefilter("ignore", FutureWarning)  # Keras uses np.object
            network.export(staging, format="onnx", input_signature=signature, verbose=False)
        images, _ = draw_digits(_COMPARED, seed=1)
        session = onnxruntime.InferenceSession(staging, providers=["CPUExecutionProvider"])
        (outputs,) = session.run(None, {session.get_inputs()[0].name: images.astype(np.float32)})
        _check_same("network.onnx", outputs, _served(folder, images))
        staging.replace(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"{folder.name} cannot be exported: {error}") from error
    finally:
        staging.unlink(missing_ok=True)
    return path


def _compare(trained: TrainedModel, folder: Path, images: NDArray[np.uint8]) -> None:
    """Checks that both files have the outputs of the trained network."""
    import keras

    expected = trained.network.predict(images, verbose=0)
    _check_same("network.tflite", _served(folder, images), expected)
    saved = keras.models.load_model(folder / "network.keras")
    _check_same("network.keras", saved.predict(images, verbose=0), expected)


def _check_same(name: str, outputs: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    difference = float(np.abs(outputs - expected).max())
    if not difference <= _TOLERANCE:
        raise ExportError(
            f"{name} differs by {difference:.1e} in probability from the trained network, "
            f"more than {_TOLERANCE:.0e}: nothing was written"
        )


def _served(folder: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 10) or (n, 11): the outputs of the folder's network on LiteRT."""
    return Reader(folder).outputs(images / np.float32(GREY_LEVELS))


def _publish(staging: Path, folder: Path) -> None:
    if not folder.exists():
        staging.rename(folder)
        return
    for name in FILES:
        (staging / name).replace(folder / name)

"""The model folder: both formats read alike, the card is complete, all of it or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from model.learning import export
from model.learning.data.datasets import Dataset
from model.learning.errors import ExportError
from model.learning.evaluation.accuracy import Evaluation, evaluate, predictions
from model.learning.export import FILES, add_onnx
from model.learning.recipes import find
from model.learning.training import TrainedModel, train
from model.reading.reader import Reader, sha256
from tests.support.tables import case


@pytest.fixture(scope="module")
def evaluation(trained: TrainedModel, digits: Dataset) -> Evaluation:
    return evaluate(digits.y_test, predictions(trained.network, digits.x_test))


@pytest.fixture(scope="module")
def written(
    trained: TrainedModel,
    digits: Dataset,
    evaluation: Evaluation,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any]]:
    """One folder, alone in a new one, and the card that writing it returned."""
    folder = tmp_path_factory.mktemp("written") / "new" / "model"
    return folder, export.write(trained, digits, evaluation, folder, "compact-2026-11-20")


@pytest.fixture
def write(
    trained: TrainedModel, digits: Dataset, evaluation: Evaluation
) -> Callable[..., dict[str, Any]]:
    def write(folder: Path, network: Any = None) -> dict[str, Any]:
        chosen = trained if network is None else replace(trained, network=network)
        return export.write(chosen, digits, evaluation, folder, "test-1")

    return write


class Breaking:
    """A network that fails while it is being saved; everything before that works."""

    def __init__(self, network: Any, error: BaseException) -> None:
        self._network, self._error = network, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def export(self, *_: Any, **__: Any) -> None:
        raise self._error


class Different:
    """A network whose outputs differ from those of the files that it writes, which are a copy."""

    def __init__(self, network: Any, written: Path, difference: float) -> None:
        self._network, self._written, self._difference = network, written, difference

    def save(self, path: Path) -> None:
        shutil.copy(self._written / "network.keras", path)

    def export(self, path: Path, **_: Any) -> None:
        shutil.copy(self._written / "network.tflite", path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def predict(self, images: Any, **named: Any) -> Any:
        outputs = self._network.predict(images, **named)
        outputs[0, 3] += self._difference
        return outputs


def ink(digits: Dataset) -> NDArray[np.float32]:
    return digits.x_test.astype(np.float32) / np.float32(255)


def test_both_files_read_raw_grey_levels_as_the_trained_network_does(
    written: tuple[Path, dict[str, Any]], trained: TrainedModel, digits: Dataset
) -> None:
    folder, _ = written
    expected = trained.network.predict(digits.x_test, verbose=0)
    loaded = keras.models.load_model(folder / "network.keras", safe_mode=True)
    assert np.allclose(loaded.predict(digits.x_test, verbose=0), expected, atol=1e-6)
    readings = Reader(folder).read(ink(digits))
    served = np.array([reading.probabilities for reading in readings])
    assert np.abs(served - expected).max() < 1e-4


def test_the_served_file_takes_one_image_of_float32(written: tuple[Path, dict[str, Any]]) -> None:
    interpreter = Interpreter(str(written[0] / "network.tflite"))
    (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["shape_signature"].tolist() == [1, 28, 28]
    assert returned["shape_signature"].tolist() == [1, 10]
    assert given["dtype"] == returned["dtype"] == np.float32


def test_a_fitted_scaling_and_a_sigmoid_are_served_as_trained(
    tmp_path: Path, digits: Dataset
) -> None:
    for name in ("classic", "sigmoid"):
        with case(name):
            recipe = find(name)
            faint = replace(digits, x_train=digits.x_train // 2 + 9, x_test=digits.x_test // 2 + 9)
            settings = recipe.settings(epochs=1)
            trained = train(
                recipe, faint, settings=settings, on_event=lambda _: None, should_stop=lambda: False
            )
            result = evaluate(faint.y_test, predictions(trained.network, faint.x_test))
            export.write(trained, faint, result, tmp_path / name, "test-1")
            outputs = trained.network.predict(faint.x_test, verbose=0)
            readings = Reader(tmp_path / name).read(ink(faint))
            assert [reading.best_guess for reading in readings] == outputs.argmax(axis=1).tolist()


def test_the_card_says_what_it_is_and_how_it_came_about(
    written: tuple[Path, dict[str, Any]], trained: TrainedModel, evaluation: Evaluation
) -> None:
    folder, returned = written
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert card == json.loads(json.dumps(returned))  # a reading of the drawing is a tuple there
    assert card["version"] == "compact-2026-11-20"
    assert (card["recipe"], card["output"]) == ("compact", "softmax")
    assert card["trained_on"] == "drawn digits, 180 images"
    assert card["test_accuracy"] == evaluation.accuracy
    assert card["test_accuracy_95"] == list(evaluation.interval)
    assert card["validation_accuracy"] == trained.history[-1].val_accuracy
    assert card["seed"] == 1
    assert card["settings"] == {
        "epochs": 8,
        "batch_size": 16,
        "learning_rate": 0.001,
        "validation_share": 0.1,
        "optimizer": "adam",
        "dropout": None,
        "shift": 0.0,
        "rotation": 0.0,
    }
    assert card["files"] == {
        name: sha256(folder / name) for name in ("network.keras", "network.tflite")
    }
    assert card["data"] == {
        "source": "drawn digits",
        "train_images": 200,
        "test_images": 70,
        "sha256": "0" * 64,
        "drawings": [],
    }
    assert card["parameters"] == 152_006
    assert card["seconds"] == pytest.approx(trained.seconds, abs=0.06)
    assert set(card["versions"]) == {"python", "keras", "tensorflow", "numpy"}
    assert card["versions"]["keras"] == keras.__version__
    assert len(card["history"]) == 8
    assert card["history"][2]["loss"] == trained.history[2].loss
    assert card["stopped"] is False
    assert datetime.fromisoformat(card["date"]).tzinfo == UTC
    assert str(Path.cwd()) not in json.dumps(card)
    assert str(folder.parent) not in json.dumps(card)


def test_a_folder_holds_the_three_files_and_is_readable_by_others(
    written: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, _ = written
    assert {path.name for path in folder.iterdir()} == set(export.FILES)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert folder.stat().st_mode == plain.stat().st_mode


def test_a_crash_half_way_leaves_no_folder(
    tmp_path: Path, trained: TrainedModel, write: Callable[..., Any]
) -> None:
    for error in (RuntimeError("power cut"), KeyboardInterrupt()):
        with case(error):
            with pytest.raises(type(error)):
                write(tmp_path / "model", Breaking(trained.network, error))
            assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_leaves_other_files_alone(
    tmp_path: Path, trained: TrainedModel, write: Callable[..., Any]
) -> None:
    (tmp_path / "digits.png").write_bytes(b"picture")
    full = OSError(28, "No space left on device")
    with pytest.raises(ExportError, match="cannot be written: No space left on device"):
        write(tmp_path, Breaking(trained.network, full))
    assert [path.name for path in tmp_path.iterdir()] == ["digits.png"]


def test_a_folder_with_other_files_gets_the_model_beside_them(
    tmp_path: Path, write: Callable[..., Any]
) -> None:
    (tmp_path / "digits.png").write_bytes(b"picture")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"digits.png", *export.FILES}


def test_a_folder_with_any_file_of_a_model_is_refused(
    tmp_path: Path, write: Callable[..., Any]
) -> None:
    for name in export.FILES:
        with case(name):
            folder = tmp_path / name.replace(".", "-")
            folder.mkdir()
            (folder / name).write_bytes(b"precious")
            with pytest.raises(ExportError, match="already contains a model"):
                write(folder)
            assert (folder / name).read_bytes() == b"precious"


def test_a_folder_below_a_file_is_refused(tmp_path: Path, write: Callable[..., Any]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be written: Not a directory"):
        write(tmp_path / "file" / "model")


def test_files_that_read_otherwise_are_not_published(
    tmp_path: Path,
    trained: TrainedModel,
    written: tuple[Path, dict[str, Any]],
    write: Callable[..., Any],
) -> None:
    for difference in (0.01, float("nan")):
        with case(difference):
            with pytest.raises(ExportError, match=r"network\.tflite differs by"):
                write(tmp_path / "model", Different(trained.network, written[0], difference))
            assert list(tmp_path.iterdir()) == []


def test_onnx_reads_as_the_served_network_does(
    written: tuple[Path, dict[str, Any]], digits: Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(written[0], folder)
    path = add_onnx(folder)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    images = digits.x_test.astype(np.float32)
    (given,) = session.run(None, {"grey_levels": images})
    read = Reader(folder).read(images / np.float32(255))
    assert np.abs(given - [reading.probabilities for reading in read]).max() < 1e-4
    assert {path.name for path in folder.iterdir()} == {*FILES, "network.onnx"}
    stamp = path.stat().st_mtime_ns
    assert add_onnx(folder).stat().st_mtime_ns == stamp  # made once


def test_onnx_that_would_read_otherwise_is_not_written(
    written: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(written[0], folder)
    network = keras.models.load_model(folder / "network.keras")
    network.layers[-1].set_weights(
        [w + 0.3 for w in network.layers[-1].get_weights()[:1]] + [np.arange(10.0)]
    )
    network.save(folder / "network.keras")
    with pytest.raises(ExportError, match=r"network\.onnx differs by"):
        add_onnx(folder)
    assert {path.name for path in folder.iterdir()} == set(FILES)

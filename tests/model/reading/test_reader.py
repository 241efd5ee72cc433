"""The reader: the shipped network's answers, its refusals, and many threads at once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.reading.ink import from_strokes
from model.reading.reader import SHIPPED, ModelError, Reader
from tests.support.digits import DIGITS, SCRIBBLE
from tests.support.tables import case

MANY_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from model.reading.ink import from_strokes
from model.reading.reader import Reader
from tests.support.digits import DIGITS

reader = Reader()
images = np.stack([from_strokes(strokes) for strokes in DIGITS.values()])

def read(_):
    return [reading.digit for reading in reader.read(images)] == list(DIGITS)

with ThreadPoolExecutor(64) as threads:
    print(all(threads.map(read, range(300))))
"""


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_the_ten_digits_are_read_and_sure(reader: Reader) -> None:
    images = np.stack([from_strokes(strokes) for strokes in DIGITS.values()])
    readings = reader.read(images)
    assert [reading.digit for reading in readings] == list(DIGITS)
    assert min(reading.confidence for reading in readings) > 0.8


def test_a_reading_is_consistent(reader: Reader) -> None:
    (reading,) = reader.read(from_strokes(DIGITS[6])[None])
    assert len(reading.probabilities) == 10
    assert sum(reading.probabilities) == pytest.approx(1)
    assert reading.probabilities[reading.best_guess] == max(reading.probabilities)
    assert reading.confidence == max(reading.probabilities)


def test_no_images_give_no_readings(reader: Reader) -> None:
    assert reader.read(np.zeros((0, 28, 28), np.float32)) == []


def test_other_shapes_are_refused_and_shown(reader: Reader) -> None:
    for shape in ((28, 28), (1, 28, 29), (1, 28, 28, 1)):
        with case(shape), pytest.raises(ValueError, match=str(shape).strip("()")):
            reader.read(np.zeros(shape, np.float32))


def test_64_threads_get_only_right_answers() -> None:
    """In a process of its own: without the reader's lock it dies, and pytest with it."""
    done = subprocess.run(
        [sys.executable, "-c", MANY_THREADS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr[-500:]


def test_the_shipped_model_is_small_and_its_card_says_where_it_is_from() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 4_000_000
    card = json.loads((SHIPPED / "card.json").read_text(encoding="utf-8"))
    assert card["trained_on"].startswith(
        "MNIST, digits drawn from strokes and non-digits, drawings"
    )
    assert card["test_accuracy"] > 0.995
    assert str(Path.home()) not in json.dumps(card)


def test_both_shipped_formats_are_one_network(reader: Reader) -> None:
    keras = pytest.importorskip("keras")
    images = np.stack([from_strokes(strokes) for strokes in DIGITS.values()])
    network = keras.models.load_model(SHIPPED / "network.keras")
    expected = network.predict(images * 255, verbose=0)
    np.testing.assert_allclose(reader.outputs(images), expected, atol=1e-4)


def test_ten_sigmoids_are_read_as_the_softmax_that_they_were_trained_as(tmp_path: Path) -> None:
    """Two networks with the same weights, one ending in softmax, one in sigmoid."""
    keras = pytest.importorskip("keras")
    tensorflow = pytest.importorskip("tensorflow")
    read = {}
    for output in ("softmax", "sigmoid"):
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
        last = keras.layers.Dense(10, activation=output, kernel_initializer="random_normal")
        network = keras.Sequential([keras.layers.Input((28, 28), batch_size=1), *layers, last])
        folder = tmp_path / output
        folder.mkdir()
        lite = tensorflow.lite.TFLiteConverter.from_keras_model(network).convert()
        (folder / "network.tflite").write_bytes(lite)
        (folder / "card.json").write_text(json.dumps({"version": output, "output": output}))
        read[output] = Reader(folder).read(from_strokes(DIGITS[8])[None])[0].probabilities
    np.testing.assert_allclose(read["sigmoid"], read["softmax"], atol=1e-5)


def test_eleven_outputs_are_ten_digits_and_a_refusal(reader: Reader) -> None:
    images = np.stack([from_strokes(strokes) for strokes in DIGITS.values()])
    threshold = reader.card["refusal"]["threshold"]
    for reading, digit in zip(reader.read(images), DIGITS, strict=True):
        assert reading.digit == digit
        assert sum(reading.probabilities) == pytest.approx(1)
        assert len(reading.probabilities) == 10
        assert reading.refusal < threshold
    (scribble,) = reader.read(from_strokes(SCRIBBLE)[None])
    assert scribble.digit is None
    assert scribble.refusal > threshold
    assert scribble.confidence == scribble.probabilities[scribble.best_guess]


def test_a_card_that_asks_for_what_cannot_be_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "model")
    card = json.loads((SHIPPED / "card.json").read_text(encoding="utf-8"))
    (tmp_path / "model" / "card.json").write_text(json.dumps(card | {"temperature": -1}))
    with pytest.raises(ModelError, match=r"card\.json: temperature must be .* received -1"):
        Reader(tmp_path / "model")


def test_a_network_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A network with ten outputs but another input than 28x28."""
    keras = pytest.importorskip("keras")
    tensorflow = pytest.importorskip("tensorflow")
    layers = [keras.layers.Input((14, 14), batch_size=1), keras.layers.Flatten()]
    network = keras.Sequential([*layers, keras.layers.Dense(10)])
    shutil.copytree(SHIPPED, tmp_path / "model")
    lite = tensorflow.lite.TFLiteConverter.from_keras_model(network).convert()
    (tmp_path / "model" / "network.tflite").write_bytes(lite)
    with pytest.raises(ModelError, match=r"\[1, 14, 14\]"):
        Reader(tmp_path / "model")

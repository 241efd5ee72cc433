"""Digits drawn by the tests, and one network trained on them."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model.learning.data.datasets import Dataset
from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import find
from model.learning.training import TrainedModel, train
from tests.support.digits import DIGITS

_OVERSIZE = 4
"""Drawn this much larger and shrunk, for grey edges as MNIST has them."""


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """200 training and 70 test digits; 70 is no multiple of a batch."""
    x_train, y_train = _drawn(20, random.Random(1))
    x_test, y_test = _drawn(7, random.Random(2))
    return Dataset(x_train, y_train, x_test, y_test, source="drawn digits", sha256="0" * 64)


@pytest.fixture
def digits_file(digits: Dataset, tmp_path: Path) -> Path:
    """The drawn digits in the layout of `mnist.npz`."""
    path = tmp_path / "digits.npz"
    arrays = ("x_train", "y_train", "x_test", "y_test")
    np.savez_compressed(path, **{name: getattr(digits, name) for name in arrays})
    return path


@pytest.fixture(scope="session")
def events() -> list[BatchEvent | EpochEvent]:
    """Events of the `trained` network's run, once there is one."""
    return []


@pytest.fixture(scope="session")
def trained(digits: Dataset, events: list[BatchEvent | EpochEvent]) -> TrainedModel:
    """`compact`, eight epochs on the drawn digits, a tenth of them held out; reads the fourth."""
    recipe = find("compact")
    return train(
        recipe,
        digits,
        settings=recipe.settings(epochs=8, batch_size=16, validation_share=0.1),
        on_event=events.append,
        should_stop=lambda: False,
        probe=digits.x_train[3],
    )


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """The real MNIST, where there is one."""
    path = os.environ.get("MNIST_PATH")
    if not path:
        pytest.skip("needs MNIST: set MNIST_PATH to a local mnist.npz")
    return Path(path)


def _drawn(copies: int, hand: random.Random) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Each digit `copies` times, in turn, each a little different."""
    pairs = [(_image(digit, hand), digit) for _ in range(copies) for digit in DIGITS]
    return np.stack([image for image, _ in pairs]), np.array([d for _, d in pairs], np.uint8)


def _image(digit: int, hand: random.Random) -> NDArray[np.uint8]:
    side = 28 * _OVERSIZE
    width, height = hand.uniform(15, 20) * _OVERSIZE, hand.uniform(17, 20) * _OVERSIZE
    left, top = hand.uniform(3, 6) * _OVERSIZE, hand.uniform(3, 6) * _OVERSIZE
    sheet = Image.new("L", (side, side))
    for stroke in DIGITS[digit]:
        points = [(left + x * width, top + y * height) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, fill=255, width=2 * _OVERSIZE, joint="curve")
    return np.asarray(sheet.resize((28, 28), Image.Resampling.BOX))

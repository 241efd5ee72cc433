"""What tests of the commands share: digits, a home folder, a command that is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.__main__ import main
from tests.support.digits import DIGITS

Refused = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An `mnist.npz` of 80 training and 70 test digits: crude, but ten kinds of them."""
    rng = np.random.default_rng(1)
    kinds = rng.integers(0, 2, (10, 7, 7)).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    labels = np.arange(80, dtype=np.uint8) % 10
    images = kinds[labels] * 200 + rng.integers(0, 50, (80, 28, 28)).astype(np.uint8)
    path = tmp_path / "digits.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:70], y_test=labels[:70])
    return path


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must fail and returns its one line of error."""

    def run(*arguments: object) -> str:
        assert main([str(argument) for argument in arguments]) == 1
        lines = [line for line in capfd.readouterr().err.splitlines() if "model:" in line]
        assert len(lines) == 1
        return lines[0]

    return run


def train(data: Path, *arguments: object) -> list[str]:
    return ["train", "--data", str(data), *map(str, arguments)]


def picture(path: Path, digit: int) -> Path:
    """Dark ink on white paper, 200 pixels wide."""
    sheet = Image.new("L", (200, 240), 255)
    for stroke in DIGITS[digit]:
        points = [(50 + 100 * x, 40 + 150 * y) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, fill=0, width=16, joint="curve")
    sheet.save(path)
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    monkeypatch.setenv("SKETCHPAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"

"""Scorecards in the background: a real process, what it tells, and one that is killed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from model.learning import score_file
from model.learning.handwriting import draw_digits
from model.reading.reader import SHIPPED
from model.service.database import StoreError
from model.service.measuring import BROKE_OFF, Measuring

SOON = 180.0
"""Seconds; only a test that fails waits so long."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder without a scorecard; what stands for MNIST is ten digits."""
    images, labels = draw_digits(10, 1)
    np.savez(tmp_path / "ten.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setenv("MNIST_PATH", str(tmp_path / "ten.npz"))
    copy = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (copy / "score.json").unlink()
    return copy


@pytest.fixture
def measuring() -> Iterator[Measuring]:
    measuring = Measuring()
    yield measuring
    measuring.close()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_network_is_measured_and_tells_what_it_is_at(measuring: Measuring, folder: Path) -> None:
    measuring.start("x-1", folder)
    with pytest.raises(StoreError, match=r"x-1 is being measured: one at a time\."):
        measuring.start("x-2", folder)
    told = set()

    def is_done() -> bool:
        told.add(measuring.at)
        return measuring.at is None

    until(is_done)
    assert measuring.problem("x-1") == ""
    assert any(at and at[0] == "x-1" and "a picture: large" in at[1] for at in told)
    card = score_file.load(folder)
    assert card is not None
    assert card.test.images == 10
    assert [part.digits.images for part in card.drawn] == [2_000]
    assert [part.drawings for part in card.refusal] == [550]


def test_what_cannot_be_measured_is_said_until_it_can(
    measuring: Measuring, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_PATH", str(tmp_path / "absent.npz"))
    measuring.start("x-1", folder)
    until(lambda: measuring.at is None)
    assert measuring.problem("x-1").startswith("No MNIST at absent.npz: that file is missing")
    assert measuring.problem("x-1").endswith(".")
    assert measuring.problem("x-2") == ""
    measuring.start("x-1", folder)
    assert measuring.problem("x-1") == ""


def test_one_that_is_killed_is_noticed_and_leaves_nothing(
    measuring: Measuring, folder: Path
) -> None:
    measuring.start("x-1", folder)
    until(lambda: measuring.at and measuring.at[1] != "starting")
    measuring.close()
    until(lambda: measuring.at is None)
    assert measuring.problem("x-1") == BROKE_OFF
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "network.keras",
        "network.tflite",
    }

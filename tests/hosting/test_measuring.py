"""Scorecards made in the background: the process, its progress, and its death."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from model.learning.data.handwriting import draw_digits
from model.learning.evaluation import score_file
from model.reading.reader import SHIPPED
from model.service.database.connection import StoreError
from model.service.measuring import BROKE_OFF, STARTING, Measuring
from tests.support.asking import SOON, until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder without a scorecard; ten digits stand for MNIST."""
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


def at(measuring: Measuring) -> str:
    """The current step; empty while nothing is measured."""
    return measuring.progress.at if measuring.progress else ""


def problem(measuring: Measuring) -> str:
    assert measuring.progress is not None
    assert measuring.progress.version == "x-1"
    return measuring.progress.problem


def test_a_network_is_measured_step_by_step(measuring: Measuring, folder: Path) -> None:
    measuring.start("x-1", folder)
    with pytest.raises(StoreError, match=r"x-1 is being measured: one at a time\."):
        measuring.start("x-2", folder)
    steps: set[str] = set()

    def is_done() -> bool:
        steps.add(at(measuring))
        return not at(measuring)

    until(is_done, 2 * SOON)
    assert any("a picture: large" in step for step in steps)
    assert (at(measuring), problem(measuring)) == ("", "")
    card = score_file.load(folder)
    assert card is not None
    assert card.test.images == 10
    assert [part.digits.images for part in card.drawn] == [2_000]
    assert [part.drawings for part in card.refusal] == [550]


def test_what_cannot_be_measured_is_reported_until_it_can(
    measuring: Measuring, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_PATH", str(tmp_path / "absent.npz"))
    measuring.start("x-1", folder)
    until(lambda: not at(measuring))
    assert problem(measuring).startswith("No MNIST at absent.npz: that file is missing")
    assert problem(measuring).endswith(".")
    measuring.start("x-1", folder)
    assert (at(measuring), problem(measuring)) == (STARTING, "")


def test_a_killed_measurement_is_reported_and_leaves_nothing(
    measuring: Measuring, folder: Path
) -> None:
    measuring.start("x-1", folder)
    until(lambda: at(measuring) != STARTING)
    (process,) = (each for each in active_children() if each.name == "digit-sketchpad-score")
    process.kill()
    until(lambda: not at(measuring))
    assert problem(measuring) == BROKE_OFF
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "network.keras",
        "network.tflite",
    }


def test_closing_ends_a_measurement_without_an_error(measuring: Measuring, folder: Path) -> None:
    measuring.start("x-1", folder)
    measuring.close()
    until(lambda: not at(measuring))
    assert problem(measuring) == ""

"""Scorecards in the background: a real process, what it tells, and one that is killed."""

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
from tests.hosting.asking import SOON, until


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
def measuring(tmp_path: Path) -> Iterator[Measuring]:
    measuring = Measuring(tmp_path / "measuring.json")
    yield measuring
    measuring.close()


def at(measuring: Measuring) -> str:
    """What is being measured is at; empty between two."""
    return measuring.progress.at if measuring.progress else ""


def problem(measuring: Measuring) -> str:
    assert measuring.progress is not None
    assert measuring.progress.version == "x-1"
    return measuring.progress.problem


def test_a_network_is_measured_and_every_copy_of_the_app_tells_what_it_is_at(
    measuring: Measuring, folder: Path, tmp_path: Path
) -> None:
    measuring.start("x-1", folder)
    elsewhere = Measuring(tmp_path / "measuring.json")
    copies = [measuring, elsewhere]
    for copy in copies:
        with pytest.raises(StoreError, match=r"x-1 is being measured: one at a time\."):
            copy.start("x-2", folder)
    told: list[set[str]] = [set(), set()]

    def is_done() -> bool:
        for copy, heard in zip(copies, told, strict=True):
            heard.add(at(copy))
        return not at(measuring)

    until(is_done, 2 * SOON)
    for copy, heard in zip(copies, told, strict=True):
        assert any("a picture: large" in words for words in heard)
        assert (at(copy), problem(copy)) == ("", "")
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
    until(lambda: not at(measuring))
    assert problem(measuring).startswith("No MNIST at absent.npz: that file is missing")
    assert problem(measuring).endswith(".")
    assert problem(Measuring(tmp_path / "measuring.json")) == problem(measuring)
    measuring.start("x-1", folder)
    assert (at(measuring), problem(measuring)) == (STARTING, "")


def test_one_that_is_killed_is_noticed_and_leaves_nothing(
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


def test_an_app_that_ends_does_not_leave_it_to_the_others_to_find_out(
    measuring: Measuring, folder: Path, tmp_path: Path
) -> None:
    elsewhere = Measuring(tmp_path / "measuring.json")
    measuring.start("x-1", folder)
    until(lambda: at(elsewhere))
    measuring.close()
    assert (at(elsewhere), problem(elsewhere)) == ("", "")

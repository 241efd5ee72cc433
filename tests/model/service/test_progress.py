"""Progress told by one copy of the app and heard by another; one that goes silent; bad files."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.service.progress import SILENT, Progress, ProgressFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "measuring.json"


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_what_one_tells_the_other_hears_until_it_is_silent(path: Path) -> None:
    clock = Clock()
    here, there = ProgressFile(path), ProgressFile(path, clock)
    assert there.hear() is None
    for _ in range(3):
        here.tell(Progress("x-1", "a picture: large"))
        clock.seconds += SILENT - 1
        heard = there.hear()
        assert heard is not None
        assert (heard.version, heard.at, heard.problem) == ("x-1", "a picture: large", "")
    clock.seconds += SILENT + 1
    assert there.hear() is None
    here.tell(Progress("x-1", "calibration"))
    assert there.hear() is not None


def test_how_it_ended_stands(path: Path) -> None:
    clock = Clock()
    ProgressFile(path).tell(Progress("x-1", "", "No MNIST."))
    there = ProgressFile(path, clock)
    clock.seconds += 10 * SILENT
    heard = there.hear()
    assert heard is not None
    assert heard.problem == "No MNIST."


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 3}', "\0" * 9])
def test_a_file_that_is_none_tells_nothing(path: Path, text: str) -> None:
    path.write_text(text)
    assert ProgressFile(path).hear() is None


def test_where_it_cannot_be_written_work_goes_on(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "absent" / "measuring.json")
    file.tell(Progress("x-1", "calibration"))
    assert file.hear() is None

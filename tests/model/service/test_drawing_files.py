"""The page's files of drawings: what is listed, added and deleted, and under which names."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from model.learning.data.drawings import Count
from model.learning.recipes import find
from model.service import drawing_files
from model.service.database.connection import StoreError
from model.service.database.store import Store
from model.service.drawing_files import DrawingFiles, DrawingFilesError
from model.service.home import Home
from model.service.jobs.jobs import Jobs
from tests.support.digits import DIGITS
from tests.support.strokes_file import write

LABELS = ["3", "8", "character/A"]


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """Of a file with two digits and a letter."""
    return write(tmp_path / "made.npz", [DIGITS[3], DIGITS[8], DIGITS[4]], LABELS).read_bytes()


@pytest.fixture
def files(home: Home) -> DrawingFiles:
    return DrawingFiles(home.drawings)


@pytest.fixture
def jobs(store: Store, home: Home) -> Iterator[Jobs]:
    with closing(Jobs(store, home, home.database)) as jobs:
        yield jobs


def test_a_file_is_added_whole_listed_and_deleted(
    files: DrawingFiles, home: Home, content: bytes
) -> None:
    assert files.list() == []
    files.add("mine (2).npz", content)
    (mine,) = files.list()
    assert (mine.name, mine.count, mine.problem) == ("mine (2).npz", Count(2, 1), "")
    assert mine.count.images == 5
    path = home.drawings / mine.name
    assert path.read_bytes() == content
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.drawings.stat().st_mode) == 0o700
    with pytest.raises(DrawingFilesError, match=r"There is a mine \(2\)\.npz already"):
        files.add(mine.name, b"other")
    assert path.read_bytes() == content
    files.delete(mine.name)
    files.delete(mine.name)
    assert files.list() == []


def test_files_copied_there_by_hand_are_listed_with_what_is_wrong_with_them(
    files: DrawingFiles, home: Home, content: bytes
) -> None:
    for name in ("by hand.npz", ".hidden.npz", "notes.txt", "é.npz"):
        (home.drawings / name).write_bytes(content)
    (home.drawings / "folder.npz").mkdir()
    (home.drawings / "broken.npz").write_bytes(b"not a set")
    broken, by_hand = files.list()
    assert (by_hand.name, by_hand.count) == ("by hand.npz", Count(2, 1))
    assert broken.problem.startswith("it is damaged or not a set of strokes")
    (home.drawings / "broken.npz").write_bytes(content)  # another size
    assert [file.problem for file in files.list()] == ["", ""]


def test_what_cannot_be_used_is_refused_and_leaves_nothing(
    files: DrawingFiles, home: Home, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Not a name for a file of drawings"
    for given, of, sentence in (
        *((given, content, name) for given in ("", ".npz", "../x.npz", "a/b.npz", "x.npy")),
        *((given, content, name) for given in (".x.npz", "x.npz\n", "ä.npz", "x" * 96 + ".npz")),
        ("x.npz", b"", "This file cannot be used: x.npz is damaged or not a set of strokes; it"),
        ("x.npz", content[:-100], "This file cannot be used: x.npz is damaged"),
    ):
        with pytest.raises(DrawingFilesError) as refused:
            files.add(given, of)
        assert str(refused.value).startswith(sentence), given
        assert list(home.drawings.iterdir()) == [], given
        if sentence == name:
            with pytest.raises(DrawingFilesError):
                files.delete(given)
    monkeypatch.setattr(drawing_files, "MAX_FILES", 1)
    files.add("one.npz", content)
    with pytest.raises(DrawingFilesError, match="There are 1 files already"):
        files.add("two.npz", content)


def test_a_file_that_a_run_waits_for_is_not_deleted(
    jobs: Jobs, store: Store, files: DrawingFiles, content: bytes
) -> None:
    files.add("mine.npz", content)
    settings = find("house").settings()
    run = store.add("house", settings, "strokes:60", drawings=["mine.npz"], origin="page")
    with pytest.raises(StoreError, match=f"{run.name} learns from mine.npz"):
        jobs.delete_drawings("mine.npz")
    assert [file.name for file in files.list()] == ["mine.npz"]
    store.request_stop(run.name)
    jobs.delete_drawings("mine.npz")
    assert files.list() == []

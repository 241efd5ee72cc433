"""The home folder: names that become paths, damaged versions, leftovers of killed processes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from model.reading.reader import SHIPPED, sha256
from model.service.database.connection import absolute
from model.service.database.store import Store
from model.service.home import Home, HomeError


@pytest.fixture
def version(home: Home) -> Path:
    """An intact version."""
    folder = home.version("compact-1")
    shutil.copytree(SHIPPED, folder)
    card = json.loads((folder / "card.json").read_text())
    card["files"] = {name: sha256(folder / name) for name in ("network.keras", "network.tflite")}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_only_the_name_of_a_run_becomes_a_path(home: Home) -> None:
    names = ["", "..", "../x-1", "compact", "compact-", "compact-1/..", "/etc-1", "a-1\n"]
    for name in (*names, "COMPACT-1", "compact-1234567890", "compact-१"):
        for kind in (home.version, home.checkpoint, home.logs):
            with pytest.raises(ValueError, match="not a run name"):
                pytest.fail(f"{name!r} became {kind(name)}")


def test_the_database_is_in_the_home_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a?b", "a#b", "a%41b", "a b", "ä", "a@b:c", "a&b=c", "100%"):
        home = Home(tmp_path / "homes" / name)
        store = Store.open(home.database)
        store.close()
        assert (home.folder / "sketchpad.db").is_file(), name
        assert absolute(home.database) == home.database, name
    assert len(list((tmp_path / "homes").iterdir())) == 8


def test_a_whole_version_is_whole(home: Home, version: Path) -> None:
    assert home.damage("compact-1") == ""


def test_a_missing_file_is_damage(home: Home, version: Path) -> None:
    for file in ("network.keras", "network.tflite", "card.json"):
        (version / file).rename(version / "away")
        assert f"{file} is missing" in home.damage("compact-1")
        (version / "away").rename(version / file)


def test_one_flipped_bit_is_damage(home: Home, version: Path) -> None:
    assert home.damage("compact-1") == ""
    for file in ("network.keras", "network.tflite"):
        intact = (version / file).read_bytes()
        content = bytearray(intact)
        content[len(content) // 2] ^= 1
        (version / file).write_bytes(content)
        assert home.damage("compact-1") == f"{file} is damaged"
        (version / file).write_bytes(intact)


def test_an_unreadable_card_is_damage(home: Home, version: Path) -> None:
    (version / "card.json").write_text("{")
    assert "card.json cannot be read" in home.damage("compact-1")


def test_a_missing_version_is_reported(home: Home) -> None:
    assert home.damage("compact-1") == "its files are missing"


def test_deleting_removes_all_of_a_run_and_nothing_of_others(home: Home, version: Path) -> None:
    shutil.copytree(version, home.version("compact-2"))
    for folder in (home.logs("compact-1"), home.checkpoint("compact-1")):
        folder.mkdir()
        (folder / "file").touch()
    home.delete("compact-1")
    assert [path.name for path in (home.folder / "models").iterdir()] == ["compact-2"]
    assert not home.logs("compact-1").exists()
    assert not home.checkpoint("compact-1").exists()


def test_leftovers_of_killed_processes_are_swept_away(home: Home, version: Path) -> None:
    old = [home.folder / "models" / name for name in (".0a1b2c3d.partial", ".0a1b2c3d.deleted")]
    for path in old:
        shutil.copytree(version, path)
    (version / ".0a1b2c3d.onnx").touch()
    for path in (*old, version / ".0a1b2c3d.onnx"):
        os.utime(path, (1, 1))
    # Files that another process is writing are left alone.
    shutil.copytree(version, home.folder / "models" / ".4e5f6a7b.partial")
    home.sweep()
    left = {path.name for path in (home.folder / "models").iterdir()}
    assert left == {"compact-1", ".4e5f6a7b.partial"}
    assert not (version / ".0a1b2c3d.onnx").exists()


def test_a_home_that_cannot_be_created_is_reported_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match=r"cannot be written .* choose another with --home"):
        Home(tmp_path / "file")

"""What may be wrong with a backup, by chance or by intent: refused, and nothing has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from model.reading.reader import ModelError, check
from model.service.backup import archive
from model.service.backup.archive import BackupError
from model.service.backup.restore import restore
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home
from tests.model.service.history import write_card

Change = Callable[[Path], None]
"""Spoils a backup that was taken apart into a folder."""


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Engine, Home]]:
    home = Home(tmp_path / "empty")
    engine = connect(home.database)
    yield engine, home
    engine.dispose()


def packed(folder: Path, *, sums: bool = True) -> Path:
    """The folder as an archive again; with the right sums in its manifest, if it has a sane one."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        sums = sums and isinstance(manifest, dict)
    except (FileNotFoundError, RecursionError):
        sums = False
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    if sums:
        manifest["files"] = {
            name: {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
            for name, path in zip(names, paths, strict=True)
            if name != "manifest.json"
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, path in zip(names, paths, strict=True):
            made.write(path, name)
    return file


def refused(empty: tuple[Engine, Home], file: Path) -> str:
    """Why it is refused; holds that nothing has changed."""
    engine, home = empty
    with pytest.raises(BackupError) as caught:
        restore(engine, home, file, check)
    store = Store(engine)
    assert store.runs() == []
    assert store.previous() == (False, None)
    assert [
        path for path in home.folder.rglob("*") if "db" not in path.name and path.is_file()
    ] == []
    assert [path.name for path in (home.folder / "models").iterdir()] == []
    return str(caught.value)


def edit_manifest(**entries: Any) -> Change:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return change


def edit_row(table: str, **entries: Any) -> Change:
    """Changes a table's first row."""

    def change(folder: Path) -> None:
        path = folder / "tables" / f"{table}.jsonl"
        first, *rest = path.read_text().splitlines()
        path.write_text("\n".join([json.dumps(json.loads(first) | entries), *rest, ""]))

    return change


def write(name: str, content: bytes | str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def edit_card(**entries: Any) -> Change:
    return lambda folder: write_card(folder / "models" / "sprint-1", **entries)


def test_the_same_backup_unspoilt_is_restored(apart: Path, empty: tuple[Engine, Home]) -> None:
    assert restore(*empty, packed(apart), check).versions == ["sprint-1", "sprint-2"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (write("models/sprint-1/evil.py", "x"), "no name of a file that belongs in it"),
        (write("models/sprint-1/.hidden", "x"), "no name of a file"),
        (write("models/Sprint-1/card.json", "x"), "no name of a file"),
        (write("sketchpad.db", "x"), "no name of a file"),
        (write("checkpoints/compact-3/card.json", "x"), "no name of a file"),
        (write("models/sprint-9/card.json", "x"), "models/sprint-9 in it belongs to no such run"),
        (write("models/compact-3/card.json", "x"), "belongs to no such run"),
        (write("checkpoints/sprint-1/latest.weights.h5", "x"), "belongs to no such run"),
        (write("models/sprint-1/network.tflite", bytes(500_000)), "too large to be true"),
        (write("models/sprint-1/network.tflite", os.urandom(100)), "network.tflite is damaged"),
        (write("models/sprint-1/card.json", "{"), "card.json cannot be read"),
        (edit_card(version="sprint-2"), "its card calls it 'sprint-2'"),
        (edit_card(temperature=-1), "temperature must be a number"),
        (remove("models/sprint-1/network.keras"), "sprint-1 in it has no network.keras"),
        (remove("tables/uses.jsonl"), "its rows cannot be read"),
        (remove("manifest.json"), "it has no manifest.json"),
        (write("manifest.json", "[]"), "its manifest.json is damaged"),
        (write("manifest.json", "[" * 100_000), "its manifest.json is damaged"),
        (edit_manifest(format=2), "its format is 2"),
        (edit_manifest(revision="9999"), "another version of the app: its schema is '9999'"),
        (edit_manifest(revision="head"), "another version of the app"),
        (edit_manifest(revision="../x"), "another version of the app"),
        (edit_manifest(made="today"), "its manifest.json is damaged"),
        (edit_manifest(left_out={"x": 1}), "its manifest.json is damaged"),
        (write("tables/runs.jsonl", "{"), "line 1 of runs.jsonl is no row"),
        (write("tables/runs.jsonl", "[" * 9_000), "line 1 of runs.jsonl is no row"),
        (write("tables/points.jsonl", '{"id": 1}'), "line 1 of points.jsonl is no row"),
        (edit_row("runs", recipe="../../x"), "not a run name"),
        (edit_row("runs", recipe="/etc"), "not a run name"),
        (edit_row("runs", recipe="a\0b"), "recipe cannot be"),
        (edit_row("runs", recipe="\ud800"), "line 1 of runs.jsonl is no row"),
        (edit_row("runs", id=-1), "cannot be"),
        (edit_row("runs", id=2), "UNIQUE"),
        (edit_row("runs", id="1"), "id cannot be '1'"),
        (edit_row("runs", id=2**40), "id cannot be"),
        (edit_row("runs", created_at=None), "created_at is missing"),
        (edit_row("runs", created_at=True), "created_at cannot be 'True'"),
        (edit_row("runs", created_at=float("nan")), "created_at cannot be 'nan'"),
        (edit_row("runs", status="<b>"), "its status is '<b>'"),
        (edit_row("runs", data="strokes:x"), "it learns from 'strokes:x'"),
        (edit_row("runs", settings={}), "its settings"),
        (edit_row("runs", settings={"epochs": "5", "batch_size": 1}), "its settings"),
        (
            edit_row("runs", settings={"epochs": 0, "batch_size": 1}),
            "epochs must be from 1 to",
        ),
        (edit_row("runs", result={"x": float("nan")}), "line 1 of runs.jsonl is no row"),
        (edit_row("runs", result=[]), "its result is none"),
        (edit_row("runs", drawing="AAAA"), "its drawing has 3 grey levels"),
        (edit_row("runs", drawing="?"), "drawing is no base64"),
        (edit_row("runs", drawing=5), "drawing is no base64"),
        (edit_row("runs", test_accuracy=2), "its test accuracy is 2"),
        (edit_row("runs", more=1), "it has other columns"),
        (edit_row("epochs", run_id=77), "FOREIGN KEY"),
        (edit_row("uses", version="sprint-77"), "'sprint-77' was in use, which is no run"),
        (edit_row("uses", version="compact-3"), "'compact-3' was in use, which is no run"),
    ],
)
def test_what_does_not_belong_in_a_backup_is_refused(
    apart: Path, empty: tuple[Engine, Home], change: Change, reason: str
) -> None:
    change(apart)
    assert reason in refused(empty, packed(apart))


def test_one_flipped_bit_anywhere_is_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    good = packed(apart).read_bytes()
    for place in range(50, len(good), len(good) // 40):
        content = bytearray(good)
        content[place] ^= 1
        file = apart.with_suffix(".flipped")
        file.write_bytes(content)
        refused(empty, file)


def test_half_a_backup_and_what_is_none_are_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    good = packed(apart).read_bytes()
    file = apart.with_suffix(".part")
    for content in (b"", b"PK", good[: len(good) // 2], good[:-10], b"x" * 1000):
        file.write_bytes(content)
        assert "is no backup, or it is damaged" in refused(empty, file)


def test_what_the_manifest_does_not_tell_is_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    packed(apart)
    (apart / "models/sprint-1/score.json").write_text("{}")
    assert "'models/sprint-1/score.json' is not in its manifest" in refused(
        empty, packed(apart, sums=False)
    )
    (apart / "models/sprint-1/score.json").unlink()
    (apart / "models/sprint-2/card.json").unlink()
    assert "'models/sprint-2/card.json' is missing in it" in refused(
        empty, packed(apart, sums=False)
    )


def test_another_content_of_the_same_size_is_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    packed(apart)
    card = apart / "models" / "sprint-1" / "card.json"
    card.write_text(card.read_text().replace("MNIST", "mnist"))
    assert "its sum is another one" in refused(empty, packed(apart, sums=False))


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/tmp/evil", "models/../../evil", "models/sprint-1/../../../evil",
        "models\\sprint-1\\card.json", "models/sprint-1/card.json/x", "tables/../runs.jsonl",
        "models/sprint-1/card.json\n", "C:/evil", "models/",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(
    apart: Path, empty: tuple[Engine, Home], name: str
) -> None:
    file = packed(apart)
    manifest = json.loads((apart / "manifest.json").read_text())
    manifest["files"][name] = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    (apart / "manifest.json").unlink()
    packed_again = packed_with(file, apart, {name: b"x", "manifest.json": json.dumps(manifest)})
    assert "no name of a file that belongs in it" in refused(empty, packed_again)
    assert not list(apart.parent.rglob("evil"))


def packed_with(file: Path, apart: Path, more: dict[str, Any]) -> Path:
    """The folder packed, and more under whatever names."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, on names that are there twice
        for path in sorted(path for path in apart.rglob("*") if path.is_file()):
            made.write(path, path.relative_to(apart).as_posix())
        for name, content in more.items():
            made.writestr(name, content)
    return file


def test_a_name_that_is_there_twice_is_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    file = packed_with(packed(apart), apart, {"models/sprint-1/card.json": "{}"})
    assert "a name is in it twice" in refused(empty, file)


def test_a_link_is_a_file_with_other_content(apart: Path, empty: tuple[Engine, Home]) -> None:
    """What a zip calls a link is never made one."""
    file = packed(apart)
    (apart / "models/sprint-1/card.json").unlink()
    link = zipfile.ZipInfo("models/sprint-1/card.json")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    packed_with(file, apart, {})
    with zipfile.ZipFile(file, "a") as made:
        made.writestr(link, "/etc/passwd")
    assert "is damaged" in refused(empty, file)


def test_a_zip_bomb_is_refused_before_it_is_blown_up(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("models/sprint-1/score.json", bytes(50_000_000))(apart)
    monkeypatch.setattr(archive, "_copied", None)
    assert "score.json in it is too large to be true: 50,000,000 bytes" in refused(
        empty, packed(apart)
    )


def test_a_disk_without_room_is_said_before_anything_is_written(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5))
    monkeypatch.setattr(archive, "_copied", None)
    assert "the disk is too full" in refused(empty, packed(apart))


def test_a_network_that_the_check_refuses_is_not_restored(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(folder: Path) -> None:
        if folder.name == "sprint-2":
            raise ModelError(f"{folder / 'network.keras'} holds a Lambda layer")

    monkeypatch.setitem(globals(), "check", no)
    reason = refused(empty, packed(apart))
    assert reason == "sprint-2 in it cannot be used: network.keras holds a Lambda layer"

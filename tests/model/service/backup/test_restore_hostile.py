"""Damaged and forged backups are refused in a sentence and change nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from model.reading.reader import ModelError
from model.service.backup import archive
from model.service.backup.archive import BackupError
from model.service.backup.restore import restore
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home
from tests.model.service.backup.forging import (
    Change,
    check_network,
    edit_card,
    edit_manifest,
    edit_row,
    packed,
    remove,
    write,
)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Engine, Home]]:
    home = Home(tmp_path / "empty")
    engine = connect(home.database)
    yield engine, home
    engine.dispose()


def refused(empty: tuple[Engine, Home], file: Path) -> str:
    """The reason for the refusal; checks that nothing has changed."""
    engine, home = empty
    with pytest.raises(BackupError) as caught:
        restore(engine, home, file, check_network)
    store = Store(engine)
    assert store.runs() == []
    assert store.previous() == (False, None)
    assert {path.name for path in home.folder.rglob("*") if "db" not in path.name} == {
        *("uploads", "models", "checkpoints", "logs", "drawings")
    }
    return str(caught.value)


def refused_all(
    empty: tuple[Engine, Home], apart: Path, table: Iterable[tuple[Change, str]]
) -> None:
    """Each change alone makes the backup be refused for its reason."""
    for number, (change, reason) in enumerate(table, 1):
        copy = Path(shutil.copytree(apart, apart.with_name(f"copy-{number}")))
        change(copy)
        try:
            why = refused(empty, packed(copy))
        except BaseException as error:
            error.add_note(f"row {number}, which must be refused with {reason!r}")
            raise
        assert reason in why, f"row {number}: {reason!r} not in {why!r}"
        assert "\n" not in why, f"row {number}: {why!r}"


def test_the_same_backup_unchanged_is_restored(apart: Path, empty: tuple[Engine, Home]) -> None:
    assert restore(*empty, packed(apart), check_network).networks == 2


def test_files_that_do_not_belong_are_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    unknown = "does not belong in a backup"
    unowned = "does not belong to a run"
    refused_all(
        empty,
        apart,
        (
            (write("models/sprint-1/evil.py", "x"), unknown),
            (write("models/sprint-1/.hidden", "x"), unknown),
            (write("models/Sprint-1/card.json", "x"), unknown),
            (write("sketchpad.db", "x"), unknown),
            (write("tables/alembic.jsonl", "x"), unknown),
            (write("checkpoints/compact-3/card.json", "x"), unknown),
            (write("models/sprint-9/card.json", "x"), f"models/sprint-9 in it {unowned}"),
            (write("models/compact-3/card.json", "x"), unowned),
            (write("checkpoints/sprint-1/latest.weights.h5", "x"), unowned),
            (write("models/sprint-1/network.tflite", os.urandom(9)), "network.tflite is damaged"),
            (remove("models/sprint-1/network.keras"), "sprint-1 in it has no network.keras"),
            (remove("tables/uses.jsonl"), "its rows cannot be used"),
            (remove("manifest.json"), "it has no manifest.json"),
        ),
    )


def test_manifests_and_cards_out_of_range_are_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    damaged = "its manifest.json is damaged, or of another version"
    newer = "made by a newer version of the app (its schema is 9999"
    card = "sprint-1 in it cannot be used"
    refused_all(
        empty,
        apart,
        (
            (write("manifest.json", "[]"), damaged),
            (write("manifest.json", "[" * 200_000), damaged),
            (edit_manifest(format=2), damaged),
            (edit_manifest(revision="9999"), newer),
            (edit_manifest(revision="head"), damaged),
            (edit_manifest(revision="../x"), damaged),
            (edit_manifest(made="today"), damaged),
            (edit_manifest(made=float("inf")), damaged),
            (edit_manifest(made=float("nan")), damaged),
            (edit_manifest(made=-1.0), damaged),
            (edit_manifest(made=1e300), damaged),
            (edit_manifest(left_out={"x": 1}), damaged),
            (edit_manifest(left_out={"\x1b[31m": ""}), damaged),
            (write("models/sprint-1/card.json", "{"), card),
            (write("models/sprint-1/card.json", "[" * 200_000), card),
            (write("models/sprint-1/card.json", "[]"), card),
            (edit_card(version="sprint-2"), f"{card}: its card names 'sprint-2'"),
            (edit_card(version=5), card),
            (edit_card(test_accuracy=float("inf")), card),
            (edit_card(test_accuracy="<b>"), card),
            (edit_card(temperature=-1), "temperature must be a number"),
        ),
    )


def test_rows_that_contradict_each_other_are_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    refused_all(
        empty,
        apart,
        (
            (write("tables/runs.jsonl", "{"), "line 1 of runs.jsonl"),
            (write("tables/runs.jsonl", "[" * 200_000), "line 1 of runs.jsonl"),
            (write("tables/points.jsonl", '{"id": 1}'), "line 1 of points.jsonl"),
            (edit_row("runs", recipe="\ud800"), "line 1 of runs.jsonl"),
            (edit_row("runs", id=2), "line 2 of runs.jsonl: its key (2,) does not follow (2,)"),
            (edit_row("runs", id=9), "line 2 of runs.jsonl: its key (2,) does not follow (9,)"),
            (edit_row("runs", settings={"epochs": 0, "batch_size": 1}), "epochs must be"),
            (edit_row("points", batch=11), "line 1 of points.jsonl: it is batch 11 of 10"),
            (edit_row("epochs", run_id=77), "epochs of run 77, which is not among them"),
            (edit_row("points", run_id=77), "points of run 77, which is not among them"),
            (edit_row("uses", version="sprint-77"), "sprint-77 was in use, but is not among"),
            (edit_row("uses", version="compact-3"), "compact-3 was in use, but is not among"),
        ),
    )


def test_a_damaged_checkpoint_costs_the_checkpoint_alone(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    write("checkpoints/compact-3/training_metadata.json", "[" * 200_000)(apart)
    engine, home = empty
    restore(engine, home, packed(apart), check_network)
    assert not home.can_resume("compact-3")
    assert Store(engine).run("compact-3").status == "interrupted"


def test_one_flipped_bit_anywhere_is_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    good = packed(apart).read_bytes()
    for place in range(50, len(good), len(good) // 40):
        content = bytearray(good)
        content[place] ^= 1
        file = apart.with_suffix(".flipped")
        file.write_bytes(content)
        refused(empty, file)


def test_half_backups_and_other_files_are_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    good = packed(apart).read_bytes()
    file = apart.with_suffix(".part")
    for content in (b"", b"PK", good[: len(good) // 2], good[:-10], b"x" * 1000):
        file.write_bytes(content)
        assert "is not a backup, or is damaged" in refused(empty, file)


def test_files_missing_from_the_manifest_or_the_archive_are_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    packed(apart)
    (apart / "models/sprint-1/score.json").write_text("{}")
    assert "'models/sprint-1/score.json' is not in its manifest" in refused(
        empty, packed(apart, sums=False)
    )
    (apart / "models/sprint-1/score.json").unlink()
    (apart / "models/sprint-2/card.json").unlink()
    assert "'models/sprint-2/card.json' is missing from it" in refused(
        empty, packed(apart, sums=False)
    )


def test_another_content_of_the_same_size_is_refused(
    apart: Path, empty: tuple[Engine, Home]
) -> None:
    packed(apart)
    card = apart / "models" / "sprint-1" / "card.json"
    card.write_text(card.read_text().replace("MNIST", "mnist"))
    assert "its checksum is wrong" in refused(empty, packed(apart, sums=False))


def test_names_that_lead_elsewhere_are_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    names = (
        "../evil", "/tmp/evil", "models/../../evil", "models/sprint-1/../../../evil",
        "models\\sprint-1\\card.json", "models/sprint-1/card.json/x", "tables/../runs.jsonl",
        "models/sprint-1/card.json\n", "C:/evil", "models/",
    )  # fmt: skip
    file = packed(apart)
    known = json.loads((apart / "manifest.json").read_text())
    (apart / "manifest.json").unlink()
    for name in names:
        entry = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
        manifest = json.dumps(known | {"files": known["files"] | {name: entry}})
        packed_with(file, apart, {name: b"x", "manifest.json": manifest})
        assert "does not belong in a backup" in refused(empty, file), name
        assert not list(apart.parent.rglob("evil")), name


def packed_with(file: Path, apart: Path, more: dict[str, Any]) -> Path:
    """The folder packed, with more files under any names."""
    with zipfile.ZipFile(file, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, on names that are there twice
        for path in sorted(path for path in apart.rglob("*") if path.is_file()):
            made.write(path, path.relative_to(apart).as_posix())
        for name, content in more.items():
            made.writestr(name, content)
    return file


def test_duplicate_names_are_refused(apart: Path, empty: tuple[Engine, Home]) -> None:
    file = packed_with(packed(apart), apart, {"models/sprint-1/card.json": "{}"})
    assert "two files of the same name" in refused(empty, file)


def test_a_link_is_a_file_with_other_content(apart: Path, empty: tuple[Engine, Home]) -> None:
    """Links in an archive are never created."""
    file = packed(apart)
    (apart / "models/sprint-1/card.json").unlink()
    link = zipfile.ZipInfo("models/sprint-1/card.json")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    packed_with(file, apart, {})
    with zipfile.ZipFile(file, "a") as made:
        made.writestr(link, "/etc/passwd")
    assert "is damaged" in refused(empty, file)


def test_a_zip_bomb_is_refused_before_it_is_extracted(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("models/sprint-1/score.json", bytes(50_000_000))(apart)
    monkeypatch.setattr(archive, "_extract", None)
    file = packed(apart, method=zipfile.ZIP_DEFLATED)
    assert "score.json in it is implausibly large: 50,000,000 bytes" in refused(empty, file)


def test_a_full_disk_is_reported_before_anything_is_written(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5))
    monkeypatch.setattr(archive, "_extract", None)
    assert "the disk is too full" in refused(empty, packed(apart))


def test_a_network_that_the_check_refuses_is_not_restored(
    apart: Path, empty: tuple[Engine, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        if folder.name == "sprint-2":
            raise ModelError(f"{folder / 'network.keras'} holds a Lambda layer")

    monkeypatch.setitem(globals(), "check_network", refuse)
    reason = refused(empty, packed(apart))
    assert reason == "sprint-2 in it cannot be used: network.keras holds a Lambda layer"

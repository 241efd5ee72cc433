"""Backups: one moment of the database, complete or absent, and the same runs after a restore."""

from __future__ import annotations

import errno
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from model.learning.events import BatchEvent, EpochEvent
from model.learning.hyperparameters import Settings
from model.learning.recipes import find
from model.reading.reader import Reader
from model.reading.reader import check as check_network
from model.service.backup import archive
from model.service.backup import save as saving
from model.service.backup.archive import BackupError, Contents
from model.service.backup.restore import REASON, check, restore
from model.service.backup.rows import TABLES
from model.service.backup.save import save
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home
from model.service.serving import Serving
from tests.model.service.history import cut_off, learned

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def engine(home: Home) -> Iterator[Engine]:
    engine = connect(home.database)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    """Another home, without runs."""
    return Home(tmp_path / "empty")


def restored(home: Home, file: Path) -> Contents:
    engine = connect(home.database)
    try:
        return restore(engine, home, file, check_network)
    finally:
        engine.dispose()


def rows(home: Home) -> Rows:
    """All rows, without the numbers that a database assigns."""
    engine = connect(home.database)
    found: Rows = {}
    with engine.connect() as connection:
        for table in TABLES:
            chosen = select(table).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row) for row in connection.execute(chosen).mappings()]
    engine.dispose()
    for row in (*found["points"], *found["uses"]):
        del row["id"]
    return found


def files(home: Home, kind: str = "models") -> dict[str, bytes]:
    root = home.folder / kind
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def in_archive(file: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as found:
        return [json.loads(line) for line in found.read(f"tables/{table}.jsonl").splitlines()]


def names_in(file: Path, part: str) -> list[str]:
    with zipfile.ZipFile(file) as found:
        return [name for name in found.namelist() if part in name]


def before_adding(monkeypatch: pytest.MonkeyPatch, part: str, action: Callable[[], object]) -> None:
    """Runs an action once, just before a file with that part in its name is added."""
    real, waiting = archive.Writer.add, [action]

    def add(self: archive.Writer, name: str, blocks: Any) -> None:
        if part in name and waiting:
            waiting.pop()()
        real(self, name, blocks)

    monkeypatch.setattr(archive.Writer, "add", add)


def test_everything_comes_back_in_an_empty_home(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    one, two = learned(store, home), learned(store, home, "house")
    (home.version(one) / "score.json").write_text("{}")
    (home.version(one) / "curves.png").write_bytes(b"png")
    (home.version(one) / "network.onnx").write_bytes(b"converted on demand")
    deleted, paused = learned(store, home), cut_off(store, home)
    store.mark_files_deleted(deleted)
    home.delete(deleted)
    for version in (one, None, two):
        store.use(version)
    assert save(engine, home, file) == Contents(4, 2, {})
    if os.name != "nt":
        assert file.stat().st_mode & 0o777 == 0o600
    assert check(file, check_network) == Contents(4, 2, {})

    assert restored(empty, file) == Contents(4, 2, {})
    assert rows(empty) == rows(home)
    (home.version(one) / "network.onnx").unlink()
    assert files(empty) == files(home)
    assert files(empty, "checkpoints") == files(home, "checkpoints")
    assert empty.can_resume(paused)
    there = Store.open(empty.database)
    assert (there.in_use(), there.previous()) == (two, (True, None))
    # The next run gets the next number.
    assert learned(there, empty) == "sprint-5"
    there.close()
    assert [path.name for path in file.parent.glob(".*")] == []
    assert [path.name for path in empty.folder.rglob(".*")] == []


def test_a_backup_is_of_one_moment(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows written after the first was read are not in it."""
    version = learned(store, home)

    def write() -> None:
        run = store.add("sprint", find("sprint").settings(), "mnist", origin="x", worker="v")
        store.record(run, "", [(1.0, BatchEvent(1, 1, 10, 0.2, 0.5))])
        store.record(run, "", [(1.0, EpochEvent(1, 0.1, 0.9, None, None, 1.0, False))])
        store.use(version)

    before_adding(monkeypatch, "tables/uses", write)
    save(engine, home, file)
    assert {row["run_id"] for row in in_archive(file, "epochs")} == {1}
    assert {row["run_id"] for row in in_archive(file, "points")} == {1}
    assert in_archive(file, "uses") == []
    assert store.in_use() == version


def test_a_backup_can_be_made_while_a_run_is_recorded(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    learned(store, home)
    run = store.add("sprint", find("sprint").settings(), "mnist", origin="x", worker="v")
    done = threading.Event()

    def write() -> None:
        epoch = 0
        while not done.is_set():
            epoch += 1
            event = EpochEvent(epoch, 0.1, 0.9, None, None, 1.0, False)
            store.record(run, "", [(1.0, event), (1.0, BatchEvent(epoch, 1, 10, 0.2, 0.5))])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            save(engine, home, file)
            epochs, points = in_archive(file, "epochs"), in_archive(file, "points")
            assert len(epochs) - 2 == len(points) - 3
    finally:
        done.set()
        writer.join()


def test_a_network_deleted_or_damaged_is_left_out_in_full_and_reported(
    store: Store, home: Home, engine: Engine, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = empty.folder.with_name("backup.zip")
    one, two, three = (learned(store, home) for _ in range(3))
    with (home.version(three) / "network.tflite").open("ab") as network:
        network.write(b"x")

    def delete() -> None:
        store.delete(two)
        home.delete(two)

    before_adding(monkeypatch, f"models/{one}/", delete)
    left_out = {two: "its files are missing", three: "network.tflite is damaged"}
    assert save(engine, home, file) == Contents(3, 1, left_out)
    assert names_in(file, f"/{two}/") == names_in(file, f"/{three}/") == []
    assert restored(empty, file) == Contents(3, 1, left_out)
    assert not empty.damage(one)
    assert empty.damage(two) == empty.damage(three) == "its files are missing"


def test_a_network_that_vanishes_while_it_is_read_is_left_out(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = learned(store, home), learned(store, home)
    (home.version(one) / "card.json").unlink()
    monkeypatch.setattr(Home, "damage", lambda *_: "")  # as it was a moment before
    assert save(engine, home, file) == Contents(2, 1, {one: "card.json is missing"})
    assert names_in(file, f"/{one}/") == []
    assert len(names_in(file, f"/{two}/")) == 3


def test_a_failed_backup_leaves_what_was_there(
    store: Store, home: Home, engine: Engine, file: Path, small_disk: Callable[[int], Path]
) -> None:
    file.write_text("my thesis")
    with pytest.raises(BackupError, match="already exists and is not a backup"):
        save(engine, home, file)
    assert file.read_text() == "my thesis"

    learned(store, home)
    file = small_disk(4) / "backup.zip"
    save(engine, home, file)
    before = file.read_bytes()
    for _ in range(8):
        learned(store, home)
    with pytest.raises(OSError, match="No space left") as caught:
        save(engine, home, file)
    assert caught.value.errno == errno.ENOSPC
    assert file.read_bytes() == before
    assert list(file.parent.glob(".*")) == []


def test_leftovers_of_killed_backups_are_deleted(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    old, young, other = (
        file.with_name(f".{name}.partial") for name in ("backup.zip.1", "backup.zip.2", "b.zip.3")
    )
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (1, 1))
    save(engine, home, file)
    assert set(file.parent.glob(".*.partial")) == {young, other}


def test_a_checkpoint_that_is_being_written_is_left_out(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_SETTLED", 1000.0)
    monkeypatch.setattr(saving, "_ATTEMPTS", 1)
    cut_off(store, home, "running")
    save(engine, home, file)
    assert names_in(file, "checkpoints/") == []


def test_unfinished_runs_come_back_interrupted_and_can_be_resumed(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    runs = cut_off(store, home, "running"), cut_off(store, home, "interrupted")
    queued = store.add("compact", find("compact").settings(), "mnist", origin="page").name
    save(engine, home, file)
    restored(empty, file)
    there = Store.open(empty.database)
    assert there.live() == []
    for name in (runs[0], queued):
        run = there.run(name)
        assert (run.status, run.reason, run.worker) == ("interrupted", REASON, "")
        assert (run.seconds is not None) == (name != queued)
        assert empty.can_resume(name) == (name != queued)
        there.resume(name)
        claimed = there.claim("worker")
        assert claimed is not None
        assert claimed.name == name
    assert there.run(runs[1]).reason == "It was cut off."
    there.close()


def test_a_home_with_runs_or_files_is_refused_and_left_alone(
    store: Store, home: Home, engine: Engine, file: Path, tmp_path: Path
) -> None:
    learned(store, home)
    cut_off(store, home)
    save(engine, home, file)
    for found in ("2 runs", "models/sprint-1", "checkpoints/compact-2"):
        if found.startswith("models"):
            store.delete("compact-2")
            store.delete("sprint-1")
        if found.startswith("checkpoints"):
            home.delete_version("sprint-1")
        before = rows(home), files(home), files(home, "checkpoints")
        with pytest.raises(BackupError, match=f"has {found} already; choose another with --home"):
            restored(home, file)
        assert (rows(home), files(home), files(home, "checkpoints")) == before, found
    home.forget_checkpoint("compact-2")
    assert restored(home, file) == Contents(2, 1, {})  # all was deleted: empty again


def test_a_running_app_reads_with_what_was_restored(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    store.use(learned(store, home))
    save(engine, home, file)
    there = Store.open(empty.database)
    serving = Serving(Reader(), there, empty)
    before = there.revision()
    restored(empty, file)
    assert there.revision() != before
    try:
        pause = threading.Event()
        for _ in range(100):
            if serving.reader.version == "sprint-1":
                break
            pause.wait(0.1)
        assert serving.reader.version == "sprint-1"
    finally:
        serving.close()
        there.close()


def test_a_backup_of_the_first_schema_can_be_restored(tmp_path: Path, empty: Home) -> None:
    """With its rows as written then, whatever columns were renamed or added since."""
    row = {
        "id": 7, "recipe": "sprint", "settings": {"epochs": 2, "batch_size": 256}, "data": "mnist",
        "origin": "page", "status": "failed", "phase": "", "reason": "It failed.", "created": 1.5,
        "queued": 1.5, "started": 2.0, "ended": 3.0, "before": 0.0, "worker": "w", "beat": 3,
        "stop": False, "drawing": None, "test_accuracy": None, "result": None,
    }  # fmt: skip
    file = tmp_path / "old.zip"
    with archive.writing(file, "0001") as writer:
        writer.add("tables/runs.jsonl", [json.dumps(row).encode()])
        for table in ("epochs", "points", "uses"):
            writer.add(f"tables/{table}.jsonl", [])
    assert restored(empty, file).runs == 1
    (found,) = rows(empty)["runs"]
    renamed = {"created": "created_at", "queued": "queued_at", "started": "started_at"}
    renamed |= {"ended": "ended_at", "before": "earlier_seconds", "beat": "heartbeat"}
    renamed |= {"stop": "stop_requested"}
    expected = {renamed.get(name, name): value for name, value in row.items()}
    expected["settings"] = vars(Settings(epochs=2, batch_size=256))
    assert expected.items() <= found.items()

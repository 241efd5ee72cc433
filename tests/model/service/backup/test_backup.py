"""Backups: of one moment, whole or not there, and the same runs when they are put back."""

from __future__ import annotations

import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from model.learning.events import BatchEvent, EpochEvent
from model.learning.recipes import find
from model.reading.reader import Reader, check
from model.service.backup import archive
from model.service.backup import save as saving
from model.service.backup.archive import BackupError
from model.service.backup.restore import WENT_ON, Restored, restore
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
    """Another home, in which nothing is."""
    return Home(tmp_path / "empty")


def put_back(home: Home, file: Path, *, only_check: bool = False) -> Restored:
    engine = connect(home.database)
    try:
        return restore(engine, home, file, check, only_check=only_check)
    finally:
        engine.dispose()


def rows(home: Home) -> Rows:
    """All rows, without the numbers that a store gives by itself."""
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


def test_everything_comes_back_in_an_empty_home(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    one, two = learned(store, home), learned(store, home, "house")
    (home.version(one) / "score.json").write_text("{}")
    (home.version(one) / "curves.png").write_bytes(b"png")
    (home.version(one) / "network.onnx").write_bytes(b"made anew")
    paused = cut_off(store, home)
    for version in (one, None, two):
        store.use(version)
    assert save(engine, home, file) == saving.Saved(3, 2, {})

    done = put_back(empty, file)
    assert done == Restored([one, two, paused], [], [one, two])
    assert rows(empty) == rows(home)
    (home.version(one) / "network.onnx").unlink()
    assert files(empty) == files(home)
    assert files(empty, "checkpoints") == files(home, "checkpoints")
    assert empty.can_resume(paused)
    there = Store.open(empty.database)
    assert (there.in_use(), there.previous()) == (two, (True, None))
    # The next run gets the next number.
    assert learned(there, empty) == "sprint-4"
    there.close()
    assert [path.name for path in file.parent.glob(".*")] == []
    assert list((empty.folder / "models").glob(".*")) == []


def test_a_backup_is_of_one_moment(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written after its first row was read is not in it."""
    version = learned(store, home)
    real = archive.Writer.lines

    def then_write(self: archive.Writer, name: str, lines: Any) -> None:
        real(self, name, lines)
        if name == "tables/runs.jsonl":
            run = store.add("sprint", find("sprint").settings(), "mnist", origin="x", worker="v")
            store.record(run, "", [(1.0, BatchEvent(1, 1, 10, 0.2, 0.5))])
            store.record(run, "", [(1.0, EpochEvent(1, 0.1, 0.9, None, None, 1.0, False))])
            store.use(version)

    monkeypatch.setattr(archive.Writer, "lines", then_write)
    save(engine, home, file)
    assert {row["run_id"] for row in in_archive(file, "epochs")} == {1}
    assert {row["run_id"] for row in in_archive(file, "points")} == {1}
    assert in_archive(file, "uses") == []


def test_a_backup_can_be_made_while_another_process_writes(
    store: Store, home: Home, engine: Engine, file: Path, tmp_path: Path
) -> None:
    learned(store, home)
    run = store.add("sprint", find("sprint").settings(), "mnist", origin="x", worker="v")
    done = threading.Event()

    def write() -> None:
        epoch = 0
        while not done.is_set():
            epoch += 1
            told = EpochEvent(epoch, 0.1, 0.9, None, None, 1.0, False)
            store.record(run, "", [(1.0, told), (1.0, BatchEvent(epoch, 1, 10, 0.2, 0.5))])

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


def test_of_a_run_that_is_deleted_meanwhile_nothing_is_left(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = learned(store, home), learned(store, home)
    real = archive.Writer.copy

    def copy(self: archive.Writer, name: str, path: Path) -> None:
        if home.version(one).exists():
            store.delete(one)
            home.delete(one)
        real(self, name, path)

    monkeypatch.setattr(archive.Writer, "copy", copy)
    assert save(engine, home, file) == saving.Saved(1, 1, {})
    with zipfile.ZipFile(file) as found:
        assert not [name for name in found.namelist() if f"/{one}/" in name]
    assert [row["id"] for row in in_archive(file, "runs")] == [int(two[-1])]


def test_of_a_network_that_vanishes_meanwhile_no_part_is_in_it(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = learned(store, home), learned(store, home)
    real = archive.Writer.copy

    def copy(self: archive.Writer, name: str, path: Path) -> None:
        if name == f"models/{one}/card.json":
            path.unlink()
        real(self, name, path)

    damages = ["card.json is missing", ""]
    monkeypatch.setattr(archive.Writer, "copy", copy)
    monkeypatch.setattr(Path, "is_file", lambda path: path.name in archive.VERSION_FILES)
    monkeypatch.setattr(Home, "damage", lambda home, name: damages.pop() if name == one else "")
    assert save(engine, home, file) == saving.Saved(2, 1, {one: "card.json is missing"})
    with zipfile.ZipFile(file) as found:
        assert {name.split("/")[1] for name in found.namelist() if "models" in name} == {two}


def test_a_damaged_network_is_left_out_and_said_to_be(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    one, two = learned(store, home), learned(store, home)
    with (home.version(one) / "network.tflite").open("ab") as network:
        network.write(b"x")
    saved = save(engine, home, file)
    assert saved == saving.Saved(2, 1, {one: "network.tflite is damaged"})
    assert put_back(empty, file) == Restored([one, two], [], [two])
    assert empty.damage(one) == "its files are missing"


def test_what_is_no_backup_is_not_written_over(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    file.write_text("my thesis")
    with pytest.raises(BackupError, match="is no backup: choose another name"):
        save(engine, home, file)
    assert file.read_text() == "my thesis"


def test_a_backup_that_fails_leaves_the_older_one(
    store: Store, home: Home, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned(store, home)
    save(engine, home, file)
    before = file.read_bytes()

    def copy(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "copy", copy)
    with pytest.raises(OSError, match="No space left"):
        save(engine, home, file)
    assert file.read_bytes() == before
    assert list(file.parent.glob(".*")) == []
    monkeypatch.undo()
    learned(store, home)
    assert save(engine, home, file).runs == 2


def test_what_killed_backups_left_is_swept_away(
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
    monkeypatch.setattr(saving, "_LOOKS", 1)
    cut_off(store, home, "running")
    save(engine, home, file)
    with zipfile.ZipFile(file) as found:
        assert not [name for name in found.namelist() if name.startswith("checkpoints/")]


def test_what_went_on_can_be_gone_on_with(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    runs = cut_off(store, home, "running"), cut_off(store, home, "interrupted")
    waiting = store.add("compact", find("compact").settings(), "mnist", origin="page").name
    save(engine, home, file)
    put_back(empty, file)
    there = Store.open(empty.database)
    assert there.live() == []
    for name in (runs[0], waiting):
        run = there.run(name)
        assert (run.status, run.reason, run.worker) == ("interrupted", WENT_ON, "")
        assert (run.seconds is not None) == (name != waiting)
        assert empty.can_resume(name) == (name != waiting)
        there.resume(name)
        claimed = there.claim("worker")
        assert claimed is not None
        assert claimed.name == name
    assert there.run(runs[1]).reason == "It was cut off."
    there.close()


def test_runs_that_are_here_stay_and_the_others_come(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    one, two, three = (learned(store, home) for _ in range(3))
    store.use(one)
    save(engine, home, file)
    before, networks = rows(home), files(home)
    store.delete(two)
    home.delete(two)
    shutil.rmtree(home.version(three))
    (home.version(one) / "network.tflite").write_bytes(b"damaged")
    store.use(None)
    assert put_back(home, file, only_check=True) == Restored([two], [one, three], [])
    assert home.damage(three)
    done = put_back(home, file)
    assert (done.runs, done.known, sorted(done.versions)) == (
        [two],
        [one, three],
        [one, two, three],
    )
    after = rows(home)
    assert (after["runs"], after["epochs"]) == (before["runs"], before["epochs"])
    assert len(after["points"]) == len(before["points"])
    assert files(home) == networks
    # What is in use here is not the backup's to change.
    assert store.in_use() is None
    assert put_back(home, file) == Restored([], [one, two, three], [])


def test_a_network_that_was_cleared_to_make_room_stays_away(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    name = learned(store, home)
    save(engine, home, file)
    assert store.mark_files_deleted(name)
    home.delete(name)
    assert put_back(home, file) == Restored([], [name], [])
    assert files(home) == {}
    assert save(engine, home, file).left_out == {}


def test_a_run_that_went_on_since_is_not_set_back(
    store: Store, home: Home, engine: Engine, file: Path
) -> None:
    name = cut_off(store, home, "running")
    save(engine, home, file)
    store.finish(store.run(name), "finished", result={"accuracy": 0.9})
    before = rows(home)
    assert put_back(home, file).known == [name]
    assert rows(home) == before


def test_another_run_of_the_same_number_is_not_touched(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    learned(store, home)
    learned(store, home)
    save(engine, home, file)
    there = Store.open(empty.database)
    mine = learned(there, empty, "compact")
    before = rows(empty), files(empty)
    with pytest.raises(BackupError, match=r"sprint-1 \(here: compact-1\)\. Restore into an empty"):
        put_back(empty, file)
    assert (rows(empty), files(empty)) == before
    assert list((empty.folder / "models").glob(".*")) == []
    assert there.run(mine).learned
    there.close()


def test_a_running_app_reads_with_what_was_restored(
    store: Store, home: Home, engine: Engine, file: Path, empty: Home
) -> None:
    store.use(learned(store, home))
    save(engine, home, file)
    there = Store.open(empty.database)
    serving = Serving(Reader(), there, empty)
    put_back(empty, file)
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


def test_rows_of_the_first_schema_can_be_restored(tmp_path: Path, empty: Home) -> None:
    """As they were written then, whatever columns have come since."""
    row = {
        "id": 7, "recipe": "sprint", "settings": {"epochs": 2, "batch_size": 256}, "data": "mnist",
        "origin": "page", "status": "failed", "phase": "", "reason": "It failed.", "created": 1.5,
        "queued": 1.5, "started": 2.0, "ended": 3.0, "before": 0.0, "worker": "w", "beat": 3,
        "stop": False, "drawing": None, "test_accuracy": None, "result": None,
    }  # fmt: skip
    file = tmp_path / "old.zip"
    with archive.writing(file, "0001", 5.0, {}) as writer:
        writer.lines("tables/runs.jsonl", [json.dumps(row)])
        for table in ("epochs", "points", "uses"):
            writer.lines(f"tables/{table}.jsonl", [])
    assert put_back(empty, file).runs == ["sprint-7"]
    (restored,) = rows(empty)["runs"]
    renamed = {"created": "created_at", "queued": "queued_at", "started": "started_at"}
    renamed |= {"ended": "ended_at", "before": "earlier_seconds", "beat": "heartbeat"}
    renamed |= {"stop": "stop_requested"}
    expected = {renamed.get(name, name): value for name, value in row.items()}
    assert expected.items() <= restored.items()

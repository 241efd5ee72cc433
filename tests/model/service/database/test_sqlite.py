"""SQLite for the store: crash safety, locks, and files that are no database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from model.learning.recipes import find
from model.service.database import connection
from model.service.database.connection import StoreError, connect
from model.service.database.store import Store
from model.service.home import Home


def add(store: Store) -> str:
    return store.add("compact", find("compact").settings(), "mnist", origin="page").name


def test_committed_data_survives_a_kill_and_readers_do_not_wait_for_writers(store: Store) -> None:
    with store._engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_database_of_a_newer_app_is_left_as_it_is(home: Home, store: Store) -> None:
    store.close()
    path = home.folder / "sketchpad.db"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer version of the app .*9999"):
        Store.open(home.database)
    assert path.read_bytes() == before


def test_other_files_and_urls_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("These are notes, not a database. " * 100)
    with pytest.raises(StoreError, match=r"cannot be used: file is not a database"):
        connect(f"sqlite:///{path}")


def test_a_password_is_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        connect("sqlite://user:secret@host/nowhere/at/all.db")
    assert "secret" not in str(caught.value)


def test_a_locked_database_is_reported_in_a_sentence_and_works_again(
    home: Home, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_PATIENCE", 0.1)
    impatient = Store.open(home.database)
    holder = sqlite3.connect(home.folder / "sketchpad.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"does not answer \(database is locked\)"):
        add(impatient)
    assert impatient.runs() == []  # reading goes on
    holder.execute("ROLLBACK")
    assert add(impatient) == "compact-1"
    holder.close()
    impatient.close()

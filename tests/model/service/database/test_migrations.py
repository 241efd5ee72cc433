"""The database: created, and upgraded from older versions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from model.service.database.connection import SCHEMA, StoreError, engine_of
from model.service.database.migrations.upgrade import config, upgrade
from model.service.database.schema import (
    Base,
)
from model.service.database.store import Store
from tests.model.service.database.rows import add, finished

ROOT = Path(__file__).parents[4]


def test_the_migrations_create_the_schema_that_the_code_expects(store: Store) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_codes_schema_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [SCHEMA]


OLD_ROWS = (
    "INSERT INTO runs (recipe, settings, data, origin, status, phase, reason, created, queued, "
    "started, ended, before, worker, beat, stop, drawing, test_accuracy, result) VALUES "
    "('compact', '{}', 'mnist', 'page', 'finished', '', 'why', 1.5, 2.5, 3.5, 8.5, 4.5, 'w', 7, "
    "false, NULL, 0.9, '{}'), "
    "('classic', '{}', 'mnist', 'page', 'running', 'training', '', 1.5, 2.5, 3.5, NULL, 0.0, 'w', "
    "3, true, NULL, NULL, NULL)",
    "INSERT INTO epochs (run_id, epoch, loss, accuracy, seconds, partial) VALUES "
    "(1, 1, 0.5, 0.8, 2.0, false)",
    "INSERT INTO points (run_id, epoch, batch, batches, loss, accuracy, at) VALUES "
    "(2, 1, 5, 10, 0.5, 0.8, 4.0)",
    "INSERT INTO uses (version, at, undone) VALUES ('compact-1', 9.0, false)",
)


def test_older_databases_are_upgraded_with_all_their_data(database: str) -> None:
    engine = engine_of(database)
    with engine.execution_options(writes=True).begin() as connection:
        upgrade(connection, "0001")
        for statement in OLD_ROWS:
            connection.execute(text(statement))
        upgrade(connection, "0002")
        connection.execute(text("UPDATE runs SET cleared = true, visitor = 'a@b' WHERE id = 1"))
    engine.dispose()
    store = Store.open(database)
    running, ended = store.runs()
    assert (ended.name, ended.created_at, ended.queued_at) == ("compact-1", 1.5, 2.5)
    assert (ended.started_at, ended.ended_at, ended.earlier_seconds) == (3.5, 8.5, 4.5)
    assert (ended.heartbeat, ended.stop_requested, ended.files_deleted) == (7, False, True)
    assert (ended.reason, ended.visitor, ended.test_accuracy) == ("why", "a@b", 0.9)
    assert (running.name, running.stop_requested, running.heartbeat) == ("classic-2", True, 3)
    assert not running.files_deleted
    assert [epoch.loss for epoch in store.epochs(ended.id)] == [0.5]
    assert [point.batch for point in store.points(running.id)] == [5]
    assert store.in_use() == "compact-1"
    assert store.revision() == 1
    # Numbering continues.
    assert add(store) == "compact-3"
    store.close()


def test_a_database_of_a_newer_app_is_left_alone(database: str, store: Store) -> None:
    finished(store)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version of the app .*9999"):
        Store.open(database)
    with store._engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    assert [run.name for run in store.runs()] == ["compact-1"]


def test_many_processes_may_create_the_database_at_once(database: str) -> None:
    code = f"from model.service.database.store import Store; Store.open({database!r}).runs()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()

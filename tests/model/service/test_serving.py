"""The network in use: swapped while others read, never lost, never damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from model.learning.recipes import find
from model.reading.reader import SHIPPED, Reader, sha256
from model.service.database.connection import StoreError
from model.service.database.schema import FAILED, FINISHED
from model.service.database.store import Store
from model.service.home import Home
from model.service.serving import Serving


def version(store: Store, home: Home, status: str = FINISHED) -> str:
    """A finished run with the shipped network as its version."""
    settings = find("compact").settings()
    run = store.add("compact", settings, "mnist", origin="page", worker="worker")
    name, folder = run.name, home.version(run.name)
    shutil.copytree(SHIPPED, folder)
    card = json.loads((folder / "card.json").read_text())
    card |= {"version": name, "files": {"network.tflite": sha256(folder / "network.tflite")}}
    (folder / "card.json").write_text(json.dumps(card))
    store.finish(run, status, result={"accuracy": 0.9} if status == FINISHED else None)
    return name


@pytest.fixture
def serving(store: Store, home: Home) -> Iterator[Serving]:
    serving = Serving(Reader(), store, home)
    yield serving
    serving.close()


def damage(folder: Path) -> None:
    path = folder / "network.tflite"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def test_a_version_reads_from_when_it_is_put_in_use(
    store: Store, home: Home, serving: Serving
) -> None:
    shipped = serving.reader.version
    first, second = version(store, home), version(store, home)
    serving.put_in_use(first)
    assert serving.reader.version == first
    serving.put_in_use(second)
    assert serving.reader.version == second
    serving.roll_back()
    assert serving.reader.version == first
    serving.put_in_use(None)
    assert serving.reader.version == shipped


def test_another_copy_of_the_app_follows(store: Store, home: Home, serving: Serving) -> None:
    name = version(store, home)
    other = Serving(Reader(), store, home)
    serving.put_in_use(name)
    for _ in range(100):
        if other.reader.version == name:
            break
        threading.Event().wait(0.1)
    other.close()
    assert other.reader.version == name


def test_no_reading_fails_while_networks_are_swapped(
    store: Store, home: Home, serving: Serving
) -> None:
    names = [version(store, home), version(store, home)]
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 4:24, 13:15] = 1
    done = threading.Event()
    failures: list[Exception] = []
    seen: set[str] = set()

    def read() -> None:
        while not done.is_set():
            try:
                reader = serving.reader
                assert reader.read(image)[0].best_guess == 1
                seen.add(reader.version)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for name in (*names, *names, None, names[0]):
        serving.put_in_use(name)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(seen) > 1


def test_a_damaged_version_is_neither_put_in_use_nor_rolled_back_to(
    store: Store, home: Home, serving: Serving
) -> None:
    bad, good = version(store, home), version(store, home)
    serving.put_in_use(bad)
    serving.put_in_use(good)
    damage(home.version(bad))
    for action in (lambda: serving.put_in_use(bad), serving.roll_back):
        with pytest.raises(StoreError, match=f"{bad} cannot be used: network.tflite is damaged"):
            action()
    assert serving.reader.version == store.in_use() == good


def test_the_app_starts_though_the_version_in_use_was_damaged_meanwhile(
    store: Store, home: Home
) -> None:
    name = version(store, home)
    store.use(name)
    damage(home.version(name))
    serving = Serving(Reader(), store, home)
    assert serving.reader.version == Reader().version
    serving.close()


def test_each_outage_of_the_database_is_logged_once(
    store: Store, home: Home, serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(home.folder / "sketchpad.db")) as database:
        for outage in (1, 2):
            database.execute("ALTER TABLE uses RENAME TO away")
            for _ in range(3):
                serving.refresh()
            database.execute("ALTER TABLE away RENAME TO uses")
            serving.refresh()
            lines = [line for line in caplog.messages if "still reading with" in line]
            assert len(lines) == outage
            assert "does not answer" in lines[-1]


def test_a_run_that_failed_has_no_network(store: Store, home: Home, serving: Serving) -> None:
    name = version(store, home, FAILED)
    with pytest.raises(StoreError, match="has no network"):
        serving.put_in_use(name)
    with pytest.raises(StoreError, match="has no network"):
        serving.reader_of(name)


def test_a_visitors_own_network_reads_beside_the_one_in_use(
    store: Store, home: Home, serving: Serving
) -> None:
    name = version(store, home)
    assert serving.ready(name) is None
    assert serving.reader_of(name).version == name
    assert serving.ready(name) is serving.reader_of(name)
    assert serving.reader.version != name


def test_a_deleted_network_is_not_read_from_memory_any_longer(
    store: Store, home: Home, serving: Serving
) -> None:
    name = version(store, home)
    serving.reader_of(name)
    store.delete(name)
    home.delete(name)
    assert serving.ready(name) is None
    with pytest.raises(StoreError, match="no run"):
        serving.reader_of(name)

"""`python -m model backup` and `restore` as typed, with the real checks, while the app runs."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from model.__main__ import main
from model.service.database.store import Store
from model.service.home import Home
from tests.model.service.history import learned, write_card
from tests.support.serving import serving

SOON = 60.0
"""Seconds; only a failing test waits that long."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two versions, the first one in use."""
    home = Home(tmp_path / "home")
    store = Store.open(home.database)
    store.use([learned(store, home), learned(store, home)][0])
    store.close()
    return home


def run(command: str, file: Path, home: Path, *more: str) -> int:
    return main([command, str(file), "--home", str(home), *more])


def in_use(url: str) -> Callable[[], str]:
    """Asks which network is in use, as every open page does."""
    components = httpx.get(f"{url}config").json()["components"]
    pad = next(c["id"] for c in components if "in_use" in c["props"].get("server_fns", []))
    body = {"component_id": pad, "fn_name": "in_use", "session_hash": "x", "data": None}

    def ask() -> str:
        answer = httpx.post(f"{url}gradio_api/component_server", json=body, timeout=60)
        return str(answer.json()["model"])

    return ask


def names(home: Path) -> list[str]:
    store = Store.open(Home(home).database)
    found = [run.name for run in store.runs()]
    store.close()
    return found


def test_a_running_app_is_backed_up_and_restored_into(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "b.zip", tmp_path / "other"
    with serving(home.folder):
        assert run("backup", file, home.folder) == 0
    assert "saved 2 runs and 2 networks in" in capfd.readouterr().out

    with serving(other) as app:
        ask = in_use(app.url)
        assert ask() != "sprint-1"
        assert run("restore", file, other, "--check") == 0
        assert "is complete: 2 runs and 2 networks" in capfd.readouterr().out
        assert names(other) == []
        assert run("restore", file, other) == 0
        assert "restored 2 runs and 2 networks in" in capfd.readouterr().out
        deadline = time.monotonic() + SOON
        while ask() != "sprint-1":
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert run("restore", file, other) == 1
    assert "has 2 runs already; choose another with --home" in capfd.readouterr().err
    assert run("restore", file, other, "--check") == 0


def test_from_sqlite_to_postgresql_and_back(home: Home, tmp_path: Path, database: str) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    assert run("backup", first, home.folder) == 0
    there = Home(tmp_path / "there")
    on_postgresql = ("--database", database)
    assert run("restore", first, there.folder, *on_postgresql) == 0
    assert run("backup", second, there.folder, *on_postgresql) == 0
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        assert set(one.namelist()) == set(two.namelist())
        for name in set(one.namelist()) - {"manifest.json"}:
            assert one.read(name) == two.read(name), name
    store = Store.open(database)
    assert store.in_use() == "sprint-1"
    assert learned(store, there) == "sprint-3"
    store.close()
    assert run("restore", first, tmp_path / "third", *on_postgresql) == 1
    assert run("restore", second, tmp_path / "back") == 0
    assert names(tmp_path / "back") == names(home.folder)


def test_a_network_that_could_run_code_is_not_restored(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import keras  # takes three seconds, which other processes of these tests save

    folder = home.version("sprint-2")
    flat = keras.layers.Flatten()
    layers = [keras.Input((28, 28)), keras.layers.Lambda(lambda x: x), flat]
    keras.Sequential([*layers, keras.layers.Dense(10)]).save(folder / "network.keras")
    write_card(folder)
    file = tmp_path / "b.zip"
    assert run("backup", file, home.folder) == 0
    capfd.readouterr()
    assert run("restore", file, tmp_path / "other") == 1
    (said,) = [line for line in capfd.readouterr().err.splitlines() if "model:" in line]
    assert said == (
        "python -m model: sprint-2 in it cannot be used: network.keras contains a Lambda layer, "
        "which can run any code"
    )
    assert names(tmp_path / "other") == []


def test_failures_are_reported_in_a_line(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(command: str, file: Path) -> str:
        folder = home.folder if command == "backup" else tmp_path / "empty"
        assert run(command, file, folder) == 1
        (line,) = [line for line in capfd.readouterr().err.splitlines() if "model:" in line]
        return line

    assert "absent.zip cannot be restored: No such file" in refused(
        "restore", tmp_path / "absent.zip"
    )
    (tmp_path / "text").write_text("x")
    assert "text is not a backup, or is damaged" in refused("restore", tmp_path / "text")
    assert "text already exists and is not a backup" in refused("backup", tmp_path / "text")
    assert "x.zip cannot be written" in refused("backup", tmp_path / "absent" / "x.zip")
    assert (tmp_path / "text").read_text() == "x"

"""A store and a home folder for each test, and a backup of runs made without training."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.service.backup.save import save
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home
from tests.model.service.history import cut_off, learned


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def database(home: Home) -> str:
    """URL of an empty database; `tests/hosting` overrides it."""
    return home.database


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = Store.open(database)
    yield store
    store.close()


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of two networks, the first one in use, and a checkpoint."""
    folder = tmp_path_factory.mktemp("good")
    home = Home(folder / "home")
    store = Store.open(home.database)
    one, _ = learned(store, home), learned(store, home)
    cut_off(store, home)
    store.use(one)
    store.close()
    engine = connect(home.database)
    save(engine, home, folder / "good.zip")
    engine.dispose()
    return folder / "good.zip"


@pytest.fixture
def apart(good: Path, tmp_path: Path) -> Path:
    """The same, extracted into a folder."""
    with zipfile.ZipFile(good) as archive:
        archive.extractall(tmp_path / "apart")
    return tmp_path / "apart"

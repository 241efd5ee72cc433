"""What tests of several folders share: one running app, a network that refuses, an app with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import refusing
from tests.serving import serving

LONGEST = {"test_jobs", "test_train"}
"""Files that take longest: begun first, or one of two processes waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, ending in a slash."""
    with serving(tmp_path_factory.mktemp("home")) as app:
        yield app.url


@pytest.fixture(scope="session")
def refusing_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose network says of much ink that it is not a digit."""
    return refusing.write(tmp_path_factory.mktemp("refusing"))


@pytest.fixture(scope="session")
def refusing_url(refusing_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app that reads with that network."""
    with serving(tmp_path_factory.mktemp("home"), None, "--model", str(refusing_model)) as app:
        yield app.url

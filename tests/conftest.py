"""What tests of several folders share: one running app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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

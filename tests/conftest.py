"""What tests of several folders share: one running app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import serving


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, ending in a slash."""
    with serving(tmp_path_factory.mktemp("home")) as app:
        yield app.url

"""Servers shared by these tests, started when first needed; each test has its own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from model.service.database.store import Store
from model.service.home import Home
from tests.browser.chromium import launch
from tests.hosting import servers
from tests.hosting.servers import Postgres

# Several servers and apps share the machine with the browser.
expect.set_options(timeout=30_000)
pytest.register_assert_rewrite(
    "tests.model.service.database.test_store", "tests.model.service.jobs.test_jobs"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Accepts self-signed certificates.

    A page's `ignore_https_errors` would begin a request anew for each connection that it opens; of
    the hundred files of a page one is, now and then, begun more often than Chromium allows.
    """
    with sync_playwright() as playwright:
        browser = launch(playwright, "--ignore-certificate-errors")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; a test that stops or freezes it starts it again."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis server."""
    with servers.redis() as url:
        yield url


@pytest.fixture
def database(postgres: Postgres) -> str:
    """URL of an empty database on it."""
    return postgres.new_database()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = Store.open(database)
    yield store
    store.close()

"""The clock is set back by hours during a run, which may cost that run and nothing else.

TensorFlow may wait for the clock to catch up at the end of an epoch (docs/LOG.md), until the app is
restarted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from model.service.database.schema import FINISHED, INTERRUPTED, LIVE
from model.service.database.store import Store
from model.service.home import Home
from tests.hosting.clock import Clock
from tests.support.asking import Page, choice, until
from tests.support.digits import DIGITS
from tests.support.serving import App, serving

HOURS = 5
PATIENCE = 150.0
"""Seconds, for workers that step back behind whatever else the machine does."""
LIMIT = 30
"""Requests of a visitor in an hour."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock")


@pytest.fixture(scope="module")
def clock(folder: Path) -> Clock:
    """The app's; each test sets it back further."""
    return Clock(folder)


@pytest.fixture(scope="module")
def app(clock: Clock, folder: Path) -> Iterator[App]:
    limit = ("--limit-requests", f"{LIMIT}/hour")
    with serving(folder / "home", None, *limit, environment=clock.environment) as app:
        yield app


@pytest.fixture(scope="module")
def page(app: App) -> Iterator[Page]:
    """The owner's."""
    page = Page(app.url)
    yield page
    page.close()


def test_it_costs_the_run_at_most(clock: Clock, folder: Path) -> None:
    home = folder / "restarted"
    with serving(home, None, environment=clock.environment) as app:
        page, store = Page(app.url), Store.open(Home(home).database)
        first = train(page, epochs=8)
        learns(store, first)
        set_back(clock, page)
        waits = train(page, epochs=1)
        assert reads(app)
        assert page.get("").status_code == 200
        page.close()
    began = time.monotonic()
    with serving(home, None, environment=clock.environment) as app:
        page = Page(app.url)
        later = train(page, epochs=1)
        for name in (first, waits, later):
            run = ended(store, name)
            assert run.status in (FINISHED, INTERRUPTED), f"{name}: {run.status}, {run.reason}"
            epochs = [epoch.epoch for epoch in store.epochs(run.id)]
            assert epochs == list(range(1, len(epochs) + 1)), name
            assert listed(page, name)["damage"] == "", name
        run = store.run(later)
        assert (run.status, run.reason) == (FINISHED, "")
        assert 0 < (run.seconds or 0) < time.monotonic() - began
        assert page.ask("put_in_use", later) == {}
        assert page.ask("in_use")["model"] == later
        assert reads(app)
        page.close()
    store.close()


def test_visitors_are_let_in_again_at_once(app: App, page: Page, clock: Clock) -> None:
    statuses = {ask_to_read(app).status_code for _ in range(LIMIT + 1)}
    assert statuses == {200, 429}
    set_back(clock, page)
    assert reads(app)


def set_back(clock: Clock, page: Page) -> None:
    """Sets the clock back, and waits until the app has seen it."""
    before = told(page)
    clock.set(clock.hours - HOURS)
    until(lambda: told(page) < before)


def told(page: Page) -> float:
    """What an answer of the app's says of the time."""
    return parsedate_to_datetime(page.get("healthz").headers["date"]).timestamp()


def train(page: Page, epochs: int) -> str:
    """Presses Train; the run's name."""
    (name,) = page.ask("train", choice(2000, epochs=epochs, batch_size=32))["runs"]
    return str(name)


def learns(store: Store, name: str) -> None:
    """Waits for a run's first epoch."""
    until(lambda: store.epochs(store.run(name).id), PATIENCE)


def ended(store: Store, name: str) -> Any:
    """A run, once it has ended."""
    return until(lambda: run if (run := store.run(name)).status not in LIVE else None, PATIENCE)


def listed(page: Page, name: str) -> dict[str, Any]:
    """What the Models tab has of a run."""
    (run,) = (run for run in page.ask("runs")["runs"] if run["name"] == name)
    return dict(run)


def reads(app: App) -> bool:
    """Whether a visitor is let in, and answered."""
    return bool(ask_to_read(app).json()["data"][0]["text"] == "3")


def ask_to_read(app: App) -> httpx.Response:
    body = {"data": [DIGITS[3]]}
    headers = {"X-Forwarded-For": "192.0.2.7"}  # at home nobody is limited
    address = f"{app.url}gradio_api/run/read_strokes"
    return httpx.post(address, json=body, headers=headers, timeout=30)

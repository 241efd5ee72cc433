"""What visitors may do where training is open to them, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.web.access import NO_COOKIE, NOT_YOURS, OWNER_ONLY
from tests.support.asking import asking, choice, owner, visitor
from tests.support.serving import serving

KEY = "a key of this test's own"
REFUSED = 'sketchpad_refusals_total{why="right"}'


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of an app that is open for training; each test leaves it without a run, but for the last."""
    home, environment = tmp_path_factory.mktemp("home"), {"SKETCHPAD_OWNER_KEY": KEY}
    with serving(home, None, "--open-training", environment=environment) as app:
        yield app.url


def test_visitors_train_where_training_is_open(url: str) -> None:
    with visitor(url) as client, visitor(url) as other:
        client.get("/")
        other.get("/")
        assert "Epochs must be between 1 and 5." in train(client, epochs=6)
        assert train(client, epochs=5) == ""
        for _ in range(9):  # what does not start is not counted
            assert "You have a run already" in train(client, epochs=1)
        (mine,) = asking(client)("runs", None).json()["runs"]
        assert (mine["origin"], mine["own"]) == ("visitor", True)
        (seen,) = asking(other)("runs", None).json()["runs"]
        assert seen["own"] is False
        assert asking(other)("stop", mine["name"]).json() == {"problem": NOT_YOURS}
        assert asking(client)("put_in_use", mine["name"]).json() == {"problem": OWNER_ONLY}
        assert asking(client)("stop", mine["name"]).json() == {}
        wait_for_end(client, mine["name"])


def test_who_sends_no_cookie_where_training_is_open_hears_so(url: str) -> None:
    before = refused(url)
    with visitor(url) as client:
        assert train(client, epochs=1) == NO_COOKIE
    assert refused(url) == before + 1


def refused(url: str) -> float:
    """How often somebody had no right to something."""
    with owner(url, KEY) as client:
        lines = client.get("metrics").text.splitlines()
    counted = (line.split()[1] for line in lines if line.startswith(REFUSED))
    return float(next(counted, 0))


def test_made_up_names_do_not_take_all_places(url: str) -> None:
    for number in range(3):
        cookie = {"sketchpad-visitor": f"{number:032x}"}
        with httpx.Client(base_url=url, timeout=60, cookies=cookie) as client:
            assert "network" not in train(client, epochs=5, count=20_000)
    with visitor(url) as client:
        client.get("/")
        assert "from your network" in train(client, epochs=5, count=20_000)


def train(client: httpx.Client, epochs: int, count: int = 200) -> str:
    """Presses Train; what the page says then."""
    answer = asking(client)("train", choice(count, epochs=epochs)).json()
    return str(answer.get("problem", ""))


def test_no_more_runs_than_a_visitor_may_start(tmp_path: Path) -> None:
    arguments = ("--open-training", "--limit-runs", "2/hour")
    environment = {"SKETCHPAD_OWNER_KEY": KEY}
    with (
        serving(tmp_path, None, *arguments, environment=environment) as app,
        visitor(app.url) as client,
    ):
        client.get("/")
        for number in (1, 2):
            assert train(client, 1) == ""
            asking(client)("stop", f"compact-{number}")
            wait_for_end(client, f"compact-{number}")
        assert "Try again in" in train(client, 1)
        assert "Try again in" in asking(client)("resume", "compact-1").json()["problem"]


def wait_for_end(client: httpx.Client, name: str) -> None:
    for _ in range(300):
        runs = {run["name"]: run for run in asking(client)("runs", None).json()["runs"]}
        if runs[name]["status"] not in ("queued", "running"):
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} does not end")

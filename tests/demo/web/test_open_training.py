"""What visitors may do where training is open to them, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.web.access import NO_COOKIE, NOT_YOURS, OWNER_ONLY
from demo.web.errors import FILE_TOO_LARGE, MAX_DRAWING_FILE
from tests.support.asking import asking, choice, owner, visitor
from tests.support.digits import DIGITS
from tests.support.serving import serving
from tests.support.strokes_file import write

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


def test_the_owner_adds_drawings_and_visitors_only_choose_among_them(
    url: str, tmp_path: Path
) -> None:
    content = write(tmp_path / "x.npz", [DIGITS[3]] * 2, ["3", "x"]).read_bytes()
    cross_site = {"Origin": "https://elsewhere.example"}
    with owner(url, KEY) as mine, visitor(url) as stranger:
        stranger.get("/")
        for client, name, body, headers, status, said in (
            (mine, "mine%20one.npz", content, {}, 200, "mine one.npz"),
            (mine, "mine%20one.npz", content, {}, 422, "There is a mine one.npz already"),
            (mine, "..%2fx.npz", content, {}, 404, "There is nothing at this address"),
            (mine, "x.txt", content, {}, 422, "Not a name for a file of drawings"),
            (mine, "y.npz", b"junk", {}, 422, "This file cannot be used: y.npz is damaged"),
            (mine, "z.npz", bytes(MAX_DRAWING_FILE + 1), {}, 413, FILE_TOO_LARGE),
            (mine, "z.npz", content, cross_site, 403, OWNER_ONLY),
            (stranger, "z.npz", content, {}, 403, OWNER_ONLY),
        ):
            answer = client.post(f"drawings/{name}", content=body, headers=headers)
            assert answer.status_code == status, (name, answer.text)
            (sentence,) = answer.json().values()
            assert sentence.startswith(said), (name, sentence)
        file = {"name": "mine one.npz", "digits": 1, "others": 1, "images": 3, "problem": ""}
        wrong = choice(60, "house", epochs=1) | {"drawings": ["../drawings/mine one.npz"]}
        for client in (mine, stranger):
            assert asking(client)("form", None).json()["drawings"] == [file]
            problem = asking(client)("train", wrong).json()["problem"]
            assert problem == "A file of drawings is not there any more: reload the page."
        refused = asking(stranger)("delete_drawings", "mine one.npz").json()
        assert refused == {"problem": OWNER_ONLY}
        assert asking(mine)("delete_drawings", "mine one.npz").json() == {}
        assert asking(mine)("form", None).json()["drawings"] == []


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

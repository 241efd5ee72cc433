"""Hosts with full or read-only disks, truncated databases, damaged files: reading continues, and
everything else is refused in a sentence."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from demo.web.uploads import NOT_STORED
from model.learning.recipes import find
from model.service.database.store import Store
from model.service.home import Home
from model.service.jobs.jobs import READ_ONLY
from tests.model.service.test_serving import version
from tests.support.asking import asking, choice, owner
from tests.support.digits import DIGITS
from tests.support.serving import serving, start


def reads(client: httpx.Client) -> bool:
    by_program = client.post("gradio_api/run/read_strokes", json={"data": [DIGITS[3]]}).json()
    by_pad = asking(client)("read_drawing", DIGITS[5]).json()
    return (by_program["data"][0]["text"], by_pad["text"]) == ("3", "5")


def train(client: httpx.Client) -> str:
    """Presses Train; returns the page's message."""
    return str(asking(client)("train", choice(epochs=1)).json().get("problem", ""))


def test_a_full_disk_stops_training_but_not_reading(small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(8)
    with serving(disk / "home") as app, owner(app.url) as client:
        filling = disk / "filling"
        with pytest.raises(OSError, match="No space left"):
            filling.write_bytes(bytes(20_000_000))
        assert reads(client)
        assert client.get("").status_code == 200
        assert "disk is full" in train(client)
        assert client.get("healthz").status_code == 200
        filling.unlink()
        assert train(client) == ""
        assert asking(client)("stop", "compact-1").json() == {}


@pytest.fixture
def frozen_home(tmp_path: Path) -> Iterator[Path]:
    """A home folder that `freeze` makes read-only."""
    folder = tmp_path / "home"
    folder.mkdir()
    if subprocess.run(["chattr", "+i", str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("files cannot be made immutable here")
    freeze(folder, "-i")
    yield folder
    freeze(folder, "-i")


def freeze(folder: Path, flag: str = "+i") -> None:
    subprocess.run(["chattr", "-R", flag, str(folder)], check=True)


def test_a_read_only_home_stops_training_but_not_reading(frozen_home: Path) -> None:
    with serving(frozen_home) as app, owner(app.url) as client:
        assert asking(client)("watch", {}).json()["trouble"] == ""
        freeze(frozen_home)
        assert asking(client)("watch", {}).json()["trouble"] == READ_ONLY
        assert reads(client)
        assert client.get("").status_code == 200
        assert "database does not answer" in train(client)
        picture = {"files": ("digit.png", b"no picture")}
        answer = client.post("gradio_api/upload", files=picture)
        assert (answer.status_code, answer.json()) == (503, {"error": NOT_STORED})
        for version in ("compact-1", None):
            said = asking(client)("put_in_use", version).json()["problem"]
            assert said.endswith("."), version
        freeze(frozen_home, "-i")
        assert asking(client)("watch", {}).json()["trouble"] == ""
        assert train(client) == ""
        assert asking(client)("stop", "compact-1").json() == {}


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_reading_survives_a_database_truncated_under_the_app(tmp_path: Path, left: int) -> None:
    home = Home(tmp_path / "home")
    store = Store.open(home.database)
    for _ in range(5):
        store.add("compact", find("compact").settings(), "strokes:200", origin="page")
        run = store.claim("nobody")
        assert run is not None
        store.finish(run, "stopped")
    store.close()
    with serving(home.folder) as app, owner(app.url) as client:
        os.truncate(home.folder / "sketchpad.db", left)
        (home.folder / "sketchpad.db-wal").unlink(missing_ok=True)
        assert reads(client)
        assert client.get("").status_code == 200
        for name in ("runs", "watch", "roll_back"):
            answer = asking(client)(name, None)
            assert answer.status_code == 200
            assert "Traceback" not in answer.text
        assert client.get("healthz").status_code == 200
        assert b"sketchpad_store_answers" in client.get("metrics").content


def test_an_app_with_a_truncated_database_does_not_start(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    Store.open(home.database).close()
    os.truncate(home.folder / "sketchpad.db", 5000)
    (home.folder / "sketchpad.db-wal").unlink(missing_ok=True)
    app = start(home.folder)
    said, _ = app.communicate(timeout=60)
    assert app.returncode == 1
    assert "The runs cannot be remembered" in said
    assert "Traceback" not in said


def test_reading_survives_damage_to_the_network_in_use(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = Store.open(home.database)
    name = version(store, home)
    store.use(name)
    store.close()
    with serving(home.folder) as app, owner(app.url) as client:
        assert asking(client)("in_use", None).json()["model"] == name
        (home.version(name) / "network.tflite").write_bytes(b"no network")
        assert reads(client)
        (run,) = asking(client)("runs", None).json()["runs"]
        assert "damaged" in run["damage"]
        assert "damaged" in asking(client)("export", f"{name}.keras").json()["problem"]
        answer = client.get(f"versions/{name}/{name}.tflite")
        assert answer.status_code == 404

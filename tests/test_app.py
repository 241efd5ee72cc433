"""The app as a process: it starts, or says in one line why not."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from model.reading.reader import SHIPPED
from tests.support.digits import DIGITS
from tests.support.serving import ROOT, free_port, serving, start
from tests.support.tables import case

STARTED = """
import gc, sys
stubs = set()
def note(event, args):
    if event == "open" and str(args[0]).endswith(".pyi"):
        stubs.add(args[0])
sys.addaudithook(note)
import app
code = app.main(sys.argv[1:])
print(code, len(stubs), gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
"""Runs the app, then prints its exit code, the stub files opened and the collector's state."""


def refusal(home: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What an app that must not start says."""
    app = start(home, *arguments, environment=environment)
    said, _ = app.communicate(timeout=60)
    assert app.returncode == 1, said
    lines = [line for line in said.splitlines() if not line.startswith("INFO:")]
    assert len(lines) == 1, said
    return lines[0]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path, environment={"SKETCHPAD_PORT": str(port)})
    assert f"Port {port}" in said
    assert f"--port {port + 1}" in said


def test_a_port_that_is_none(tmp_path: Path) -> None:
    assert "received '99999'" in refusal(tmp_path, "--port", "99999")


def test_a_home_folder_that_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert f"home folder {file}" in refusal(file)


def test_a_home_folder_on_a_read_only_disk() -> None:
    said = refusal(Path("/proc/digit-sketchpad"))  # not writable even for root
    assert "--home" in said


REFUSED = """
import sys
from app import main
for folder in sys.argv[2:]:
    code = main(["--home", sys.argv[1], "--model", folder])
    print(code, flush=True, file=sys.stderr)
"""
"""Starts the app with one network after the other; prints an exit code after each refusal."""


def test_networks_that_are_damaged(tmp_path: Path) -> None:
    network = (SHIPPED / "network.tflite").read_bytes()
    damaged = {
        f"network.tflite {content[:4]!r}": ("network.tflite", content, "network.tflite is damaged")
        for content in (b"", b"TFL3", b"\0" * 5000, b"{}" * 5000, network[:-20_000])
    }
    damaged |= {
        f"card.json {card}": ("card.json", card.encode(), "card.json")
        for card in ("", "[]", "{", json.dumps({"name": "no version"}), "\0")
    }
    folders = [tmp_path / "nowhere"]
    for number, (file, content, _) in enumerate(damaged.values()):
        folders.append(tmp_path / f"model-{number}")
        shutil.copytree(SHIPPED, folders[-1])
        (folders[-1] / file).write_bytes(content)
    command = [sys.executable, "-c", REFUSED, str(tmp_path / "home"), *map(str, folders)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = iter([line for line in done.stderr.splitlines() if not line.startswith("INFO:")])
    reasons = {"no network": "is missing"} | {name: said for name, (*_, said) in damaged.items()}
    for name, reason in reasons.items():
        with case(name):
            assert reason in next(lines)
            assert next(lines) == "1"
    assert list(lines) == []


def test_it_serves_as_a_hugging_face_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    with serving(tmp_path, None, "--host", "127.0.0.1") as app:
        asked = {"data": [DIGITS[3]]}
        answer = httpx.post(f"{app.url}gradio_api/run/read_strokes", json=asked, timeout=30)
        assert answer.json()["data"][0]["text"] == "3"
        assert httpx.get(app.url).status_code == 200


@pytest.mark.skipif(Path("/.dockerenv").exists(), reason="a container's address is nobody's")
def test_a_page_for_every_network_says_by_which_address(tmp_path: Path) -> None:
    app = start(tmp_path, "--host", "0.0.0.0", "--port", str(free_port()))
    assert app.stdout is not None
    try:
        lines = [app.stdout.readline() for _ in range(3)]
    finally:
        app.kill()
        app.wait()
    said = "".join(lines)
    address = re.search(r"On your network: (http://\S+/)\n", said)
    assert address, said
    assert "0.0.0.0" not in said
    assert "127.0.0.1" not in address[1]


def test_what_start_up_skips(tmp_path: Path) -> None:
    """No stub file of Gradio's is opened; the garbage collector is on again once the app serves."""
    command = [sys.executable, "-c", STARTED, "--home", str(tmp_path), "--port", str(free_port())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        assert "Digit Sketchpad:" in app.stdout.readline()
        app.terminate()
        last = app.stdout.read().splitlines()[-1]
    assert last == "0 0 True True"

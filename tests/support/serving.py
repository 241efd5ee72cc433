"""Starts the real app, and the command line, as processes of their own, as a user would."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PUBLISHED = {"SKETCHPAD_OWNER_KEY": "a key of the tests' own"}
"""Environment of an app that is not for this machine alone: its visitors are limited."""
ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"Digit Sketchpad: (http://\S+)")


def free_port() -> int:
    """A port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str) -> subprocess.Popen[str]:
    """Starts `python -m model`, with a pipe for each of its outputs."""
    return subprocess.Popen(
        [sys.executable, "-m", "model", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start(
    home: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """Starts `app.py` with a home folder of its own; its two outputs are one pipe."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("SKETCHPAD_", "GRADIO_"))}
    return subprocess.Popen(
        [sys.executable, "app.py", "--home", str(home), *arguments],
        cwd=ROOT,
        env=ours | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class App(NamedTuple):
    """A running app."""

    url: str
    """Ends in a slash."""
    process: subprocess.Popen[str]


@contextmanager
def serving(
    home: Path,
    port: int | None = None,
    *arguments: str,
    environment: dict[str, str] | None = None,
) -> Iterator[App]:
    """Serves the page; begins once the app has printed its address."""
    process = start(home, "--port", str(port or free_port()), *arguments, environment=environment)
    try:
        yield App(_address(process), process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(app: subprocess.Popen[str]) -> str:
    assert app.stdout is not None
    said = []
    for line in app.stdout:
        said.append(line)
        if found := ADDRESS.search(line):
            # Keep reading, or a full pipe would block the app.
            threading.Thread(target=app.stdout.read, daemon=True).start()
            return found[1]
    raise AssertionError(f"the app ended without an address: {''.join(said)}")

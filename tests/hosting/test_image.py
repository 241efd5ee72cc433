"""The Dockerfile does what it says, line by line; it and compose.yaml are sound."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosting.image import Container, Image, can_build, lines
from tests.support.serving import ROOT

DOCKERFILE = ROOT / "Dockerfile"
TOOLS = Path(sys.executable).parent
READ = """
import json, sys, urllib.request
data = json.dumps({"data": [[[[10, 10], [60, 10], [30, 90]]]]}).encode()
asked = urllib.request.Request("http://127.0.0.1:7860/gradio_api/run/read_strokes", data)
asked.add_header("Content-Type", "application/json")
print(json.load(urllib.request.urlopen(asked))["data"][0]["text"])
"""


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    """The image, built and started; with this environment's packages, where FRESH does not ask."""
    if not can_build():
        pytest.skip("needs root on Linux, to have a view of the files of its own")
    with tempfile.TemporaryDirectory(prefix="sketchpad-image-") as folder:
        for name in ("image", "volume"):
            (Path(folder) / name).mkdir()
        here = None if os.environ.get("FRESH") else Path(sysconfig.get_path("purelib"))
        image = Image(DOCKERFILE, Path(folder) / "image", here)
        container = image.start(Path(folder) / "volume")
        try:
            container.wait_until_healthy(90)
            yield container
        finally:
            container.process.terminate()
            container.process.communicate(timeout=30)


def test_it_reads_as_nobody_on_a_read_only_disk(container: Container) -> None:
    assert container.do("python", "-c", READ).stdout == "7\n"
    assert container.do("id", "-u").stdout == "1000\n"
    for place in ("/app/demo/file", "/usr/file", "/file"):
        assert "Read-only file system" in container.do("touch", place).stderr
    assert container.do("ls", "/data").stdout.split() == [
        *("checkpoints", "logs", "models", "owner.key", "sketchpad.db"),
        *("sketchpad.db-shm", "sketchpad.db-wal", "uploads"),
    ]


def test_it_trains_and_can_use_postgresql(container: Container) -> None:
    train = [
        "python",
        "-m",
        "model",
        "train",
        "--recipe",
        "compact",
        "--data",
        "strokes:600",
        "--epochs",
        "1",
    ]
    done = container.do(*train)
    assert done.returncode == 0, done.stderr
    assert "compact-1" in container.do("python", "-m", "model", "runs").stdout
    assert container.do("python", "-c", "import psycopg, redis").returncode == 0


def test_only_what_it_runs_is_in_it(container: Container) -> None:
    assert container.do("ls", "/app").stdout.split() == [
        *("__pycache__", "app.py", "demo", "model"),
        *("requirements-hosting.txt", "requirements.txt"),
    ]


def test_what_is_copied_is_what_is_not_ignored() -> None:
    """Docker sends what .dockerignore lets through: no more than is copied, and all of that."""
    copied = [line.rest.split()[:-1] for line in lines(DOCKERFILE) if line.word == "COPY"]
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    sent = {line[1:] for line in ignore if line.startswith("!")}
    assert sent == {name.removeprefix("./") for names in copied for name in names}


def test_its_python_is_the_tests_own() -> None:
    (base,) = (line.rest for line in lines(DOCKERFILE) if line.word == "FROM")
    named = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-\w+", base)
    assert named, "the base image is not pinned"
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == named[1]


def test_the_linters_have_nothing_to_say() -> None:
    for command in (
        [str(TOOLS / "hadolint"), "Dockerfile"],
        [
            str(TOOLS / "check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            "compose.yaml",
        ],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def compose(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What `docker compose config` says, where there is such a client."""
    command = ["docker", "compose", "config", "--format", "json"]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("docker is not installed")
    if "unknown" in done.stderr or "is not a docker command" in done.stderr:
        pytest.skip("docker has no compose here")
    return done


def test_compose_fills_in_the_password_and_has_none_of_its_own() -> None:
    assert "write one into .env" in compose({"DATABASE_PASSWORD": ""}).stderr
    services = json.loads(compose({"DATABASE_PASSWORD": "word"}).stdout)["services"]
    assert "sketchpad:word@database" in services["app"]["environment"]["SKETCHPAD_DATABASE"]

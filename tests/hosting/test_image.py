"""The Dockerfile and compose.yaml are sound; no image is built here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.serving import ROOT

TOOLS = Path(sys.executable).parent


def instructions(word: str) -> list[str]:
    """The arguments of each such instruction in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{word} +(.*)$", text, re.MULTILINE)


def test_docker_is_sent_exactly_what_is_copied() -> None:
    copied = [line.split()[:-1] for line in instructions("COPY")]
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    sent = {line[1:] for line in ignore if line.startswith("!")}
    assert sent == {name.removeprefix("./") for names in copied for name in names}


def test_the_base_image_has_the_python_of_the_tests() -> None:
    (base,) = instructions("FROM")
    named = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-\w+", base)
    assert named, "the base image is not pinned"
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == named[1]


def test_the_linters_find_nothing() -> None:
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
    """The output of `docker compose config`, where Docker is installed."""
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


def test_compose_requires_a_password_and_fills_it_in() -> None:
    assert "write one into .env" in compose({"DATABASE_PASSWORD": ""}).stderr
    services = json.loads(compose({"DATABASE_PASSWORD": "word"}).stdout)["services"]
    assert "sketchpad:word@database" in services["app"]["environment"]["SKETCHPAD_DATABASE"]

"""A home folder that becomes read-only under the running app, as a failing disk makes it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.service.jobs.jobs import READ_ONLY
from tests.support.asking import asking, owner
from tests.support.digits import DIGITS
from tests.support.serving import serving


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder that can be made read-only even for root; elsewhere the test is skipped."""
    probe = tmp_path / "probe"
    probe.mkdir()
    if (
        not shutil.which("chattr")
        or subprocess.run(["chattr", "+i", probe], check=False).returncode
    ):
        pytest.skip("needs root and chattr")
    subprocess.run(["chattr", "-i", probe], check=True)
    yield tmp_path / "home"
    subprocess.run(["chattr", "-R", "-i", tmp_path / "home"], check=True)


def test_the_page_says_why_runs_stand_still_and_reads_on(home: Path) -> None:
    with serving(home) as app, owner(app.url) as client:
        ask = asking(client)
        assert ask("watch", {}).json()["trouble"] == ""
        subprocess.run(["chattr", "-R", "+i", home], check=True)
        assert ask("watch", {}).json()["trouble"] == READ_ONLY
        assert ask("read_drawing", DIGITS[3]).json()["text"] == "3"
        said = ask("put_in_use", None).json()["problem"]
        assert said.endswith("."), said
        subprocess.run(["chattr", "-R", "-i", home], check=True)
        assert ask("watch", {}).json()["trouble"] == ""

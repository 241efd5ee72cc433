"""The home folder, the database, backups and the key are private to the user who runs the app."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.asking import asking, owner
from tests.support.serving import ROOT, free_port, serving, start


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_other_users_of_the_machine_can_read_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "sketchpad.db").touch(mode=0o644)  # of an app before this one
    before = os.umask(0o022)
    try:
        with serving(home) as app, owner(app.url) as client:
            asking(client)("watch", {})
            database = [file for file in home.iterdir() if file.name.startswith("sketchpad.db")]
            assert len(database) >= 2, database
            for file in database:
                assert mode(file) == "0o600", file
        assert mode(home) == "0o700"
        file = tmp_path / "backup.zip"
        command = [sys.executable, "-m", "model", "backup", str(file), "--home", str(home)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        assert mode(file) == "0o600"
    finally:
        os.umask(before)


def test_a_group_keeps_its_rights_on_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o2775)
    with serving(home):
        assert mode(home) == "0o2770"


@pytest.mark.parametrize(("key", "is_warned"), [("fourteen chars", True), ("a" * 20, False)])
def test_a_guessable_key_causes_a_warning(tmp_path: Path, key: str, is_warned: bool) -> None:
    environment = {"SKETCHPAD_OWNER_KEY": key}
    app = start(tmp_path, "--port", str(free_port()), environment=environment)
    assert app.stdout is not None
    said = ""
    for line in app.stdout:
        said += line
        if line.startswith("Its owner's link"):
            break
    app.terminate()
    app.communicate(timeout=30)
    assert ("has 14 characters" in said) == is_warned, said
    assert key not in said

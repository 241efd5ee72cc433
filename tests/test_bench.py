"""`make bench` asks for MNIST first, and measures the rest without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_without_mnist_the_check_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.to_99", "--check"],
        cwd=ROOT,
        env=os.environ | {"MNIST_PATH": str(tmp_path / "absent.npz")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The time to 99% is not measured: ")
    assert "absent.npz" in line


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_rest_is_measured_without_mnist(tmp_path: Path) -> None:
    """With a Python that only writes down which modules it is asked to run."""
    python, ran = tmp_path / "python", tmp_path / "ran"
    for has_mnist, expected in (
        (0, ["to_99 --check", "page"]),
        (1, ["to_99 --check", "page", "to_99"]),
    ):
        ran.unlink(missing_ok=True)
        python.write_text(
            f'#!/bin/sh\necho "$@" >> {ran}\n'
            f'case "$*" in *--check) exit {1 - has_mnist};; *to_99) exit {1 - has_mnist};; esac\n'
        )
        python.chmod(0o755)
        command = ["make", "--old-file=.venv/dev.installed", "bench", f"PY={python}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (has_mnist, done.stderr)
        lines = [line.replace("-m tests.benchmarks.", "") for line in ran.read_text().splitlines()]
        assert lines[1:] == expected, has_mnist

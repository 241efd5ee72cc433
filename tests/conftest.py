"""Fixtures for several folders: a running app, small disks."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.stubs import skip_stubs
from tests.support.serving import serving

SLOWEST = (
    *("test_train_runs", "test_draw", "test_training", "test_train", "test_work", "test_jobs"),
    *("test_command_line", "test_models", "test_arriving", "test_train_form", "test_requests"),
    *("test_ink_hostile", "test_ink_images", "test_numbers", "test_scripts", "test_scorecard"),
    *("test_export", "test_mixing", "test_api_samples", "test_held_out", "test_score"),
    *("test_cluster", "test_training_faults", "test_copies", "test_postgresql_faults"),
    *("test_server", "test_uploads", "test_fuzzed", "test_clock"),
)
"""The slowest files, run first: otherwise one process would be left with them at the end."""

# A third of the time until all modules are imported would go into the collector and these files.
gc.disable()
skip_stubs()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many megabytes; returns its folder."""
    folder = tmp_path / "disk"

    def mount(megabytes: int) -> Path:
        if os.name == "nt" or os.geteuid() != 0:
            pytest.skip("needs root to mount a small disk")
        folder.mkdir()
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        if subprocess.run(mounting, check=False).returncode:
            pytest.skip("a small disk cannot be mounted here")
        return folder

    yield mount
    if folder.is_mount():
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, ending in a slash."""
    with serving(tmp_path_factory.mktemp("home")) as app:
        yield app.url

"""What the app costs while nobody uses it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.serving import free_port, serving

SECONDS = 20.0
SHARE = 0.01
"""Of a core."""


def processor_seconds(process: int) -> float:
    """Of a process and its children, since they began."""
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return own + sum(
        processor_seconds(int(child)) for t in tasks for child in t.read_text().split()
    )


def test_an_app_that_nobody_uses_takes_next_to_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "home", free_port()) as app:
        time.sleep(5)  # what follows a start
        before = processor_seconds(app.process.pid)
        time.sleep(SECONDS)
        assert (processor_seconds(app.process.pid) - before) / SECONDS < SHARE

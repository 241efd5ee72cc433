"""The running app as benchmarks find it: its memory, and a run that goes on beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.learning.recipes import find
from model.service.database.schema import LIVE
from model.service.database.store import Store
from model.service.home import Home


def memory(process: int) -> float:
    """MB of resident memory."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


@contextmanager
def training(home: Path) -> Iterator[None]:
    """The app's own worker trains `classic`, on both cores, from when it has begun."""
    store = Store.open(Home(home).database)
    recipe = find("classic")
    settings = recipe.settings(epochs=1000)
    run = store.add(recipe.name, settings, "strokes:12000", origin="benchmark")
    while store.run(run.name).phase != "training":
        time.sleep(0.5)
    try:
        yield
    finally:
        store.request_stop(run.name)
        while store.run(run.name).status in LIVE:
            time.sleep(0.5)
        store.close()

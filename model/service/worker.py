"""The worker process: takes runs from the store, one after the other, until its parent is gone.

Knows how it lives and dies; what a run is made of is `work`. Run by `jobs`, spawned, never forked.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

from model.service.database import StoreError
from model.service.home import Home
from model.service.schema import INTERRUPTED
from model.service.store import Store

NICENESS = 19
"""Reading comes first: the page's process gets a core whenever it wants one."""
SECONDS_BETWEEN_LOOKS = 0.3

ENDED_WITH_THE_APP = "The app ended in the middle of it."

log = logging.getLogger(__name__)


def export_onnx(folder: Path) -> Path:
    """Adds `network.onnx` to a model folder; for a process that ends then.

    Raises:
        ExportError: see `export.add_onnx`.
    """
    with suppress(OSError, AttributeError):
        os.nice(NICENESS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from model.learning.export import add_onnx

    return add_onnx(folder)


def main(database: str, home: Path, token: str) -> None:
    """Carries out runs for ever.

    Args:
        database: URL of the store.
        home: the home folder.
        token: what this worker is called in the store.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to take
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(NICENESS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    store = Store.open(database)
    threading.Thread(target=_end_with_parent, args=(store, token), daemon=True).start()
    from model.service.work import carry_out  # TensorFlow: five seconds

    while True:
        try:
            run = store.claim(token)
        except StoreError:
            run = None  # the next look may find it
        if run is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        try:
            carry_out(run, store, Home(home))
        except Exception:
            # What went wrong stands in the store; the traceback is the operator's.
            log.exception("%s failed", run.name)


def _end_with_parent(store: Store, token: str) -> None:
    """Nobody would see how this run goes on, nor be able to stop it."""
    parent = parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    with suppress(StoreError):
        store.lose(token, INTERRUPTED, ENDED_WITH_THE_APP)
    sys.stderr.flush()
    os._exit(1)

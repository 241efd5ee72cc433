"""The worker process: takes runs from the store, one after the other, until its parent is gone.

Knows how it lives and dies; what a run is made of is `work`. Run by `keeper`, spawned, never
forked.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Event
from pathlib import Path

from model.learning.errors import ExportError
from model.service import logs
from model.service.database.connection import StoreError
from model.service.database.schema import INTERRUPTED
from model.service.database.store import Store
from model.service.home import Home

NICENESS = 19
"""Reading comes first: the page's process gets a core whenever it wants one."""
SECONDS_BETWEEN_LOOKS = 0.3
RUNS_OF_A_LIFE = 20
"""Each leaves some eight megabytes behind that TensorFlow never gives back."""

ENDED_WITH_THE_APP = "The app ended in the middle of it."


def export_onnx(folder: Path, tells: Connection) -> None:
    """Adds `network.onnx` to a model folder; for a process that ends then.

    Args:
        tells: gets why it could not be added; empty where it was.
    """
    step_back()
    from model.learning.export import add_onnx

    try:
        add_onnx(folder)
    except (ExportError, OSError) as error:
        tells.send(str(error))
    else:
        tells.send("")


def token(secret: str, process: int) -> str:
    """What a worker is called in the store: whoever reads it can tell whether it lives."""
    return f"{platform.node()}/{process}/{secret}"


def is_gone(name: str) -> bool:
    """Whether the worker of that name was on this machine and is no more."""
    node, _, rest = name.partition("/")
    process = rest.partition("/")[0]
    if node != platform.node() or not process.isdigit() or os.name == "nt":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def main(database: str, home: Path, secret: str, ready: Event) -> None:
    """Carries out runs, one after the other; after some it ends, and another one goes on.

    Args:
        database: URL of the store.
        home: the home folder.
        secret: the last part of what this worker is called in the store.
        ready: set when it takes runs.
    """
    name = token(secret, os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to take
    step_back()
    logs.configure()
    store = Store.open(database)

    def park() -> None:
        # Nobody would see how its run goes on, nor be able to stop it.
        store.mark_lost(name, INTERRUPTED, ENDED_WITH_THE_APP)

    threading.Thread(target=end_with_parent, args=(park,), daemon=True).start()
    from model.service.jobs.work import carry_out_alone  # TensorFlow: five seconds

    ready.set()
    carried_out = 0
    while carried_out < RUNS_OF_A_LIFE:
        try:
            run = store.claim(name)
        except StoreError:
            run = None  # the next look may find it
        if run is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        carried_out += 1
        carry_out_alone(run, store, Home(home))


def step_back() -> None:
    """Before TensorFlow is imported: whatever works here comes after reading, and is quiet."""
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(NICENESS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def end_with_parent(before: Callable[[], None] = lambda: None) -> None:
    """Waits for the parent's end, and ends this process then.

    Args:
        before: called before it ends.
    """
    parent = parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    with suppress(StoreError):
        before()
    sys.stderr.flush()
    os._exit(1)

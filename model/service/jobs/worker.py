"""The worker process: carries out waiting runs, one after the other, until its parent is gone.

Started by `supervisor`, spawned, never forked.
"""

from __future__ import annotations

import os
import platform
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from model.learning.errors import ExportError
from model.learning.tensorflow_start import import_tensorflow
from model.service import logs
from model.service.database.connection import StoreError
from model.service.database.schema import INTERRUPTED
from model.service.database.store import Store
from model.service.home import Home
from model.service.processes import Signals, end_with_parent, step_back

SECONDS_BETWEEN_CLAIMS = 10.0
"""While no run is known to wait: the supervisor says when one does."""
MAX_RUNS = 20
"""Of one process: each leaves some eight megabytes behind that TensorFlow never gives back."""

ENDED_WITH_THE_APP = "The server stopped."


def export_onnx(folder: Path, sender: Connection) -> None:
    """Adds `network.onnx` to a model folder; for a process of its own.

    Args:
        folder: with the network as Keras has it.
        sender: gets why it could not be added; empty if it was.
    """
    step_back()
    import_tensorflow()
    from model.learning.export import add_onnx

    try:
        add_onnx(folder)
    except (ExportError, OSError) as error:
        sender.send(str(error))
    else:
        sender.send("")


def token(secret: str, process: int) -> str:
    """A worker's name in the store, from which this machine can tell whether it is alive."""
    return f"{platform.node()}/{process}/{secret}"


def is_gone(name: str) -> bool:
    """Whether the worker of that name ran on this machine and has ended."""
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


def main(database: str, home: Path, secret: str, signals: Signals) -> None:
    """Carries out runs, one after the other; ends after `MAX_RUNS`, and another process follows.

    Args:
        database: URL of the store.
        home: the home folder.
        secret: the last part of this worker's name in the store.
        signals: from and to the app.
    """
    name = token(secret, os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to handle
    step_back()
    logs.configure()
    store = Store.open(database)

    def interrupt() -> None:
        # Nobody could see its run, nor stop it.
        store.mark_lost(name, INTERRUPTED, ENDED_WITH_THE_APP)

    threading.Thread(target=end_with_parent, args=(interrupt,), daemon=True).start()
    import_tensorflow()
    from model.service.jobs.work import carry_out_alone

    signals.ready.set()
    carried_out = 0
    while carried_out < MAX_RUNS:
        try:
            run = store.claim(name)
        except StoreError:
            run = None  # the next attempt may succeed
        if run is None:
            signals.waiting.acquire(timeout=SECONDS_BETWEEN_CLAIMS)
            continue
        carried_out += 1
        carry_out_alone(run, store, Home(home))

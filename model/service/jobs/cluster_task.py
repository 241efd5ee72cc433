"""One run, carried out by a task of a cluster, and such a worker's name in the store.

Any process that reaches the store and the home folder can do this.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from model.learning.tensorflow_start import import_tensorflow
from model.service.database.store import Store
from model.service.home import Home
from model.service.processes import step_back

_TOKEN = re.compile(r"ray:(?P<scope>\w+):(?P<attempt>[0-9]+):\w+")


def token(scope: str, attempt: int) -> str:
    """A task's name in the store.

    Args:
        scope: names the cluster.
        attempt: at this run, from 1.
    """
    return f"ray:{scope}:{attempt}:{secrets.token_hex(4)}"


def scope_of(worker: str) -> str:
    """The cluster of the worker of that name; empty if it has none."""
    known = _TOKEN.fullmatch(worker)
    return known["scope"] if known else ""


def attempt_of(worker: str) -> int:
    """Which attempt at its run the worker of that name is; 0 if it has no cluster."""
    known = _TOKEN.fullmatch(worker)
    return int(known["attempt"]) if known else 0


def carry_out(database: str, home: Path, name: str, scope: str, mnist: str | None) -> None:
    """Carries out or resumes a waiting run, unless somebody else does.

    Args:
        database: URL of the store.
        home: the home folder.
        name: the run's.
        scope: names the cluster.
        mnist: `MNIST_PATH` of the machine that sent the run; this machine's own wins.
    """
    step_back()
    # One thread to a core: tasks that share a machine would take each other's.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    if mnist and Path(mnist).is_file():
        os.environ.setdefault("MNIST_PATH", mnist)
    import_tensorflow()  # takes three seconds, so before the run is claimed
    from model.service.jobs import work

    store = Store.open(database)
    waiting = store.run(name)
    worker = token(scope, attempt_of(waiting.worker) + 1)
    run = store.claim(worker, waiting.id)
    if run is None:
        return
    work.carry_out_alone(run, store, Home(home))

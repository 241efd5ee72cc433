"""A Ray cluster, and the tasks in it that carry runs out.

Ray is imported when a cluster is connected to, so that nobody else needs it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

CORES = 1
"""Of a task: its network is trained by one thread, and a machine takes as many as it has cores."""
MEMORY = 1_500_000_000
"""Bytes of a task that Ray counts with: TensorFlow and MNIST take one gigabyte."""
SECONDS_TO_END = 10.0
"""Until a task whose run has ended ends itself, if Ray does not."""
PATIENCE = 5.0
"""Seconds to wait for the first answer of a cluster; Ray itself would wait for over a minute."""
ROOT = Path(__file__).parents[3]
"""Where this project lies, on every machine of the cluster."""
_ADDRESS = re.compile(r"(?:ray://)?(?P<host>[^\s/:]+|\[[0-9a-f:]+\]):(?P<port>[0-9]{1,5})")


class ClusterError(Exception):
    """The cluster cannot be used; the message says why and what to do, in one line."""


def check_usable(address: str) -> None:
    """Checks that this is an address, and that Ray is installed.

    Raises:
        ClusterError: one of them is not so.
    """
    if address != "auto" and not _ADDRESS.fullmatch(address):
        raise ClusterError(
            "--cluster takes HOST:PORT where this machine belongs to the cluster, else "
            f"ray://HOST:PORT, or auto, received {address!r}"
        )
    if importlib.util.find_spec("ray") is None:
        raise ClusterError(
            "A cluster needs Ray, which is not installed: "
            "pip install -r requirements-cluster.txt, or leave out --cluster."
        )


class Cluster:
    """A connection to a Ray cluster, which only one in a process can have.

    Each run has a task of its own: a detached actor, named after the run. A plain task would end
    with the program that sent it; this one outlives the app and is found again by its name.

    Args:
        database: URL of the store, as the cluster's machines reach it.
        home: the home folder, as they see it.
    """

    def __init__(self, ray: Any, address: str, database: str, home: Path) -> None:
        self._ray, self._address, self._database, self._home = ray, address, database, home
        session = ray.get_runtime_context().get_session_name()
        self.scope = _hash(f"{session} {database}")
        """Names this cluster and store: another cluster's runs are not this one's to judge."""
        self._actor = ray.remote(num_cpus=CORES, memory=MEMORY, max_restarts=0, max_task_retries=0)(
            _task()
        )

    @classmethod
    def connect(cls, address: str, database: str, home: Path) -> Self:
        """Connects this process, for as long as it lives.

        Args:
            address: as `check_usable` takes it.

        Raises:
            ClusterError: nothing answers there.
        """
        if known := _ADDRESS.fullmatch(address):
            where = known["host"].strip("[]"), int(known["port"])
            try:
                socket.create_connection(where, timeout=PATIENCE).close()
            except (OSError, OverflowError) as error:  # the latter of a port beyond 65535
                raise ClusterError(f"{address}: {error}") from error
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray

        with _in_words(address):
            ray.init(
                address=address,
                namespace=f"digit-sketchpad-{_hash(database)}",
                log_to_driver=False,
                configure_logging=False,
            )
            return cls(ray, address, database, home)

    def tasks(self) -> set[str]:
        """Names of the runs that have a task, running or waiting for a machine.

        Raises:
            ClusterError: the cluster does not answer; the other methods raise it too.
        """
        with _in_words(self._address):
            return set(self._ray.util.list_named_actors())

    def start(self, run: str) -> None:
        """Gives that run a task, unless it has one."""
        named = self._actor.options(name=run, lifetime="detached", get_if_exists=True)
        mnist = os.environ.get("MNIST_PATH")
        with _in_words(self._address):
            named.remote(str(ROOT), self._database, self._home, run, self.scope, mnist)

    def kill(self, run: str) -> None:
        """Ends that run's task at once, if it has one."""
        with _in_words(self._address), suppress(ValueError):
            self._ray.kill(self._ray.get_actor(run))


def _task() -> type:
    """The task's class; defined in a function, it travels whole and needs no import there."""

    class Task:
        def __init__(self, root: str, *run: Any) -> None:
            sys.path.insert(0, root)
            # A thread: the task has begun, and can be ended, as soon as this returns.
            threading.Thread(target=self._carry_out, args=run, daemon=True).start()

        def _carry_out(self, *run: Any) -> None:
            import ray

            try:
                from model.service.jobs.cluster_task import carry_out

                carry_out(*run)
            finally:
                # With its node gone, nobody would end this process or answer.
                threading.Timer(SECONDS_TO_END, os._exit, [1]).start()
                ray.kill(ray.get_runtime_context().current_actor)

    return Task


@contextmanager
def _in_words(address: str) -> Iterator[None]:
    """Turns whatever Ray raises, of many kinds, into a line that names the cluster."""
    try:
        yield
    except Exception as error:
        raise ClusterError(f"{address}: {' '.join(str(error).split())[:300]}") from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]

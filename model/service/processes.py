"""Processes beside the page's: how they start, what they yield to, and when they end."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import BoundedSemaphore, Event
from pathlib import Path
from typing import NamedTuple

NICENESS = 19
"""Reading comes first: the page's process gets a core whenever it wants one."""


class Signals(NamedTuple):
    """Between the app and the process that works through the queue."""

    ready: Event
    """Set when it takes runs."""
    waiting: BoundedSemaphore
    """Released when runs are waiting. Not an event: one that a killed process was waiting for can
    block whoever sets it."""


def start(
    work: Callable[[Path, Connection], None], folder: Path, name: str
) -> tuple[BaseProcess, Connection]:
    """Starts a process for one piece of work that needs large libraries; it ends with this one.

    Args:
        work: called in it with the folder and a connection to send by.
        folder: passed to `work`.
        name: of the process.

    Returns:
        The process and the connection to receive by; `EOFError` there says that it is gone.

    Raises:
        OSError: it cannot be started.
    """
    spawning = multiprocessing.get_context("spawn")
    receiver, sender = spawning.Pipe(duplex=False)
    with sender:  # closed here, or the end of the process would not be noticed
        process = spawning.Process(target=work, args=(folder, sender), name=name, daemon=True)
        process.start()
    return process, receiver


def step_back() -> None:
    """Before TensorFlow is imported: this process yields to reading."""
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(NICENESS)


def end_with_parent(last: Callable[[], None] = lambda: None) -> None:
    """Waits for the parent's end, and then ends this process.

    Args:
        last: called before it ends; an error in it is ignored.
    """
    parent = parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    with suppress(Exception):
        last()
    sys.stderr.flush()
    os._exit(1)

"""A process beside the page's, for one piece of work that brings large libraries.

Knows how it is started and heard; not what it does.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path


def start(
    work: Callable[[Path, Connection], None], folder: Path, name: str
) -> tuple[BaseProcess, Connection]:
    """Starts a process that ends with this one.

    Args:
        work: called in it with the folder, and with what it tells by.
        name: of the process.

    Returns:
        The process, and what it is heard by; `EOFError` there says that it is gone.

    Raises:
        OSError: it cannot be started.
    """
    spawning = multiprocessing.get_context("spawn")
    hears, tells = spawning.Pipe(duplex=False)
    with tells:  # closed here, or nobody would hear that the process is gone
        process = spawning.Process(target=work, args=(folder, tells), name=name, daemon=True)
        process.start()
    return process, hears

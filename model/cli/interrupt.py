"""Ctrl-C as a request that a command can check, instead of the end of the process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stop_on_ctrl_c(answer: str) -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a request to stop; a second one ends the process as usual.

    Args:
        answer: one line, printed at the first.

    Yields:
        Whether a stop has been requested.
    """
    requested = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        requested.set()
        signal.signal(signal.SIGINT, previous)
        # Not print: the handler may have interrupted one.
        os.write(2, f"\n{answer}\n".encode())

    previous = signal.signal(signal.SIGINT, stop)
    try:
        yield requested.is_set
    finally:
        signal.signal(signal.SIGINT, previous)

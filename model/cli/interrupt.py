"""Ctrl-C as a wish that a command can look at, before it ends the process.

Knows the signal; not what a command does about it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def heard(answer: str) -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a wish to stop; a second one ends the process as usual.

    Args:
        answer: one line, printed at the first.
    """
    asked = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)
        # Not print: the handler may have interrupted one.
        os.write(2, f"\n{answer}\n".encode())

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)

"""Keeps what native libraries print at start-up off the terminal; everything else gets through."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NOISE = re.compile(rb"INFO: |WARNING: All log messages before absl::|I\d{4} |W\d{4} |\s*$")
"""How lines begin that say nothing a user could act on; errors begin with ERROR or E0000."""
_lock = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Drops informational lines of native libraries from standard error.

    They are written to the file descriptor, past `sys.stderr`, and no setting turns them off. All
    other lines appear when the block ends, or fails.
    """
    with _lock, tempfile.TemporaryFile() as caught:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            terminal = os.dup(2)
        except OSError:  # standard error is closed
            yield
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            caught.seek(0)
            for line in caught:
                if not _NOISE.match(line):
                    os.write(2, line)

"""Tables of cases in one test: the failing case is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(name: object) -> Iterator[None]:
    """Adds the case's name to any exception raised inside."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the case {name!r:.300}")
        raise

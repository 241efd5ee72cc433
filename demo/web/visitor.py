"""The visitor behind the request that is being answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import anyio
from starlette.types import Receive


@dataclass(frozen=True)
class Visitor:
    """Whoever sent a request, as far as that is known."""

    is_owner: bool = False
    address: str = ""
    """Of their network; for limits only, never logged and never stored."""
    token: str = ""
    """Stands for their browser, where visitors may train; a run remembers who started it."""
    network: str = ""
    """Stands for their address in a run; the address cannot be recovered from it."""

    is_at_home: bool = False
    """Whether they are on the owner's own machine, where the page is for that machine alone."""

    @property
    def is_limited(self) -> bool:
        """Whether their requests are counted."""
        return not (self.is_owner or self.is_at_home)

    @property
    def trains_as(self) -> str:
        """What a run of theirs remembers; empty for the owner."""
        return "" if self.is_owner else f"{self.token}@{self.network}"


class _Holder:
    """Emptied when the request ends: a task that outlives it, such as Gradio's endless ones, has
    copied the context and must not keep the visitor's rights."""

    def __init__(self, visitor: Visitor, receive: Receive | None) -> None:
        self.visitor, self.receive = visitor, receive


_current: ContextVar[_Holder | None] = ContextVar("visitor", default=None)


def current_visitor() -> Visitor:
    """The visitor whose request is being answered.

    Outside a request an anonymous one without rights: Gradio's queue runs its calls there.
    """
    holder = _current.get()
    return Visitor() if holder is None else holder.visitor


async def visitor_has_left() -> bool:
    """Whether the client has closed its connection; to ask once the request has been read."""
    holder = _current.get()
    if holder is None or holder.receive is None:
        return False
    with anyio.CancelScope() as scope:
        scope.cancel()  # does not wait for news
        return (await holder.receive())["type"] == "http.disconnect"
    return False


@contextmanager
def as_visitor(visitor: Visitor, receive: Receive | None = None) -> Iterator[None]:
    """Answers a request on behalf of that visitor; entered by the gate."""
    holder = _Holder(visitor, receive)
    _current.set(holder)
    try:
        yield
    finally:
        holder.visitor = Visitor()

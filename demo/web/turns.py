"""Turns: no visitor keeps the others waiting, however many requests they send at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.web.visitor import current_visitor

MAX_OPEN_REQUESTS = 400
"""Requests of one address that are being answered at the same time, event streams included. One
with a large body counts as several, so that a handful of pictures are held in memory."""
CALLS_AT_ONCE = 2
"""Of one visitor, between two of which the others' are answered."""
REFUSAL_SECONDS = 1.0
_PAGES = frozenset({"/", "/config", "/config/"})
"""Gradio builds them anew each time, in ten milliseconds."""
_PAGES_AT_ONCE = 2


class TooManyWaitingError(Exception):
    """As many requests of the visitor wait already as may."""


class Turns:
    """Answers a few requests of each visitor at the same time; their others wait in line.

    Args:
        at_once: requests of one visitor.
        max_waiting: those of one visitor that wait; any number without.
    """

    def __init__(self, at_once: int = 1, max_waiting: int | None = None) -> None:
        self._at_once = at_once
        self._max = None if max_waiting is None else at_once + max_waiting
        self._lines: dict[str, tuple[asyncio.Semaphore, int]] = {}
        self._served: set[str] = set()  # in this round of the event loop

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for the current visitor's turn, and has it until the block ends.

        Raises:
            TooManyWaitingError: too many are; not where the visitor has no limits.
        """
        visitor = current_visitor()
        turns, count = self._lines.get(visitor.address) or (asyncio.Semaphore(self._at_once), 0)
        if self._max is not None and count >= self._max and visitor.is_limited:
            raise TooManyWaitingError
        self._lines[visitor.address] = turns, count + 1
        try:
            async with turns:
                await self._let_others_in(visitor.address)
                yield
        finally:
            turns, count = self._lines.pop(visitor.address)
            if count > 1:
                self._lines[visitor.address] = turns, count - 1

    async def _let_others_in(self, address: str) -> None:
        """Waits for the next round where the visitor has had a turn in this one, as a block that
        never waits would otherwise be followed by the same visitor's next."""
        if address in self._served:
            await asyncio.sleep(0)
            return
        if not self._served:
            asyncio.get_running_loop().call_soon(self._served.clear)
        self._served.add(address)


class PageTurns:
    """ASGI middleware that builds few pages for each visitor at the same time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._turns = app, Turns(_PAGES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _PAGES:
            async with self._turns.turn():
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Refusals:
    """Delays refusals: at full speed, one visitor's would keep the others waiting."""

    def __init__(self) -> None:
        self._turns = Turns()

    async def delay(self, has_large_body: bool, receive: Receive) -> None:
        """Waits, and reads a large body, of one request after the other, before its refusal.

        Raises:
            BodyTooLargeError: it is.
        """
        await asyncio.sleep(REFUSAL_SECONDS)
        if has_large_body:
            async with self._turns.turn():
                while (await receive()).get("more_body", False):
                    pass


class OpenRequests(Counter[str]):
    """Requests that are being answered, by address."""

    def are_too_many(self, address: str) -> bool:
        """Whether the address must wait until some are answered."""
        return self[address] >= MAX_OPEN_REQUESTS

    @contextmanager
    def one_of(self, address: str, size: int) -> Iterator[None]:
        """Counts one, as so many, until the block ends."""
        self[address] += size
        try:
            yield
        finally:
            self[address] -= size
            if not self[address]:
                del self[address]

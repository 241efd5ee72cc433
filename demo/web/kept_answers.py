"""Answers that programs fetch with a second request: kept until then, in bounded memory."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

MAX_BYTES = 20_000_000
"""Of all answers; an answer takes some two kilobytes."""
MAX_VISITOR_BYTES = 1_000_000
"""Of the answers of one visitor."""
MAX_SECONDS = 300.0
"""Until an answer is dropped."""
OVERHEAD = 1_000
"""Bytes that an answer takes beside its text."""


@dataclass(frozen=True)
class KeptAnswer:
    """One call's answer.

    Attributes:
        event: names the call.
        session: of the program that called.
        address: the visitor's.
        status: HTTP's; 200 for success.
        body: JSON.
        at: when it was answered, on the monotonic clock.
    """

    event: str
    session: str
    address: str
    status: int
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self.body) + OVERHEAD

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Whose it is."""
        return ("session", self.session), ("visitor", self.address)


class KeptAnswers:
    """Answers by event, oldest first; the oldest make room for new ones."""

    def __init__(self) -> None:
        self._answers: dict[str, KeptAnswer] = {}
        self._events: dict[tuple[str, str], dict[str, None]] = {}
        self._bytes: Counter[str] = Counter()
        self._total = 0
        self._kept = asyncio.Event()

    @property
    def size(self) -> int:
        """Bytes of all answers."""
        return self._total

    def keep(self, answer: KeptAnswer) -> None:
        """Adds an answer, and drops what is too old or too much."""
        self._answers[answer.event] = answer
        for key in answer.keys:
            self._events.setdefault(key, {})[answer.event] = None
        self._add(answer, 1)
        while self._bytes[answer.address] > MAX_VISITOR_BYTES:
            self.fetch(next(iter(self._events["visitor", answer.address])))
        while self.size > MAX_BYTES or self._oldest_age > MAX_SECONDS:
            self.fetch(next(iter(self._answers)))
        self._kept.set()
        self._kept = asyncio.Event()

    def fetch(self, event: str) -> KeptAnswer | None:
        """Takes an answer out; None if there is none."""
        if (answer := self._answers.pop(event, None)) is None:
            return None
        for key in answer.keys:
            del self._events[key][event]
            if not self._events[key]:
                del self._events[key]
        self._add(answer, -1)
        return answer

    def fetch_all(self, session: str) -> list[KeptAnswer]:
        """Takes all answers of a session out."""
        found = [self.fetch(event) for event in list(self._events.get(("session", session), ()))]
        return [answer for answer in found if answer is not None]

    async def wait(self, seconds: float) -> None:
        """Waits for one more answer, of whichever session, or until the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._kept.wait(), seconds)

    def _add(self, answer: KeptAnswer, sign: int) -> None:
        self._total += sign * answer.size
        self._bytes[answer.address] += sign * answer.size
        if not self._bytes[answer.address]:
            del self._bytes[answer.address]

    @property
    def _oldest_age(self) -> float:
        oldest = next(iter(self._answers.values()), None)
        return 0.0 if oldest is None else time.monotonic() - oldest.at

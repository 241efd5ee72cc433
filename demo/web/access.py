"""Who may do what: the owner, who has the key, and everybody else.

Knows visitors, calls and routes by name; what a call does is its own business. This is the one
place that says yes: under the page, under the endpoints and under what scripts call. What is not
listed here is nobody's but the owner's, and a route that is not listed is not there.
"""

from __future__ import annotations

import inspect
import logging
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any

import anyio
import gradio as gr

from demo.web.limits import RUNS, Limits
from demo.web.metrics import Metrics
from model.service.database.connection import StoreError
from model.service.database.schema import Run
from model.service.database.store import Store

log = logging.getLogger(__name__)


class Right(Enum):
    """Whom a call is for."""

    EVERYONE = "everyone"
    TRAINING = "the owner, and visitors where training is open to them"
    OWN_RUN = "the owner, and the visitor who started that run"
    OWNER = "the owner"


CALLS = {
    # Header
    "share": Right.EVERYONE,
    # Draw
    "read_drawing": Right.EVERYONE,
    "read_picture": Right.EVERYONE,
    "in_use": Right.EVERYONE,
    "read_strokes": Right.EVERYONE,
    "read_image": Right.EVERYONE,
    # Train
    "choose_recipe": Right.EVERYONE,
    "choose_digits": Right.EVERYONE,
    "watch": Right.EVERYONE,
    "result": Right.EVERYONE,
    "train": Right.TRAINING,
    "warm": Right.TRAINING,
    # Models
    "runs": Right.EVERYONE,
    "compare": Right.EVERYONE,
    "scorecard": Right.EVERYONE,
    "stop": Right.OWN_RUN,
    "resume": Right.OWN_RUN,
    "delete": Right.OWN_RUN,
    "export": Right.OWN_RUN,
    "train_all": Right.OWNER,
    "measure": Right.OWNER,
    "put_in_use": Right.OWNER,
    "roll_back": Right.OWNER,
    # Data
    "overview": Right.EVERYONE,
    "grid": Right.EVERYONE,
    "variants": Right.EVERYONE,
}
"""Server functions and Gradio's events, each by its name. Any other is the owner's."""

ROUTES = tuple(
    re.compile(pattern)
    for pattern in (
        # the page and what it is made of
        r"(GET|HEAD) /",
        r"(GET|HEAD) /(static|assets|svelte|vendor)/.+",
        r"(GET|HEAD) /(theme\.css|favicon\.ico|robots\.txt|manifest\.json|config/?)",
        r"GET /pwa_icon(/\d+)?",
        r"GET /gradio_api/(info/?|openapi\.json|app_id/?|theme\.css)",
        r"GET /gradio_api/heartbeat/[^/]+",
        # calls: each is looked up in CALLS
        r"POST /gradio_api/component_server/?",
        r"POST /gradio_api/(run|api|call|call/v2)/[^/]+/?",
        r"POST /gradio_api/queue/join",
        r"GET /gradio_api/queue/data",
        r"GET /gradio_api/call/[^/]+/[^/]+",
        # a picture that a program sends, before it has it read
        r"POST /gradio_api/upload",
        # ours
        r"(GET|HEAD) /versions/[^/]+/[^/]+",
        r"(GET|HEAD) /(healthz|metrics)",
        r"OPTIONS .*",
    )
)
"""All that there is; the rest of what Gradio offers is shut."""

OWNERS_ONLY = (
    "Only the owner of this page can do that: open it by the owner's link, which the app prints "
    "when it starts."
)
NO_COOKIE = (
    "Whoever trains here is told apart by a cookie, and this browser has sent none: open the page "
    "in a tab of its own, with cookies allowed."
)
NOT_YOURS = "Only the owner of this page, or whoever started this run, can do that."


@dataclass(frozen=True)
class Visitor:
    """Whoever asks, as far as that is known."""

    is_owner: bool = False
    address: str = ""
    """Of their network; for limits only, never logged and never stored."""
    token: str = ""
    """What stands for their browser, where visitors may train; a run remembers who started it."""
    network: str = ""
    """What stands for their address in a run: it cannot be found from it."""

    @property
    def trains_as(self) -> str:
        """What a run of theirs remembers; nothing where it is the owner's."""
        return "" if self.is_owner else f"{self.token}@{self.network}"


class _Pass:
    """Says who asks, for as long as the request lasts: what it has begun and is not over, such as a
    task of Gradio's that goes on for ever, has a copy of the context, and keeps no right by it."""

    def __init__(self, holder: Visitor) -> None:
        self.holder = holder


_pass: ContextVar[_Pass | None] = ContextVar("pass", default=None)


def visitor() -> Visitor:
    """Whoever the request comes from that is being answered.

    Nobody in particular, unless the gate has said it: what Gradio carries out from its queue runs
    outside of any request, and gets no right by that.
    """
    held = _pass.get()
    return Visitor() if held is None else held.holder


@contextmanager
def let_in(known: Visitor) -> Iterator[None]:
    """Says who the request comes from until it is over; for the gate."""
    held = _Pass(known)
    _pass.set(held)
    try:
        yield
    finally:
        held.holder = Visitor()


def is_route(method: str, path: str) -> bool:
    """Whether there is anything for anybody at that address."""
    return any(pattern.fullmatch(f"{method} {path}") for pattern in ROUTES)


class Access:
    """The rule, applied to visitors.

    Args:
        store: knows whose run is whose.
        limits: of each visitor.
        open_training: whether visitors may train.
        visitor_epochs: epochs of a visitor's run at most.
        metrics: counts what is refused.
    """

    def __init__(
        self,
        store: Store,
        limits: Limits,
        *,
        open_training: bool,
        visitor_epochs: int,
        metrics: Metrics,
    ) -> None:
        self._store, self._limits, self._metrics = store, limits, metrics
        self._open_training, self._visitor_epochs = open_training, visitor_epochs

    @property
    def may_train(self) -> bool:
        """Whether whoever asks may start runs."""
        return visitor().is_owner or (self._open_training and visitor().token != "")

    @property
    def for_visitors(self) -> str:
        """What the Train tab tells whoever is not the owner."""
        if self._open_training:
            return (
                f"<p>Visitors train one run at a time, {self._visitor_epochs} epochs at most. "
                "What is put in use is the owner's to choose.</p>"
            )
        return (
            "<p>Training is for the owner of this page, by the link that the app printed when it "
            "started. You can watch their runs, and compare them on the Models tab.</p>"
        )

    def refusal(self, call: str, given: Any = None) -> str | None:
        """Why whoever asks may not do that; None where they may.

        Args:
            call: its name.
            given: what it was called with; where that is a run, its name or one of its files'.
        """
        right = CALLS.get(call, Right.OWNER)
        if right is Right.EVERYONE or visitor().is_owner:
            return None
        if right is Right.TRAINING:
            if self._open_training and not self.may_train:
                return NO_COOKIE
            return None if self.may_train else OWNERS_ONLY
        if right is Right.OWN_RUN and self.may_train:
            try:
                run = self._store.run(str(given)[:100].partition(".")[0])
            except StoreError as error:
                return str(error)
            return None if self.started(run) else NOT_YOURS
        return OWNERS_ONLY

    def started(self, run: Run) -> bool:
        """Whether whoever asks started that run, as a visitor."""
        return run.visitor != "" and run.visitor.partition("@")[0] == visitor().token

    async def hold_run(self, epochs: int) -> None:
        """Holds that a visitor may start a run, or go on with one; the owner may.

        Raises:
            ValueError: it is too long, or too soon; the message is a sentence.
        """
        asks = visitor()
        if asks.is_owner:
            return
        if epochs > self._visitor_epochs:
            raise ValueError(f"Visitors train for {self._visitor_epochs} epochs at most.")
        if wait := await self._limits.wait(RUNS, asks.address, count=False):
            minutes = math.ceil(wait / 60)
            raise ValueError(
                "That was more runs than one visitor may start. "
                f"Try again in {minutes} minute{'s' if minutes > 1 else ''}."
            )

    async def count_run(self) -> None:
        """Counts a run that a visitor has started, or goes on with."""
        if not visitor().is_owner:
            await self._limits.wait(RUNS, visitor().address)

    def guard(self, page: gr.Blocks) -> None:
        """Puts the rule before everything on a page that can be called."""
        for event in page.fns.values():
            if event.fn is not None:
                event.fn = self._held(str(event.api_name), event.fn, _raise)
        for block in page.blocks.values():
            for name, call in server_functions(block):
                setattr(block, name, self._held(name, call, _answer))

    def _held(
        self, name: str, call: Callable[..., Any], refuse: Callable[[str], Any]
    ) -> Callable[..., Any]:
        if CALLS.get(name) is Right.EVERYONE:
            return call
        if inspect.iscoroutinefunction(call):

            @wraps(call)
            async def later(*given: Any) -> Any:
                # On a thread: whose run it is stands in the database.
                refused = await anyio.to_thread.run_sync(self.refusal, name, *given[:1])
                if refused:
                    return self._refused(refused, refuse)
                answer = await call(*given)
                _tell(name, given, answer)
                return answer

            return later

        @wraps(call)
        def now(*given: Any) -> Any:
            if refused := self.refusal(name, *given[:1]):
                return self._refused(refused, refuse)
            answer = call(*given)
            _tell(name, given, answer)
            return answer

        return now

    def _refused(self, sentence: str, refuse: Callable[[str], Any]) -> Any:
        self._metrics.refusal("right")
        return refuse(sentence)


def server_functions(block: Any) -> list[tuple[str, Callable[..., Any]]]:
    """What scripts, and whoever sends the same bytes, can call of a component, each by its name."""
    return [
        (name, getattr(block, name))
        for name in dir(block)
        if getattr(inspect.getattr_static(block, name, None), "_is_server_fn", False)
    ]


def _answer(refused: str) -> dict[str, str]:
    """For scripts: an error would reach them without words."""
    return {"problem": refused}


def _raise(refused: str) -> None:
    """For Gradio's events, and programs that call them."""
    raise gr.Error(refused, print_exception=False)


def _tell(name: str, given: tuple[Any, ...], answer: Any) -> None:
    """What has changed something stands in the log."""
    # What starts runs tells of them by itself: their names are not known before.
    if isinstance(answer, dict) and "problem" not in answer and name != "warm":
        tell_of(name, given[0] if given and isinstance(given[0], str) else "")


def tell_of(what: str, about: str) -> None:
    """One line in the log: what was done, by which kind of visitor, to what."""
    who = "the owner" if visitor().is_owner else "a visitor"
    log.info("%s by %s: %s", what, who, about[:100].encode("unicode_escape").decode("ascii"))

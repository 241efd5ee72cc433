"""Access: who may call what, and which routes exist.

Calls that are not listed here are the owner's alone, and routes that are not listed do not exist.
"""

from __future__ import annotations

import inspect
import logging
import math
import re
from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any

import anyio
import gradio as gr

from demo.web.limits import RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.server_functions import server_functions
from demo.web.visitor import current_visitor
from model.service.database.connection import StoreError
from model.service.database.schema import Run
from model.service.database.store import Store

log = logging.getLogger(__name__)


class Right(Enum):
    """Who may make a call."""

    EVERYONE = "everyone"
    TRAINING = "the owner, and visitors if training is open to them"
    OWN_RUN = "the owner, and the visitor who started the run"
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
    "form": Right.EVERYONE,
    "watch": Right.EVERYONE,
    "result": Right.EVERYONE,
    "warm": Right.EVERYONE,
    "train": Right.TRAINING,
    # Models
    "runs": Right.EVERYONE,
    "compare": Right.EVERYONE,
    "scorecard": Right.EVERYONE,
    "stop": Right.OWN_RUN,
    "pause": Right.OWN_RUN,
    "resume": Right.OWN_RUN,
    "delete": Right.OWN_RUN,
    "export": Right.OWN_RUN,
    "train_all": Right.OWNER,
    "delete_drawings": Right.OWNER,
    "measure": Right.OWNER,
    "put_in_use": Right.OWNER,
    "roll_back": Right.OWNER,
    # Data
    "overview": Right.EVERYONE,
    "grid": Right.EVERYONE,
    "variants": Right.EVERYONE,
}
"""Server functions and Gradio's events by name; any other is the owner's."""

ROUTES = tuple(
    re.compile(pattern)
    for pattern in (
        # the page and its files
        r"(GET|HEAD) /",
        r"(GET|HEAD) /(static|assets|scripts)/.+",
        r"(GET|HEAD) /(theme\.css|favicon\.ico|robots\.txt|manifest\.json|config/?)",
        r"GET /pwa_icon(/\d+)?",
        r"GET /gradio_api/(info/?|openapi\.json|app_id/?|theme\.css)",
        r"GET /gradio_api/heartbeat/[^/]+",
        # calls: each is looked up in CALLS
        r"POST /gradio_api/component_server/?",
        r"POST /gradio_api/(run|api|call|call/v2)/[^/]+/?",
        r"POST /gradio_api/queue/join",
        r"GET /gradio_api/queue/data",
        r"GET /gradio_api/call/(v2/)?[^/]+/[^/]+",
        # uploads of pictures, before a program calls read_image
        r"POST /gradio_api/upload",
        # ours
        r"(GET|HEAD) /versions/[^/]+/[^/]+",
        r"POST /drawings/[^/]+",
        r"(GET|HEAD) /(healthz|metrics)",
    )
)
"""Every other route of Gradio's is closed."""

OWNER_ONLY = (
    "Only the owner of this page can do that: open it by the owner's link, which the app prints "
    "when it starts."
)
NO_COOKIE = (
    "Visitors who train are recognised by a cookie, and this browser has sent none: open the page "
    "in a tab of its own, with cookies allowed."
)
NOT_YOURS = "Only the owner of this page, or the visitor who started this run, can do that."


def is_route(method: str, path: str) -> bool:
    """Whether the route exists for anybody."""
    return any(pattern.fullmatch(f"{method} {path}") for pattern in ROUTES)


class Access:
    """The rights of the visitor whose request is being answered.

    Args:
        store: knows who started a run.
        limits: of each visitor.
        open_training: whether visitors may train.
        visitor_epochs: most epochs of a visitor's run.
        metrics: counts refusals.
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
        """Whether the visitor may start runs."""
        visitor = current_visitor()
        return visitor.is_owner or (self._open_training and visitor.token != "")

    @property
    def visitor_note(self) -> str:
        """What the Train tab tells the visitor about their rights; nothing to the owner."""
        if current_visitor().is_owner:
            return ""
        if not self._open_training:
            return "Only the owner can train here. You can watch runs and compare them."
        if not self.may_train:
            return NO_COOKIE
        return (
            f"You can train one network at a time, for up to {self._visitor_epochs} epochs. "
            "Only the owner can make one live."
        )

    @property
    def max_epochs(self) -> int | None:
        """Epochs that a run of the visitor's may have; None where it is the owner's."""
        return None if current_visitor().is_owner else self._visitor_epochs

    def refusal(self, call: str, payload: Any = None) -> str | None:
        """Why the visitor may not make a call; None if they may.

        Args:
            call: its name.
            payload: its argument; for a run, the run's name or that of one of its files.
        """
        right = CALLS.get(call, Right.OWNER)
        if right is Right.EVERYONE or current_visitor().is_owner:
            return None
        if right is Right.TRAINING:
            if self._open_training and not self.may_train:
                return NO_COOKIE
            return None if self.may_train else OWNER_ONLY
        if right is Right.OWN_RUN and self.may_train:
            try:
                run = self._store.run(str(payload)[:100].partition(".")[0])
            except StoreError as error:
                return str(error)
            return None if self.started(run) else NOT_YOURS
        return OWNER_ONLY

    def started(self, run: Run) -> bool:
        """Whether the visitor started a run; never true of the owner's runs."""
        return run.visitor != "" and run.visitor.partition("@")[0] == current_visitor().token

    async def check_run(self, epochs: int) -> None:
        """Checks that a visitor may start or resume a run now; the owner always may.

        Raises:
            ValueError: too many epochs, or too many runs lately; the message is a sentence.
        """
        visitor = current_visitor()
        if visitor.is_owner:
            return
        if epochs > self._visitor_epochs:
            raise ValueError(f"Epochs must be between 1 and {self._visitor_epochs:,}.")
        if wait := await self._limits.wait(RUNS, visitor.address, count=False):
            minutes = math.ceil(wait / 60)
            raise ValueError(
                "You have started as many runs as a visitor may. "
                f"Try again in {minutes} minute{'s' if minutes > 1 else ''}."
            )

    async def count_run(self) -> None:
        """Counts a run that a visitor has started or resumed."""
        visitor = current_visitor()
        if not visitor.is_owner:
            await self._limits.wait(RUNS, visitor.address)

    def guard(self, page: gr.Blocks) -> None:
        """Checks the visitor's rights before every call of a page, and logs every change."""
        for event in page.fns.values():
            if event.fn is not None:
                event.fn = self._guarded(str(event.api_name), event.fn, _raise)
        for block in page.blocks.values():
            for name, function in server_functions(block):
                setattr(block, name, self._guarded(name, function, _problem))

    def _guarded(
        self, name: str, call: Callable[..., Any], refuse: Callable[[str], Any]
    ) -> Callable[..., Any]:
        if CALLS.get(name) is Right.EVERYONE:
            return call
        if inspect.iscoroutinefunction(call):

            @wraps(call)
            async def guarded_async(*args: Any) -> Any:
                # On a thread: who started a run is in the database.
                if refusal := await anyio.to_thread.run_sync(self.refusal, name, *args[:1]):
                    self._metrics.refusal("right")
                    return refuse(refusal)
                answer = await call(*args)
                _log_answer(name, args, answer)
                return answer

            return guarded_async

        @wraps(call)
        def guarded(*args: Any) -> Any:
            if refusal := self.refusal(name, *args[:1]):
                self._metrics.refusal("right")
                return refuse(refusal)
            answer = call(*args)
            _log_answer(name, args, answer)
            return answer

        return guarded


def _problem(refusal: str) -> dict[str, str]:
    """For scripts: an exception would reach them without its message."""
    return {"problem": refusal}


def _raise(refusal: str) -> None:
    """For Gradio's events, and programs that call them."""
    raise gr.Error(refusal, print_exception=False)


def _log_answer(name: str, args: tuple[Any, ...], answer: Any) -> None:
    if isinstance(answer, dict) and "problem" not in answer:
        subject = args[0] if args and isinstance(args[0], str) else ""
        for each in answer.get("runs", [subject]):
            log_change(name, each)


def log_change(action: str, subject: str) -> None:
    """Logs in one line what was done, by the owner or a visitor, to what."""
    who = "the owner" if current_visitor().is_owner else "a visitor"
    log.info("%s by %s: %s", action, who, subject[:100].encode("unicode_escape").decode("ascii"))

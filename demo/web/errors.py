"""The door of the server: how much may come in, and what goes out when something breaks.

Knows HTTP; not what is read. Visitors get a sentence, operators the cause in the log.
"""

from __future__ import annotations

import json
import logging

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 2_500_000
"""Bytes: a drawing takes thousands, a picture from the pad under two millions."""
MAX_PARTS = 100_000
"""Lists, objects and commas: a drawing of the most points that are read has a third of that, and
millions of empty lists keep Python busy for seconds."""
MAX_UPLOAD = 10_000_000
"""Bytes of a file that a program uploads."""
MAX_REFUSED = 50_000_000
"""Bytes of a refused body that are read and forgotten, so that its sender hears why."""

UPLOAD = "/gradio_api/upload"
"""Where a program sends a file; everything else is JSON."""

NOT_HERE = "There is nothing at this address."
TOO_LARGE = "That is more than this page takes: send a smaller picture or a shorter drawing."
BROKEN = (
    "This request could not be answered. If a program sent it, compare it with the README's "
    "examples; otherwise reload the page and try again."
)
MALFORMED = (
    "This call has not the values that it needs. Compare it with the README's examples, or with "
    '"Use via API" below the page.'
)

WORDLESS = frozenset({422, 500})
"""Statuses that Gradio answers with a list of technical errors, or with `{"error": null}`."""
CALLED = tuple(f"/gradio_api/{name}" for name in ("queue/", "call/", "run/", "api/", "upload"))
"""Where Gradio takes calls. What can go wrong inside ours is caught, and has words."""
REFUSED = 422
"""Status of what was understood and cannot be done: Gradio itself answers 500 then."""

log = logging.getLogger(__name__)


class TooLargeError(Exception):
    """A body is, or grew, over its limit."""


class Door:
    """ASGI middleware in front of every route.

    A body over the limit is answered with 413; an error that nobody caught with 500; and what
    Gradio would answer with 500, or with 422 and no plain words, with 422. All say
    `{"error": "<a sentence>"}`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)
        answer = _Answer(scope, receive, send, body)
        try:
            body.check()
            await self._app(scope, body, answer)
        except ClientDisconnect:
            pass  # nobody is there to be told
        except Exception:
            if not body.is_too_large:
                log.exception("%s %s failed", scope["method"], scope["path"])
                await answer.refuse(500, BROKEN)
        if body.is_too_large:
            await body.forget()
            await answer.refuse(413, TOO_LARGE)


class _Body:
    """Counts what comes in and stops it at the limit."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        # At most 18 digits: the server below has refused what is no number.
        self._announced = int(Headers(scope=scope).get("content-length", "0")[:18])
        self._is_json = not scope["path"].endswith(UPLOAD)
        self._limit = MAX_BODY if self._is_json else MAX_UPLOAD
        self._size = 0
        self._parts = 0
        self._complete = False

    def check(self) -> None:
        if self.is_too_large:
            raise TooLargeError

    @property
    def is_too_large(self) -> bool:
        return max(self._announced, self._size) > self._limit or self._parts > MAX_PARTS

    async def __call__(self) -> Message:
        message = await self._next()
        self.check()
        return message

    async def forget(self) -> None:
        while not self._complete and self._size < MAX_REFUSED:
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        content = message.get("body", b"")
        self._size += len(content)
        if self._is_json:
            self._parts += sum(map(content.count, (b"[", b"{", b",")))
        self._complete = not message.get("more_body", False)
        return message


class _Answer:
    """Passes an answer on, but holds a failure back until it is known to have words.

    What comes of a body that was cut off at the limit is not passed on: FastAPI takes that for
    JSON that is none, and says so.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: _Body) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._asked = body
        self._started = False
        self._failure: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if self._asked.is_too_large and not self._started:
            return
        if message["type"] == "http.response.start" and message["status"] in WORDLESS:
            self._failure = message
        elif self._failure is None:
            self._started = True
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._fail(self._failure["status"])

    async def _fail(self, status: int) -> None:
        content = _json(self._body)
        if not isinstance(content, dict):
            # An error that nobody caught: Gradio's calls have them for bodies of another shape.
            is_call = self._scope["path"].startswith(CALLED)
            await self.refuse(REFUSED if is_call else status, BROKEN)
            return
        sentence = content.get("error")
        if not isinstance(sentence, str):
            await self.refuse(REFUSED, BROKEN)  # Gradio could do nothing with what came
            return
        await self.refuse(500 if sentence == BROKEN else REFUSED, sentence)

    async def refuse(self, status: int, sentence: str) -> None:
        if self._started:
            return  # half an answer is out: the connection ends, which is all that can be said
        self._started = True
        await JSONResponse({"error": sentence}, status)(self._scope, self._receive, self._send)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None

"""Errors as sentences, and limits on the size of a request's body.

Visitors get a sentence; the log gets the cause.
"""

from __future__ import annotations

import json
import logging

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 2_500_000
"""Bytes: a picture from the pad takes under two millions."""
MAX_CALL = 500_000
"""Bytes of a program's call: the largest drawing with all its decimals. Pictures are uploaded."""
MAX_UPLOAD = 10_000_000
"""Bytes of a file that a program uploads."""
MAX_DRAWING_FILE = 25_000_000
"""Bytes of a file of drawings that the owner adds: seven times that of 24,000 drawings."""
MAX_REFUSED = 50_000_000
"""Bytes of a refused body that are read and dropped, so that the sender gets the response."""

UPLOAD = "/gradio_api/upload"
"""Where a program sends a file."""
DRAWINGS = "/drawings/"
"""Where the page sends a file of drawings, under its name; every other body is JSON."""

NOT_FOUND = "There is nothing at this address."
TOO_LARGE = "The request is too large: send a smaller picture or a shorter drawing."
FILE_TOO_LARGE = f"A file of drawings may have {MAX_DRAWING_FILE // 1_000_000} MB."
REQUEST_FAILED = (
    "This request could not be answered. If a program sent it, compare it with the examples in "
    "docs/API.md; otherwise reload the page and try again."
)
MALFORMED = (
    "This call lacks values or has the wrong ones. Compare it with the examples in docs/API.md, or "
    'with "Use via API" below the page.'
)

_WORDLESS = frozenset({422, 500})
"""Statuses that Gradio answers with a list of technical errors, or with `{"error": null}`."""
_CALLS = tuple(f"/gradio_api/{name}" for name in ("queue/", "call/", "run/", "api/"))
"""Where Gradio takes calls. Errors inside our own functions are caught there, with a sentence."""
_UNPROCESSABLE = 422
"""Status of a call that was understood and cannot be carried out: Gradio itself sends 500."""

TOO_MANY_REQUESTS = "Too many requests from you. Try again in {} seconds."

log = logging.getLogger(__name__)


def refusal(
    sentence: str, status: int, headers: dict[str, str] | None = None, *, for_script: bool = False
) -> Response:
    """The response to a call that is refused.

    Args:
        sentence: for the visitor.
        status: HTTP's.
        headers: beside those of every response.
        for_script: for a script of the page's: Gradio's takes any error status for a lost server,
            and would drop the sentence.
    """
    if for_script:
        return JSONResponse({"problem": sentence, "text": "", "digits": []})
    return JSONResponse({"error": sentence}, status, headers)


def too_many(wait: float, *, for_script: bool = False) -> Response:
    """The response to a visitor over a limit, with the seconds until they are within it."""
    seconds = str(round(wait))
    sentence = TOO_MANY_REQUESTS.format(seconds)
    return refusal(sentence, 429, {"Retry-After": seconds}, for_script=for_script)


def max_body(path: str) -> int:
    """Bytes that the body of a request to that path may have."""
    if path == UPLOAD:
        return MAX_UPLOAD
    if path.startswith(DRAWINGS):
        return MAX_DRAWING_FILE
    return MAX_CALL if path.startswith(_CALLS) else MAX_BODY


class BodyTooLargeError(Exception):
    """A request's body is, or grew, over its limit."""


class ErrorSentences:
    """ASGI middleware that gives every error a sentence.

    A body over the limit is answered with 413, an uncaught exception with 500, and Gradio's own
    500, or 422 with technical errors only, with 422. All as `{"error": "<a sentence>"}`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _LimitedBody(scope, receive)
        response = _Response(scope, receive, send, body)
        try:
            if body.has_two_lengths:
                await response.refuse(400, REQUEST_FAILED)
                return
            await self._app(scope, body, response)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception:
            if not body.is_too_large:
                log.exception("%s %s failed", scope["method"], scope["path"])
                await response.refuse(500, REQUEST_FAILED)
        if body.is_too_large:
            await body.drain()
            is_file = scope["path"].startswith(DRAWINGS)
            await response.refuse(413, FILE_TOO_LARGE if is_file else TOO_LARGE)


class _LimitedBody:
    """Counts an incoming body and stops it at the limit."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        # At most 18 digits: the server in front has refused anything but a number.
        headers = Headers(scope=scope)
        self._announced = int(headers.get("content-length", "0")[:18])
        self.has_two_lengths = "content-length" in headers and "transfer-encoding" in headers
        self._limit = max_body(scope["path"])
        self._size = 0
        self._complete = False

    @property
    def is_too_large(self) -> bool:
        return max(self._announced, self._size) > self._limit

    async def __call__(self) -> Message:
        message = await self._next()
        if self.is_too_large:
            raise BodyTooLargeError
        return message

    async def drain(self) -> None:
        while not self._complete and self._size < MAX_REFUSED:
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        content = message.get("body", b"")
        self._size += len(content)
        self._complete = not message.get("more_body", False)
        return message


class _Response:
    """Passes a response on, but delays an error until it is known to have a sentence.

    The response to a body that was cut off at the limit is dropped: FastAPI takes the rest for
    invalid JSON, and says so.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, request: _LimitedBody) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._request = request
        self._started = False
        self._failure: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if self._request.is_too_large and not self._started:
            return
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._failure = message
        elif self._failure is None:
            self._started = True
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._fail(self._failure)

    async def _fail(self, failure: Message) -> None:
        status = failure["status"]
        content = _parse(self._body)
        if status not in _WORDLESS:
            if isinstance(content, dict) and isinstance(content.get("error"), str):
                self._started = True
                await self._send(failure)
                await self._send({"type": "http.response.body", "body": self._body})
                return
            await self.refuse(status, NOT_FOUND if status in (404, 405) else REQUEST_FAILED)
            return
        if not isinstance(content, dict):
            # An uncaught exception: Gradio's routes raise them for bodies of another shape.
            is_call = self._scope["path"].startswith(_CALLS)
            await self.refuse(_UNPROCESSABLE if is_call else status, REQUEST_FAILED)
            return
        sentence = content.get("error")
        if not isinstance(sentence, str):
            await self.refuse(_UNPROCESSABLE, REQUEST_FAILED)  # Gradio could not use the body
            return
        await self.refuse(500 if sentence == REQUEST_FAILED else _UNPROCESSABLE, sentence)

    async def refuse(self, status: int, sentence: str) -> None:
        if self._started:
            return  # half a response is out: all that is left is to end the connection
        self._started = True
        await JSONResponse({"error": sentence}, status)(self._scope, self._receive, self._send)


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None

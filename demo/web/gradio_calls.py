"""Calls by programs, before Gradio gets them: what it would stumble over is refused in words.

Knows bytes and addresses of Gradio's own clients; what is called is `api`, who may is `access`.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.server_messages import UnexpectedErrorMessage
from gradio.utils import LRUCache
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.errors import MALFORMED, NOT_HERE, TooLargeError

_CALL = re.compile(r"POST /gradio_api/(?:(run|api|call|call/v2)/([^/]+)/?|queue/join)")
_ANSWER = re.compile(r"GET /gradio_api/(?:call/(?:v2/)?[^/]+/([^/]+)|queue/data)")
MAX_SESSION_HASH = 64
"""Characters of a session's name: Gradio's clients take eleven, and Gradio keeps it in memory."""
WAITING = 500
"""Sessions whose answers wait to be fetched; those of whoever never comes make room for others."""
NO_ANSWER = "There is no such call, or its answer was fetched already."
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

log = logging.getLogger(__name__)


def bound_memory(page: gr.Blocks) -> None:
    """Has Gradio's queue forget answers that nobody fetches."""
    queue = page._queue
    queue.pending_messages_per_session = LRUCache(WAITING)
    queue.pending_event_ids_session = LRUCache(WAITING)


def without_tracebacks(page: gr.Blocks) -> None:
    """Has what Gradio can do nothing with refused in words: its traceback shows what was sent."""
    process = page.process_api

    @wraps(process)
    async def quietly(*given: Any, **chosen: Any) -> Any:
        try:
            return await process(*given, **chosen)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            _tell(error)
            raise gr.Error(MALFORMED, print_exception=False) from None

    setattr(page, process.__name__, quietly)


class Programs:
    """ASGI middleware in front of Gradio's routes for calls.

    Args:
        app: what lies behind.
        page: has all that can be called.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = f"{scope.get('method')} {scope['path']}" if scope["type"] == "http" else ""
        if call := _CALL.fullmatch(asked):
            await self._called(call, scope, receive, send)
        elif (answer := _ANSWER.fullmatch(asked)) and not self._waits(answer[1], scope):
            await _no_answer(answer[1])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _called(
        self, call: re.Match[str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        body = await _whole(receive)
        if body is None:
            return  # whoever sent it is gone
        if refused := self._refusal(call[1], call[2], body):
            await refused(scope, receive, send)
            return
        messages = [{"type": "http.request", "body": body}]
        has_begun = False

        async def again() -> Message:
            return messages.pop() if messages else await receive()

        async def begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, again, begin)
        except TooLargeError:
            raise
        except Exception as error:
            _tell(error)
            if not has_begun:
                await JSONResponse({"error": MALFORMED}, 422)(scope, receive, send)

    def _refusal(self, kind: str | None, name: str | None, body: bytes) -> Response | None:
        """What is said to a call that Gradio cannot take; None where it can."""
        given = parsed(body)
        if not isinstance(given, dict):
            return JSONResponse({"error": MALFORMED}, 422)
        session, number = given.get("session_hash"), given.get("fn_index")
        events = self._page.fns
        has_session = isinstance(session, str | None) and len(session or "") <= MAX_SESSION_HASH
        if not (has_session and isinstance(number, int | None)) and kind != "call/v2":
            return JSONResponse({"error": MALFORMED}, 422)
        if kind == "call/v2":
            number = None  # there it is one of the call's own values
        if name not in {event.api_name for event in events.values()} and number not in events:
            return JSONResponse({"error": NOT_HERE}, 404)
        if number is not None and number not in events:
            return JSONResponse({"error": MALFORMED}, 422)
        return None

    def _waits(self, event: str | None, scope: Scope) -> bool:
        """Whether there is, or will be, an answer to fetch."""
        queue = self._page._queue
        if event is None:
            session = QueryParams(scope["query_string"]).get("session_hash")
            return session is None or session in queue.pending_messages_per_session
        if event in queue.event_ids_to_events or event in queue.pending_messages_per_session:
            return True
        return any(event in events for events in queue.pending_event_ids_session.values())


def parsed(body: bytes) -> Any:
    """What a body says, as JSON that can be written again; None where it cannot."""
    try:
        given = json.loads(body)
        if _SURROGATE.search(body):
            json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return given


async def _whole(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _no_answer(event: str | None) -> Response:
    if event is not None:
        return JSONResponse({"error": NO_ANSWER}, 404)
    # Gradio's clients know what this means, and ask anew.
    told = UnexpectedErrorMessage(message=NO_ANSWER, session_not_found=True)
    return Response(f"data: {told.model_dump_json()}\n\n", media_type="text/event-stream")


def _tell(error: Exception) -> None:
    """The kind of an error and its place: its words may hold what was sent."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    log.warning("a call could not be answered: %s in %s", type(error).__name__, where)

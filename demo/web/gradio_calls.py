"""Gradio's own routes for calls: requests that Gradio would fail on are refused with a sentence."""

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

from demo.web.errors import MALFORMED, NOT_FOUND, BodyTooLargeError

_CALL = re.compile(r"POST /gradio_api/(?:(run|api|call|call/v2)/([^/]+)/?|queue/join)")
_ANSWER = re.compile(r"GET /gradio_api/(?:call/(?:v2/)?[^/]+/([^/]+)|queue/data)")
MAX_SESSION_HASH = 64
"""Characters of a session's name: Gradio's clients use eleven, and Gradio keeps it in memory."""
MAX_SESSIONS = 500
"""Sessions with answers to fetch; the oldest are dropped first."""
NO_ANSWER = "There is no such call, or its answer has been fetched already."
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

log = logging.getLogger(__name__)


def bound_memory(page: gr.Blocks) -> None:
    """Makes Gradio's queue drop answers that nobody fetches."""
    queue = page._queue
    queue.pending_messages_per_session = LRUCache(MAX_SESSIONS)
    queue.pending_event_ids_session = LRUCache(MAX_SESSIONS)


def hide_tracebacks(page: gr.Blocks) -> None:
    """Replaces Gradio's tracebacks, which contain the visitor's input, by a sentence."""
    process = page.process_api

    @wraps(process)
    async def process_quietly(*args: Any, **kwargs: Any) -> Any:
        try:
            return await process(*args, **kwargs)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            _log_failure(error)
            raise gr.Error(MALFORMED, print_exception=False) from None

    setattr(page, process.__name__, process_quietly)


class GradioCalls:
    """ASGI middleware in front of Gradio's routes for calls.

    Args:
        app: the application behind it.
        page: its events can be called.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = f"{scope.get('method')} {scope['path']}" if scope["type"] == "http" else ""
        if call := _CALL.fullmatch(route):
            await self._call(call, scope, receive, send)
        elif (answer := _ANSWER.fullmatch(route)) and not self._is_pending(answer[1], scope):
            await _no_answer(answer[1])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _call(self, call: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return  # the client has disconnected
        if refusal := self._refusal(call[1], call[2], body):
            await refusal(scope, receive, send)
            return
        messages = [{"type": "http.request", "body": body}]
        has_started = False

        async def receive_again() -> Message:
            return messages.pop() if messages else await receive()

        async def send_and_note(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive_again, send_and_note)
        except BodyTooLargeError:
            raise
        except Exception as error:
            _log_failure(error)
            if not has_started:
                await JSONResponse({"error": MALFORMED}, 422)(scope, receive, send)

    def _refusal(self, kind: str | None, name: str | None, body: bytes) -> Response | None:
        """The response to a call that Gradio would fail on; None for any other."""
        payload = parse_json(body)
        if not isinstance(payload, dict):
            return JSONResponse({"error": MALFORMED}, 422)
        session, number = payload.get("session_hash"), payload.get("fn_index")
        events = self._page.fns
        has_session = isinstance(session, str | None) and len(session or "") <= MAX_SESSION_HASH
        if not (has_session and isinstance(number, int | None)) and kind != "call/v2":
            return JSONResponse({"error": MALFORMED}, 422)
        if kind == "call/v2":
            number = None  # there it is an argument of the call
        if name not in {event.api_name for event in events.values()} and number not in events:
            return JSONResponse({"error": NOT_FOUND}, 404)
        if number is not None and number not in events:
            return JSONResponse({"error": MALFORMED}, 422)
        return None

    def _is_pending(self, event: str | None, scope: Scope) -> bool:
        """Whether there is an answer to fetch, now or soon."""
        queue = self._page._queue
        if event is None:
            session = QueryParams(scope["query_string"]).get("session_hash")
            return session is None or session in queue.pending_messages_per_session
        if event in queue.event_ids_to_events or event in queue.pending_messages_per_session:
            return True
        return any(event in events for events in queue.pending_event_ids_session.values())


def parse_json(body: bytes) -> Any:
    """The value of a JSON body; None if it is malformed or cannot be encoded again."""
    try:
        value = json.loads(body)
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


async def _read_body(receive: Receive) -> bytes | None:
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
    # Gradio's clients understand this one, and call again.
    error = UnexpectedErrorMessage(message=NO_ANSWER, session_not_found=True)
    return Response(f"data: {error.model_dump_json()}\n\n", media_type="text/event-stream")


def _log_failure(error: Exception) -> None:
    """Logs an error's type and place, not its message, which may quote the visitor's input."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    log.warning("a call could not be answered: %s in %s", type(error).__name__, where)

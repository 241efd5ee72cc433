"""Gradio's own routes for calls: malformed ones are refused with a sentence, none is queued.

What a program fetches with a second request is answered at once, through Gradio's route for direct
calls, and kept until it is fetched.
"""

from __future__ import annotations

import gc
import inspect
import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import AsyncIterator
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.server_messages import UnexpectedErrorMessage
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.errors import MALFORMED, NOT_FOUND, BodyTooLargeError, too_many
from demo.web.kept_answers import KeptAnswer, KeptAnswers
from demo.web.limits import Limits
from demo.web.visitor import current_visitor
from demo.web.weights import charge, weight_of

_CALL = re.compile(r"POST /gradio_api/(?:(run|api|call|call/v2)/([^/]+)/?|(queue)/join)")
_ANSWER = re.compile(r"GET /gradio_api/call/(?:v2/)?[^/]+/([^/]+)")
_ANSWERS = "GET /gradio_api/queue/data"
MAX_SESSION_HASH = 64
"""Characters of a session's name: Gradio's clients use up to 36, and they are kept in memory."""
LINGER = 1.0
"""Seconds for which a stream of answers stays open for more."""
_LARGE = 100_000
"""Bytes of a call that is worth collecting garbage for."""
NO_ANSWER = "There is no such call, or its answer has been fetched already."
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

log = logging.getLogger(__name__)


def never_queue(page: gr.Blocks) -> None:
    """Leaves Gradio's queue off: nothing here uses it, and idle it takes some of a core."""
    page._queue.start = _never


def _never() -> None:
    pass


def hide_tracebacks(page: gr.Blocks) -> None:
    """Replaces Gradio's errors and tracebacks, which contain the visitor's input, by a sentence."""
    process = page.process_api

    @wraps(process)
    async def process_quietly(*args: Any, **kwargs: Any) -> Any:
        try:
            return await process(*args, **kwargs)
        except gr.Error as error:
            if error.print_exception:  # Gradio's own; ours are for visitors
                raise gr.Error(MALFORMED, print_exception=False) from None
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
        limits: of each visitor.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks, limits: Limits) -> None:
        self._app, self._page, self._limits = app, page, limits
        self._kept = KeptAnswers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = f"{scope.get('method')} {scope['path']}" if scope["type"] == "http" else ""
        if call := _CALL.fullmatch(route):
            await self._call(call[1] or call[3], call[2], scope, receive, send)
        elif answer := _ANSWER.fullmatch(route):
            await self._answer(answer[1])(scope, receive, send)
        elif route == _ANSWERS:
            session = QueryParams(scope["query_string"]).get("session_hash", "")
            stream = StreamingResponse(self._answers(session), media_type="text/event-stream")
            await stream(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _call(
        self, kind: str, name: str | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        body = await _read_body(receive)
        if body is None:
            return  # the client has disconnected
        payload = parse_json(body)
        if len(body) > _LARGE:
            # In reference cycles of earlier calls' errors: Python itself is in no hurry.
            gc.collect()
        event = self._event(kind, name, payload)
        if isinstance(event, Response):
            await event(scope, receive, send)
            return
        call = str(event.api_name)
        if wait := await charge(self._limits, weight_of(call)):
            await too_many(wait)(scope, receive, send)
        elif kind in ("run", "api"):
            await self._run(scope, body, receive, send)
        else:
            response = await self._call_for_later(kind, event, payload, scope, receive)
            await response(scope, receive, send)

    def _event(self, kind: str, name: str | None, payload: Any) -> Any:
        """The event that is called, or the response to a call that Gradio would fail on."""
        if not isinstance(payload, dict):
            return JSONResponse({"error": MALFORMED}, 422)
        session, number = payload.get("session_hash"), payload.get("fn_index")
        events = self._page.fns
        if kind == "call/v2":
            number = None  # there it is an argument of the call
        else:
            has_session = isinstance(session, str | None) and len(session or "") <= MAX_SESSION_HASH
            if not (has_session and isinstance(number, int | None)):
                return JSONResponse({"error": MALFORMED}, 422)
        named = next((event for event in events.values() if event.api_name == name), None)
        event = named if number is None else events.get(number)
        if event is None:
            wrong = (MALFORMED, 422) if named is not None else (NOT_FOUND, 404)
            return JSONResponse({"error": wrong[0]}, wrong[1])
        if kind not in ("run", "api") and event.api_visibility != "public":
            return JSONResponse({"error": NOT_FOUND}, 404)  # the page's own, which are not queued
        return event

    async def _run(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Has Gradio answer a direct call."""
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

    async def _call_for_later(
        self, kind: str, event: Any, payload: dict[str, Any], scope: Scope, receive: Receive
    ) -> Response:
        """Keeps a call's answer until it is fetched; responds with the name to fetch it by."""
        number = secrets.token_hex(16)
        if kind == "call/v2":
            names = list(inspect.signature(event.fn).parameters)
            if set(names) != set(payload):
                return JSONResponse({"error": MALFORMED}, 422)
            data: Any = [payload[name] for name in names]
        else:
            data = payload.get("data")
        path = f"/gradio_api/run/{event.api_name}"
        body = json.dumps({"data": data}).encode()
        headers = [(k, v) for k, v in scope["headers"] if k not in (b"content-length", b"accept")]
        headers.append((b"content-length", str(len(body)).encode()))
        status, parts = 500, []

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        direct = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self._run(direct, body, receive, send)
        session, address = payload.get("session_hash"), current_visitor().address
        if kind == "call/v2" or not session:
            session = number
        self._kept.keep(KeptAnswer(number, session, address, status, b"".join(parts)))
        return JSONResponse({"event_id": number})

    def _answer(self, event: str) -> Response:
        answer = self._kept.fetch(event)
        if answer is None:
            return JSONResponse({"error": NO_ANSWER}, 404)
        name, data = "error", _output(answer)
        if answer.status == 200:
            name, data = "complete", data["data"]
        text = f"event: {name}\ndata: {json.dumps(data)}\n\n"
        return Response(text, media_type="text/event-stream")

    async def _answers(self, session: str) -> AsyncIterator[str]:
        """A session's answers as Gradio's messages, until no more have come for a while."""
        sent, deadline = False, time.monotonic() + LINGER
        while (left := deadline - time.monotonic()) > 0:
            for answer in self._kept.fetch_all(session):
                sent, deadline = True, time.monotonic() + LINGER
                yield _message(
                    msg="process_completed",
                    event_id=answer.event,
                    output=_output(answer),
                    success=answer.status == 200,
                )
            if not sent:
                # Gradio's clients understand this one, and call again.
                error = UnexpectedErrorMessage(message=NO_ANSWER, session_not_found=True)
                yield _message(**error.model_dump())
                return
            await self._kept.wait(left)
        yield _message(msg="close_stream", event_id=None)


def _output(answer: KeptAnswer) -> Any:
    output = parse_json(answer.body)
    return output if isinstance(output, dict) else {"error": MALFORMED}


def _message(**content: Any) -> str:
    return f"data: {json.dumps(content)}\n\n"


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


def _log_failure(error: Exception) -> None:
    """Logs an error's type and place, not its message, which may quote the visitor's input."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    log.warning("a call could not be answered: %s in %s", type(error).__name__, where)

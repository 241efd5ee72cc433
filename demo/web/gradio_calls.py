"""Gradio's own routes for calls: malformed ones are refused with a sentence, none is queued.

What a program fetches with a second request is answered at once, through Gradio's route for direct
calls, and kept until it is fetched.
"""

from __future__ import annotations

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
from typing import Any, NamedTuple

import gradio as gr
from gradio.server_messages import UnexpectedErrorMessage
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.errors import MALFORMED, NOT_FOUND, BodyTooLargeError, too_many
from demo.web.kept_answers import KeptAnswer, KeptAnswers
from demo.web.limits import Limits
from demo.web.turns import Turns
from demo.web.visitor import current_visitor
from demo.web.weights import WEIGHTS, body_refusal, charge, weight_of

_CALL = re.compile(r"POST /gradio_api/(?:(run|api|call|call/v2)/([^/]+)/?|(queue)/join)")
_ANSWER = re.compile(r"GET /gradio_api/call/(?:v2/)?[^/]+/([^/]+)")
_ANSWERS = "GET /gradio_api/queue/data"
MAX_SESSION_HASH = 64
"""Characters of a session's name: Gradio's clients use up to 36, and they are kept in memory."""
LINGER = 1.0
"""Seconds for which a stream of answers stays open for more."""
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


class _Taken(NamedTuple):
    """A call that is answered."""

    kind: str
    event: Any
    data: Any
    session: str | None
    body: bytes


class GradioCalls:
    """ASGI middleware in front of Gradio's routes for calls.

    Args:
        app: the application behind it.
        page: its events can be called.
        limits: of each visitor.
        turns: of all visitors.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks, limits: Limits, turns: Turns) -> None:
        self._app, self._page, self._limits, self._turns = app, page, limits, turns
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
        body = await read_body(receive)
        if body is None:
            return  # the client has disconnected
        async with self._turns.turn():
            taken = await self._take(kind, name, body)
            if isinstance(taken, _Taken) and taken.event.api_name not in WEIGHTS:
                await self._respond(taken, scope, receive, send)
                return
        if isinstance(taken, _Taken):  # a picture, which waits among pictures
            await self._respond(taken, scope, receive, send)
        else:
            await taken(scope, receive, send)

    async def _take(self, kind: str, name: str | None, body: bytes) -> _Taken | Response:
        """A call that can be answered, or the response to any other."""
        if refusal := await body_refusal(self._limits, body):
            return refusal
        payload = parse_json(body)
        event = self._event(kind, name, payload)
        if isinstance(event, Response):
            return event
        if wait := await charge(self._limits, weight_of(str(event.api_name))):
            return too_many(wait)
        data = payload.get("data")
        if kind == "call/v2":
            names = list(inspect.signature(event.fn).parameters)
            if set(names) != set(payload):
                return JSONResponse({"error": MALFORMED}, 422)
            data = [payload[name] for name in names]
        return _Taken(kind, event, data, payload.get("session_hash"), body)

    async def _respond(self, taken: _Taken, scope: Scope, receive: Receive, send: Send) -> None:
        is_direct = taken.kind in ("run", "api")
        if _is_plain(taken.event):
            response: Response = await _answer_plainly(taken.event, taken.data)
            if not is_direct:
                response = self._keep(taken, response.status_code, bytes(response.body))
        elif is_direct:
            await self._run(scope, taken.body, receive, send)
            return
        else:
            response = await self._run_for_later(taken, scope, receive)
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

    async def _run_for_later(self, taken: _Taken, scope: Scope, receive: Receive) -> Response:
        """Keeps what Gradio answers until it is fetched."""
        path = f"/gradio_api/run/{taken.event.api_name}"
        body = json.dumps({"data": taken.data}).encode()
        headers = [(k, v) for k, v in scope["headers"] if k not in (b"content-length", b"accept")]
        headers.append((b"content-length", str(len(body)).encode()))
        status, parts = 500, []

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        direct = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self._run(direct, body, receive, send)
        return self._keep(taken, status, b"".join(parts))

    def _keep(self, taken: _Taken, status: int, body: bytes) -> Response:
        """Keeps an answer until it is fetched; responds with the name to fetch it by."""
        number, address = secrets.token_hex(16), current_visitor().address
        session = None if taken.kind == "call/v2" else taken.session
        self._kept.keep(KeptAnswer(number, session or number, address, status, body))
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


def _is_plain(event: Any) -> bool:
    """Whether its arguments and its answer are JSON as it is."""
    return all(getattr(block, "is_plain", False) for block in event.inputs)


async def _answer_plainly(event: Any, data: Any) -> Response:
    """Answers without Gradio, which walks through a drawing several times, in up to 0.1 s."""
    began, wanted = time.monotonic(), len(event.inputs)
    if not isinstance(data, list) or len(data) < wanted:
        return JSONResponse({"error": MALFORMED}, 422)
    try:
        answer = await event.fn(*data[:wanted])
    except gr.Error as error:
        return JSONResponse({"error": error.message}, 422)
    seconds = time.monotonic() - began
    times = {"duration": seconds, "average_duration": seconds}
    return JSONResponse({"data": [answer], "is_generating": False, **times})


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


async def read_body(receive: Receive) -> bytes | None:
    """A request's whole body; None if the client has disconnected."""
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

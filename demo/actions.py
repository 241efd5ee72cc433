"""What the tabs' scripts call on the server about runs: each call takes JSON and answers JSON.

They never raise: an error is answered as `{"problem": "<a sentence>"}`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import anyio

from demo.models.listing import Listing
from demo.models.scorecards import Scorecards
from demo.runs import Runs
from demo.summary import Json
from demo.web.access import Access
from demo.web.errors import REQUEST_FAILED
from demo.web.visitor import current_visitor
from model.service.database.connection import StoreError
from model.service.services import Services
from model.service.versions import FORMATS

MAX_READS = 10
MAX_CHANGES = 4
"""Calls at the same time."""
_PROJECT = Path(__file__).parents[1]
_OWN_FOLDERS = (_PROJECT / "demo", _PROJECT / "model")

log = logging.getLogger(__name__)

Call = Callable[[Any], Json]
AsyncCall = Callable[[Any], Awaitable[Json]]


def sentence_for(error: Exception, action: str) -> str:
    """What a visitor reads about an error.

    Args:
        error: one of ours, whose message is shown, or a library's, which goes to the log.
        action: what failed, for the log.
    """
    if isinstance(error, StoreError) or (isinstance(error, ValueError) and _is_ours(error)):
        return str(error)
    log.error("%s failed", action, exc_info=error)
    return REQUEST_FAILED


def _is_ours(error: Exception) -> bool:
    """Whether a `raise` of this project's raised it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    is_raised = (frame.line or "").startswith("raise")
    return is_raised and any(map(Path(frame.filename).is_relative_to, _OWN_FOLDERS))


def reports_problems(call: Callable[[Any], Json | None]) -> Call:
    """Makes a call answer `{"problem": <a sentence>}` where it raises."""

    @wraps(call)
    def answer(payload: Any) -> Json:
        try:
            return call(payload) or {}
        except Exception as error:
            return {"problem": sentence_for(error, call.__name__)}

    return answer


def _on_threads(calls: Sequence[Call], max_threads: int) -> list[AsyncCall]:
    """The calls as coroutines that share a few threads.

    While the database does not answer each call blocks one for seconds, and opening a page needs
    some too.
    """
    threads = anyio.CapacityLimiter(max_threads)

    def on_thread(call: Call) -> AsyncCall:
        @wraps(call)
        async def answer(payload: Any) -> Json:
            return await anyio.to_thread.run_sync(call, payload, limiter=threads)

        return answer

    return [on_thread(call) for call in calls]


def watch_calls(services: Services, access: Access) -> list[AsyncCall]:
    """`watch` and `result`, which change nothing."""
    runs = Runs(services, access)

    @reports_problems
    def watch(payload: Any) -> Json:
        return runs.watch(payload if isinstance(payload, dict) else {})

    @reports_problems
    def result(payload: Any) -> Json:
        return runs.result(_run_name(payload))

    return _on_threads([watch, result], MAX_READS)


def list_calls(services: Services, access: Access) -> list[AsyncCall]:
    """`runs`, `result`, `compare` and `scorecard`, which change nothing."""
    shown, scorecards = Runs(services, access), Scorecards(services)
    listing = Listing(services, access)

    @reports_problems
    def runs(payload: Any) -> Json:
        return listing.show(payload)

    @reports_problems
    def result(payload: Any) -> Json:
        return shown.result(_run_name(payload))

    @reports_problems
    def compare(payload: Any) -> Json:
        names = payload if isinstance(payload, list) else []
        return shown.compare([_run_name(name) for name in names])

    @reports_problems
    def scorecard(payload: Any) -> Json:
        asked = payload if isinstance(payload, dict) else {}
        return scorecards.show(_run_name(asked.get("name")), str(asked.get("state"))[:100])

    return _on_threads([runs, result, compare, scorecard], MAX_READS)


def change_calls(services: Services, access: Access) -> list[AsyncCall]:
    """`stop`, `pause`, `resume`, `put_in_use`, `roll_back`, `delete`, `export` and `measure`."""

    @reports_problems
    def stop(payload: Any) -> None:
        services.jobs.stop(_run_name(payload))

    @reports_problems
    def pause(payload: Any) -> None:
        services.jobs.pause(_run_name(payload))

    @reports_problems
    def resume(payload: Any) -> None:
        services.jobs.resume(_run_name(payload), current_visitor().trains_as)

    @reports_problems
    def put_in_use(payload: Any) -> None:
        services.serving.put_in_use(None if payload is None else _run_name(payload))

    @reports_problems
    def roll_back(_: Any) -> None:
        services.serving.roll_back()

    @reports_problems
    def delete(payload: Any) -> None:
        services.jobs.delete(_run_name(payload))

    @reports_problems
    def export(payload: Any) -> Json:
        name, _, kind = _run_name(payload).rpartition(".")
        if kind not in FORMATS:
            raise ValueError(f"A network is exported as {', '.join(FORMATS)}.")
        services.jobs.export(name, kind)
        return {"file": f"versions/{name}/{name}.{kind}"}

    @reports_problems
    def measure(payload: Any) -> None:
        Scorecards(services).measure(_run_name(payload))

    calls = [resume, stop, pause, put_in_use, roll_back, delete, export, measure]
    resume_call, *others = _on_threads(calls, MAX_CHANGES)
    return [_limited(resume_call, access), *others]


def _limited(resume: AsyncCall, access: Access) -> AsyncCall:
    """Resuming a run counts as starting one."""

    @wraps(resume)
    async def answer(payload: Any) -> Json:
        try:
            await access.check_run(epochs=0)  # its epochs were checked when it was started
        except ValueError as error:
            return {"problem": str(error)}
        answer = await resume(payload)
        if "problem" not in answer:
            await access.count_run()
        return answer

    return answer


def _run_name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise ValueError("Not a run name.")
    return value

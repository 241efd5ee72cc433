"""What a visitor may ask of runs by a button: each call takes JSON, answers JSON, never raises.

Knows how junk is refused and how an error is worded; what is done is the services' business.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import anyio

from demo.access import BROKEN
from demo.runs import Json, Runs
from demo.scorecards import Scorecards
from model.service.database import StoreError
from model.service.services import Services

CHANGES_AT_ONCE = 4
FORMATS = ("keras", "tflite", "onnx")

log = logging.getLogger(__name__)

Call = Callable[[Any], Json]


def answering(call: Callable[[Any], Json | None]) -> Call:
    """Turns what goes wrong into `{"problem": <a sentence>}`; the log has the cause."""

    @wraps(call)
    def answer(given: Any) -> Json:
        try:
            return call(given) or {}
        except (StoreError, ValueError) as error:
            return {"problem": str(error)}
        except Exception:
            log.exception("%s failed", call.__name__)
            return {"problem": BROKEN}

    return answer


def watching(services: Services) -> list[Call]:
    """`watch`, `result`: nothing is changed by them."""
    runs = Runs(services)

    @answering
    def watch(given: Any) -> Json:
        given = given if isinstance(given, dict) else {}
        return runs.watch(
            str(given.get("known"))[:100],
            _count(given.get("last")),
            _count(given.get("epoch")),
        )

    @answering
    def result(given: Any) -> Json:
        return runs.result(_text(given))

    return [watch, result]


def listing(services: Services) -> list[Call]:
    """`runs`, `compare`, `scorecard`: nothing is changed by them."""
    shown, scorecards = Runs(services), Scorecards(services)

    @answering
    def runs(given: Any) -> Json:
        listing = shown.listing()
        state = hashlib.sha256(json.dumps(listing).encode()).hexdigest()[:16]
        return {"state": state} if given == state else listing | {"state": state}

    @answering
    def compare(given: Any) -> Json:
        return shown.compare([_text(name) for name in given] if isinstance(given, list) else [])

    @answering
    def scorecard(given: Any) -> Json:
        given = given if isinstance(given, dict) else {}
        return scorecards.show(_text(given.get("name")), str(given.get("state"))[:100])

    return [runs, compare, scorecard]


def changing(services: Services) -> list[Callable[[Any], Awaitable[Json]]]:
    """`stop`, `resume`, `put_in_use`, `roll_back`, `delete`, `export`, `measure`.

    A few at a time: while the database is locked each holds a thread, and pages need some to watch.
    """
    few = anyio.CapacityLimiter(CHANGES_AT_ONCE)

    def in_turn(call: Call) -> Callable[[Any], Awaitable[Json]]:
        @wraps(call)
        async def wait(given: Any) -> Json:
            return await anyio.to_thread.run_sync(call, given, limiter=few)

        return wait

    @answering
    def stop(given: Any) -> None:
        services.jobs.stop(_text(given))

    @answering
    def resume(given: Any) -> None:
        services.jobs.resume(_text(given))

    @answering
    def put_in_use(given: Any) -> None:
        services.serving.put_in_use(None if given is None else _text(given))

    @answering
    def roll_back(_: Any) -> None:
        services.serving.roll_back()

    @answering
    def delete(given: Any) -> None:
        services.jobs.delete(_text(given))

    @answering
    def export(given: Any) -> Json:
        name, _, kind = _text(given).rpartition(".")
        if kind not in FORMATS:
            raise ValueError(f"A network is exported as {', '.join(FORMATS)}.")
        services.jobs.export(name, kind)
        return {"file": f"versions/{name}/{name}.{kind}"}

    @answering
    def measure(given: Any) -> None:
        Scorecards(services).measure(_text(given))

    calls = (stop, resume, put_in_use, roll_back, delete, export, measure)
    return [in_turn(call) for call in calls]


def _count(given: Any) -> int:
    return given if isinstance(given, int) and 0 <= given < 2**53 else 0


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > 100:
        raise ValueError("That is no name of a run.")
    return given

"""What a visitor may ask of runs by a button: each call takes JSON, answers JSON, never raises.

Knows how junk is refused and how an error is worded; what is done is the services' business.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any

import anyio

from demo.models.scorecards import Scorecards
from demo.runs import Json, Runs, unless_known
from demo.web.access import Access, visitor
from demo.web.errors import BROKEN
from model.service.database.connection import StoreError
from model.service.services import Services
from model.service.versions import FORMATS

LOOKS_AT_ONCE = 10
CHANGES_AT_ONCE = 4

log = logging.getLogger(__name__)

Call = Callable[[Any], Json]
Waiting = Callable[[Any], Awaitable[Json]]


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


def _in_turn(calls: Sequence[Call], at_once: int) -> list[Waiting]:
    """The calls, a few at a time, each on a thread.

    While the database does not answer each call holds one for seconds, and pages need some to open.
    """
    few = anyio.CapacityLimiter(at_once)

    def waiting(call: Call) -> Waiting:
        @wraps(call)
        async def wait(given: Any) -> Json:
            return await anyio.to_thread.run_sync(call, given, limiter=few)

        return wait

    return [waiting(call) for call in calls]


def watching(services: Services, access: Access) -> list[Waiting]:
    """`watch`, `result`: nothing is changed by them."""
    runs = Runs(services, access)

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

    return _in_turn([watch, result], LOOKS_AT_ONCE)


def listing(services: Services, access: Access) -> list[Waiting]:
    """`runs`, `compare`, `scorecard`: nothing is changed by them."""
    shown, scorecards = Runs(services, access), Scorecards(services)

    @answering
    def runs(given: Any) -> Json:
        return unless_known(shown.listing(), given)

    @answering
    def compare(given: Any) -> Json:
        return shown.compare([_text(name) for name in given] if isinstance(given, list) else [])

    @answering
    def scorecard(given: Any) -> Json:
        given = given if isinstance(given, dict) else {}
        return scorecards.show(_text(given.get("name")), str(given.get("state"))[:100])

    return _in_turn([runs, compare, scorecard], LOOKS_AT_ONCE)


def changing(services: Services, access: Access) -> list[Waiting]:
    """`stop`, `resume`, `put_in_use`, `roll_back`, `delete`, `export`, `measure`."""

    @answering
    def stop(given: Any) -> None:
        services.jobs.stop(_text(given))

    @answering
    def resume(given: Any) -> None:
        services.jobs.resume(_text(given), visitor().trains_as)

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

    calls = [stop, resume, put_in_use, roll_back, delete, export, measure]
    stop_it, resume_it, *others = _in_turn(calls, CHANGES_AT_ONCE)
    return [stop_it, _counted(resume_it, access), *others]


def _counted(resume: Waiting, access: Access) -> Waiting:
    """Going on with a run costs as much as starting one."""

    @wraps(resume)
    async def count(given: Any) -> Json:
        try:
            await access.hold_run(epochs=0)  # its length was held when it was started
        except ValueError as error:
            return {"problem": str(error)}
        answer = await resume(given)
        if "problem" not in answer:
            await access.count_run()
        return answer

    return count


def _count(given: Any) -> int:
    return given if isinstance(given, int) and 0 <= given < 2**53 else 0


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > 100:
        raise ValueError("That is no name of a run.")
    return given

"""Calls that wait for the database hold a few threads, and no more: the others are the page's."""

from __future__ import annotations

import threading
from typing import Any

import anyio

from demo.actions import MAX_READS, _on_threads
from tests.support.loops import run


def test_calls_that_hang_leave_threads_for_everything_else() -> None:
    answers, hanging = threading.Event(), threading.Semaphore(0)

    def hang(given: Any) -> dict[str, Any]:
        hanging.release()
        answers.wait(30)
        return {"given": given}

    async def many() -> list[Any]:
        (call,) = _on_threads([hang], MAX_READS)
        got: list[Any] = []

        async def ask(number: int) -> None:
            got.append(await call(number))

        async with anyio.create_task_group() as group:
            for number in range(100):  # more than there are threads
                group.start_soon(ask, number)
            for _ in range(MAX_READS):
                while not hanging.acquire(blocking=False):
                    await anyio.sleep(0.01)
            with anyio.fail_after(5):
                assert await anyio.to_thread.run_sync(lambda: "a page") == "a page"
            assert not hanging.acquire(blocking=False)
            answers.set()
        return got

    assert sorted(answer["given"] for answer in run(many())) == list(range(100))

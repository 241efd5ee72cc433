"""How much one visitor may ask for, and what happens when clocks and stores fail."""

from __future__ import annotations

import asyncio
import time

import pytest

from demo.web.limits import REQUESTS, RUNS, Limits
from tests.support.loops import run
from tests.support.tables import case


def waits(limits: Limits, times: int, who: str = "somebody") -> list[bool]:
    async def ask() -> list[bool]:
        return [await limits.wait(REQUESTS, who) > 0 for _ in range(times)]

    return run(ask())


def test_each_visitor_has_an_amount_of_their_own() -> None:
    limits = Limits({REQUESTS: "2/minute"})
    assert waits(limits, 3) == [False, False, True]
    assert waits(limits, 1, "somebody else") == [False]


def test_one_hears_how_long_to_wait_and_then_may() -> None:
    limits = Limits({REQUESTS: "2/second"})

    async def ask() -> float:
        for _ in range(2):
            assert await limits.wait(REQUESTS, "x") == 0
        wait = await limits.wait(REQUESTS, "x")
        assert 0 < wait <= 1
        await asyncio.sleep(2 * wait)
        return await limits.wait(REQUESTS, "x")

    assert run(ask()) == 0


def test_a_clock_that_is_set_back_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits({REQUESTS: "2/minute"})
    assert waits(limits, 3) == [False, False, True]
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() - 86_400)
    assert waits(limits, 3) == [False, False, True]


def test_a_store_of_counts_that_does_not_answer_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip("redis")
    limits = Limits({REQUESTS: "1/minute"}, "redis://127.0.0.1:1")
    assert waits(limits, 3) == [False, False, False]
    assert caplog.text.count("rate limits are off") == 1


def test_an_amount_that_is_none() -> None:
    cases: list[str] = ["", "many", "-1/minute", "1/fortnight", "1 per"]
    for amount in cases:
        with case(amount), pytest.raises(ValueError, match="is not a valid limit for runs"):
            Limits({RUNS: amount})


def test_a_store_that_is_none() -> None:
    cases: list[str] = ["", "nowhere", "bogus://x", "http://x"]
    for url in cases:
        with case(url), pytest.raises(ValueError, match="rate limits cannot be counted in"):
            Limits({RUNS: "1/hour"}, url)


def test_a_stores_password_is_not_told() -> None:
    with pytest.raises(ValueError, match="rate limits cannot be counted in bogus://host") as error:
        Limits({RUNS: "1/hour"}, "bogus://me:secret@host")
    assert "secret" not in str(error.value)

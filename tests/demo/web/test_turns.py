"""Turns: one visitor's requests wait in line, the others' go between them."""

from __future__ import annotations

import anyio
import pytest
from starlette.types import Message

from demo.web.turns import MAX_OPEN_REQUESTS, OpenRequests, Refusals, TooManyWaitingError, Turns
from demo.web.visitor import Visitor, as_visitor
from tests.support.loops import run

FIRST, OTHER = Visitor(address="192.0.2.1"), Visitor(address="192.0.2.2")


def test_others_go_between_two_of_one_visitor() -> None:
    async def order() -> list[str]:
        turns, had = Turns(), []

        async def ask(visitor: Visitor) -> None:
            with as_visitor(visitor):
                async with turns.turn():
                    had.append(visitor.address)

        async with anyio.create_task_group() as group:
            for visitor in [FIRST] * 5 + [OTHER]:
                group.start_soon(ask, visitor)
        assert not turns._lines, "kept for nobody"
        return had

    assert run(order()).index(OTHER.address) <= 1


def test_only_so_many_wait_and_nobody_at_home_is_refused() -> None:
    async def ask(visitor: Visitor) -> int:
        turns, refused = Turns(max_waiting=2), 0

        async def take() -> None:
            nonlocal refused
            try:
                with as_visitor(visitor):
                    async with turns.turn():
                        await anyio.sleep(0.01)
            except TooManyWaitingError:
                refused += 1

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(take)
        return refused

    assert run(ask(FIRST)) == 8 - 3
    assert run(ask(Visitor(address="127.0.0.1", is_at_home=True))) == 0
    assert run(ask(Visitor(address="192.0.2.3", is_owner=True))) == 0


def test_a_refused_body_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.web.turns.REFUSAL_SECONDS", 0)
    messages: list[Message] = [{"more_body": True}, {"more_body": True}, {}]

    async def receive() -> Message:
        return messages.pop(0)

    async def delay(has_large_body: bool) -> int:
        with as_visitor(FIRST):
            await Refusals().delay(has_large_body, receive)
        return len(messages)

    assert run(delay(False)) == 3
    assert run(delay(True)) == 0


def test_open_requests_are_counted_by_their_size() -> None:
    open_requests = OpenRequests()
    with open_requests.one_of("a", MAX_OPEN_REQUESTS - 1):
        assert not open_requests.are_too_many("a")
        with open_requests.one_of("a", 1):
            assert open_requests.are_too_many("a")
            assert not open_requests.are_too_many("b")
    assert not open_requests

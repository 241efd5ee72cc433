"""Weights: a JSON body costs by its points and bytes, before it is parsed."""

from __future__ import annotations

import json

from demo.web.errors import TOO_LARGE
from demo.web.limits import REQUESTS, Limits
from demo.web.visitor import Visitor, as_visitor
from demo.web.weights import MAX_PARTS, body_refusal
from model.reading.strokes import MAX_POINTS, MAX_STROKES
from tests.support.loops import run
from tests.support.tables import case

LARGEST = [[[1.5, 2.5]] * (MAX_POINTS // MAX_STROKES)] * MAX_STROKES


def statuses(body: bytes, times: int, visitor: Visitor) -> list[int]:
    limits = Limits({REQUESTS: "20/hour"})

    async def ask() -> list[int]:
        with as_visitor(visitor):
            refused = [await body_refusal(limits, body) for _ in range(times)]
        return [200 if each is None else each.status_code for each in refused]

    return run(ask())


def test_a_body_costs_by_its_points_and_bytes() -> None:
    for body, taken in (
        (json.dumps({"data": [[[1, 2]] * 900]}).encode(), 50),
        (json.dumps({"data": LARGEST}).encode(), 2),
        (b'"' + b"x" * 1_000_000 + b'"', 4),
    ):
        with case(len(body)):
            visitor = Visitor(address="192.0.2.1")
            assert statuses(body, taken + 1, visitor)[:taken] == [200] * taken
            if taken < 50:
                assert statuses(body, taken + 1, visitor)[-1] == 429
            for unlimited in (Visitor(is_owner=True), Visitor(is_at_home=True)):
                assert statuses(body, taken + 1, unlimited) == [200] * (taken + 1)


def test_too_long_a_drawing_is_refused_before_it_is_parsed() -> None:
    limits = Limits({REQUESTS: "1000/hour"})

    async def ask(body: bytes) -> bytes | None:
        with as_visitor(Visitor()):
            refused = await body_refusal(limits, body)
        return None if refused is None else bytes(refused.body)

    assert run(ask(b"[]," * (MAX_PARTS // 2))) is None
    told = run(ask(b"[]," * (MAX_PARTS // 2 + 1)))
    assert told is not None
    assert json.loads(told) == {"error": TOO_LARGE}

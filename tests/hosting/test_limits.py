"""Counts in Redis: copies of the app count together, and go on without it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.hosting import servers
from tests.support.digits import DIGITS
from tests.support.serving import serving


def statuses(url: str, times: int) -> list[int]:
    body = {"data": [DIGITS[3]]}
    address = f"{url}gradio_api/run/read_strokes"
    headers = {"X-Forwarded-For": "192.0.2.7"}  # at home nobody is limited
    answers = [httpx.post(address, json=body, headers=headers, timeout=30) for _ in range(times)]
    return [answer.status_code for answer in answers]


def test_two_copies_count_one_visitor_together(tmp_path: Path, redis_url: str) -> None:
    arguments = ("--limit-requests", "6/hour", "--limits-in", redis_url)
    with (
        serving(tmp_path / "one", None, *arguments) as one,
        serving(tmp_path / "other", None, *arguments) as other,
    ):
        assert statuses(one.url, 4) == [200] * 4
        assert statuses(other.url, 4) == [200, 200, 429, 429]
        assert statuses(one.url, 1) == [429]


@pytest.mark.parametrize("loses", [False, True])
def test_without_redis_visitors_go_on(tmp_path: Path, loses: bool) -> None:
    with servers.redis() as url:
        arguments = ("--limit-requests", "2/hour", "--limits-in", url)
        if loses:
            with serving(tmp_path, None, *arguments) as app:
                assert statuses(app.url, 3) == [200, 200, 429]
    if not loses:
        with serving(tmp_path, None, *arguments) as app:
            assert statuses(app.url, 3) == [200] * 3

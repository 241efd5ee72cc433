"""The servers of these tests start, answer, and leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
import redis

from tests.hosting import servers


def test_redis_counts_and_leaves_nothing_behind() -> None:
    with servers.redis() as url:
        client = redis.Redis.from_url(url)
        assert [client.incr("visits") for _ in range(2)] == [1, 2]
    with pytest.raises(redis.ConnectionError):
        client.incr("visits")


def test_postgresql_requires_its_password_and_leaves_nothing_behind() -> None:
    with servers.postgres() as server:
        url = server.new_database()
        assert server.connect(url.rpartition("/")[2]).execute("SELECT 1").fetchone() == (1,)
        folder = Path(server._folder)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://test:wrong@127.0.0.1:{server.port}/postgres")
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        server.connect()


def test_debians_packages_do_not_start_their_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(servers, "NO_SERVICES", policy)
    asked = tmp_path / "asked"
    assert os.system(servers._unstarted(f"{policy}; echo $? > {asked}")) == 0
    assert asked.read_text() == "101\n"
    assert not policy.exists()
    policy.touch()
    assert servers._unstarted("true") == "true"

"""Connections of one client leave room for the others: idle, malformed, without a body."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from demo.web.connection import MAX_PER_NETWORK
from tests.support.serving import App, free_port, serving, start

HEAD = b"POST /gradio_api/run/read_strokes HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that does not trust this machine as a proxy, so that 127.0.0.x are visitors."""
    with serving(tmp_path_factory.mktemp("home"), None, "--proxies", "192.0.2.1") as running:
        yield running


def connect(app: App, source: str) -> socket.socket:
    host, port = urlsplit(app.url).netloc.split(":")
    return socket.create_connection((host, int(port)), timeout=60, source_address=(source, 0))


def is_well(app: App, source: str) -> bool:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(transport=transport, timeout=10) as client:
        return client.get(f"{app.url}healthz").status_code == 200


def is_closed(connection: socket.socket, patience: float) -> bool:
    connection.settimeout(patience)
    with suppress(ConnectionResetError):
        try:
            return connection.recv(1) == b""
        except TimeoutError:
            return False
    return True


def test_a_response_arrives_in_one_piece(app: App) -> None:
    with connect(app, "127.0.0.2") as connection:
        for _ in range(50):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert body, "its head came alone"


def test_idle_connections_make_way_for_those_that_ask(app: App) -> None:
    with ExitStack() as held:
        networks = [f"127.0.0.{number}" for number in range(2, 7)]
        idle = [
            held.enter_context(connect(app, network))
            for network in networks
            for _ in range(MAX_PER_NETWORK)
        ]
        for network in (*networks, "127.0.0.9"):
            assert is_well(app, network), network
        assert is_closed(idle[0], 5), "the one that was idle longest is still open"
        assert not is_closed(idle[-1], 0.1), "the newest one was closed"


def test_a_network_whose_idle_connections_were_just_closed_may_ask(app: App) -> None:
    with ExitStack() as held:

        def connections(network: str, number: int) -> None:
            for _ in range(number):
                held.enter_context(connect(app, network))

        for network in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
            connections(network, MAX_PER_NETWORK)
        connections("127.0.0.5", MAX_PER_NETWORK - 100)
        assert is_well(app, "127.0.0.9")
        app.process.send_signal(signal.SIGSTOP)  # so that it accepts what follows all at once
        try:
            connections("127.0.0.5", 100)
            connections("127.0.0.6", MAX_PER_NETWORK)
            asking = held.enter_context(connect(app, "127.0.0.2"))
            asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        finally:
            app.process.send_signal(signal.SIGCONT)
        assert asking.recv(15) == b"HTTP/1.1 200 OK"


def test_one_network_has_a_thousand_connections_and_closes_its_own_for_more(app: App) -> None:
    with ExitStack() as held:
        other = held.enter_context(connect(app, "127.0.0.3"))
        idle = [held.enter_context(connect(app, "127.0.0.2")) for _ in range(MAX_PER_NETWORK)]
        assert is_well(app, "127.0.0.2")
        assert is_closed(idle[0], 5)
        assert not is_closed(other, 0.1)


def test_the_server_does_not_wait_for_a_missing_body(app: App) -> None:
    with connect(app, "127.0.0.2") as silent, connect(app, "127.0.0.3") as slow:
        silent.sendall(HEAD)
        slow.sendall(HEAD)
        began = time.monotonic()
        while time.monotonic() - began < 45:
            slow.sendall(b" ")  # a poor line, but alive
            if is_closed(silent, 1):
                break
        assert 15 < time.monotonic() - began < 45
        assert not is_closed(slow, 0.1)


def test_malformed_requests_are_logged_once_a_second(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, "--port", str(port))
    app = App(f"http://127.0.0.1:{port}/", process)
    try:
        while not _listens(app):
            time.sleep(0.1)
        began = time.monotonic()
        for _ in range(1_500):
            with connect(app, "127.0.0.1") as connection:
                connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
                connection.recv(100)
        seconds = time.monotonic() - began
        time.sleep(1.1)
        with connect(app, "127.0.0.1") as connection:
            connection.sendall(b"GET\r\n\r\n")
            connection.recv(100)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=30)
    lines = [line for line in said.splitlines() if "Invalid HTTP request" in line]
    assert 2 <= len(lines) <= seconds + 3, said[-2_000:]
    unsaid = [int(n.replace(",", "")) for n in re.findall(r"\(([\d,]+) more like it", said)]
    assert len(lines) + sum(unsaid) == 1_501


def _listens(app: App) -> bool:
    with suppress(httpx.HTTPError):
        return is_well(app, "127.0.0.1")
    return False

"""The app as a hosted process: signals, idle connections, the log, the public link."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from demo.server import _listen
from model.service.database.store import Store
from model.service.home import Home
from tests.hosting.processes import children
from tests.model.service.history import learned
from tests.support.asking import asking, owner, until
from tests.support.digits import DIGITS
from tests.support.serving import free_port, serving, start

KEY = "a key+of/this test's own"


def reads(url: str) -> bool:
    answer = httpx.post(f"{url}gradio_api/run/read_strokes", json={"data": [DIGITS[3]]}, timeout=20)
    return bool(answer.json()["data"][0]["text"] == "3")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_app_in_time(tmp_path: Path, told: signal.Signals) -> None:
    with serving(tmp_path) as app, owner(app.url) as client:
        held = socket.create_connection(urlsplit(app.url).netloc.split(":"))  # type: ignore[arg-type]
        held.sendall(b"GET /gradio_api/heartbeat/x HTTP/1.1\r\nHost: x\r\n\r\n")
        asking(client)("warm", None)
        began = time.monotonic()
        app.process.send_signal(told)
        assert app.process.wait(timeout=10) == 0
        assert time.monotonic() - began < 10
        held.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(app.url)


def test_a_running_export_does_not_keep_the_app_from_ending(tmp_path: Path) -> None:
    home = Home(tmp_path)
    store = Store.open(home.database)
    name = learned(store, home)
    store.close()
    with serving(tmp_path) as app, owner(app.url) as client:
        ask = asking(client)

        def export() -> None:
            with suppress(httpx.HTTPError):  # it is not answered
                ask("export", f"{name}.onnx")

        exporting = threading.Thread(target=export)
        exporting.start()
        exporter = until(lambda: spawned(app.process.pid))
        os.kill(exporter, signal.SIGSTOP)  # under way for as long as it may take
        began = time.monotonic()
        app.process.terminate()
        assert app.process.wait(timeout=10) == 0
        assert time.monotonic() - began < 10
        exporting.join()
    assert not (home.version(name) / "network.onnx").exists()
    assert not Path(f"/proc/{exporter}").exists()


def spawned(parent: int) -> int:
    """Id of a process's multiprocessing child; 0 while there is none."""
    for process in children(parent):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes():
                return process
    return 0


def test_a_stuck_shutdown_is_forced_when_time_is_up() -> None:
    code = (
        "import signal, time; from demo import server; server.SHUTDOWN_SECONDS = 0.3;"
        "import uvicorn; uvicorn.Server.handle_exit = lambda *_: None;"
        "server._Server(uvicorn.Config(None)).handle_exit(signal.SIGTERM, None); time.sleep(30)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=25
    )
    assert ended.returncode == 1
    assert "a run may have to be resumed" in ended.stderr


def test_response_bodies_do_not_wait_for_an_ack() -> None:
    listening = _listen("127.0.0.1", free_port())
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_thousand_connections_that_send_nothing_keep_nobody_out(app_url: str) -> None:
    host, port = urlsplit(app_url).netloc.split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(1_000)]
    half = [socket.create_connection((host, int(port))) for _ in range(50)]
    for connection in half:
        connection.sendall(b"POST /gradio_api/run/read_strokes HTTP/1.1\r\nHost: x\r\n")
    assert all(reads(app_url) for _ in range(5))
    # In the end they are closed.
    deadline = time.monotonic() + 60
    for connection in (*idle[::100], *half[::10]):
        connection.settimeout(max(0.1, deadline - time.monotonic()))
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""
    for connection in (*idle, *half):
        connection.close()


def test_clients_that_read_no_answer_keep_nobody_out(app_url: str) -> None:
    host, port = urlsplit(app_url).netloc.split(":")
    slow = []
    for _ in range(100):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((host, int(port)))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        slow.append(connection)
    assert all(reads(app_url) for _ in range(5))
    for connection in slow:
        connection.close()


def test_the_json_log_has_request_ids_but_no_secrets_drawings_or_addresses(
    tmp_path: Path,
) -> None:
    port = str(free_port())
    environment = {"SKETCHPAD_OWNER_KEY": KEY, "SKETCHPAD_LOG_FORMAT": "json"}
    app = start(tmp_path, "--port", port, environment=environment)
    lines: list[str] = []
    assert app.stdout is not None
    reading = threading.Thread(target=lambda: lines.extend(app.stdout or ()))
    reading.start()
    url = f"http://127.0.0.1:{port}/"
    until_it_serves(url)
    with owner(url, KEY) as client:
        client.headers["X-Request-ID"] = "this-very-request"
        answer = asking(client)("put_in_use", None)
        assert answer.headers["x-request-id"] == "this-very-request"
        assert asking(client)("delete", "compact-99").json()["problem"]
        asking(client)("read_drawing", DIGITS[3])
        client.get("/?login=a wrong link of somebody")
        refused = client.post("gradio_api/run/read_image", json={"data": []})
        assert refused.status_code == 422
        assert "docs/API.md" in refused.json()["error"]
    app.terminate()
    app.wait(timeout=20)
    reading.join()
    assert any(line.startswith(f"Its owner's link, for one use: {url}?login=") for line in lines)
    said = "".join(line for line in lines if "127.0.0.1" not in line or line.startswith("{"))
    assert "Traceback" not in said
    (entry,) = [json.loads(line) for line in lines if "put_in_use by the owner" in line]
    assert "delete by the owner" not in said  # as nothing was deleted
    assert "a call could not be answered: ValueError in blocks.py" in said
    assert entry["request_id"] == "this-very-request"
    assert entry["level"] == "INFO"
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", entry["time"])
    assert KEY not in said
    assert "127.0.0.1" not in said
    assert str(DIGITS[3][0][0][0]) + "," not in said


def until_it_serves(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{url}healthz")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the app does not serve")


def test_readiness_and_metrics_are_served(app_url: str) -> None:
    def counted() -> str:
        with owner(app_url) as client:
            return client.get("metrics").text

    def digits() -> float:
        found = re.search(r'sketchpad_reads_total\{outcome="digit"\} (\S+)', counted())
        return float(found[1]) if found else 0.0

    ready = httpx.get(f"{app_url}healthz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    before = digits()
    assert reads(app_url)
    assert digits() == before + 1
    told = counted()
    assert 'sketchpad_runs{status="queued"} 0.0' in told
    assert "sketchpad_read_seconds_bucket" in told
    assert "process_resident_memory_bytes" in told


FRPC = """#!/bin/sh
echo "$@" > "$0.arguments"
echo "2026/11/21 start frpc"
echo "2026/11/21 start proxy success: https://0123456789abcdef.gradio.live"
exec sleep 60
"""
"""Stands in for the tunnel's program, which needs the internet."""


def shared(folder: Path, tunnel: str | None, host: str = "127.0.0.1") -> tuple[str, str]:
    """The output of an app with `--share`, and the arguments of the tunnel's program.

    Args:
        tunnel: content of that program, if there is one.
        host: an address of this machine.
    """
    from gradio.tunneling import BINARY_FILENAME

    binary = folder / "hf" / "gradio" / "frpc" / BINARY_FILENAME
    if tunnel is not None:
        binary.parent.mkdir(parents=True)
        binary.write_text(tunnel)
        binary.chmod(0o755)
    environment = {"HF_HOME": str(folder / "hf"), "GRADIO_SHARE_SERVER_ADDRESS": "127.0.0.1:9"}
    port = str(free_port())
    address = ("--host", host, "--port", port)
    app = start(folder / "home", *address, "--share", environment=environment)
    url = f"http://{host}:{port}/"
    try:
        until_it_serves(url)
        said = ""
        assert app.stdout is not None
        for line in app.stdout:
            said += line
            if "There is no public link" in line or "▀" in line or "█" in line:
                break
        assert reads(url)
        with httpx.Client(base_url=url) as client:
            client.get("/")
            may = asking(client)("runs", None).json()["may"]
            assert may["manage"] is False, "whoever comes through a tunnel comes from this machine"
            if tunnel is None:
                return said, ""
            link = asking(client)("share", url).json()
            assert link["url"] == "https://0123456789abcdef.gradio.live"
            assert link["svg"].startswith("<svg")
        return said, binary.with_name(f"{BINARY_FILENAME}.arguments").read_text()
    finally:
        app.terminate()
        app.wait(timeout=20)


def test_a_public_link_is_printed_with_its_code_and_leads_to_the_address_that_is_served(
    tmp_path: Path,
) -> None:
    said, asked = shared(tmp_path, FRPC, host="127.0.0.2")
    assert "Public link, for a week at most: https://0123456789abcdef.gradio.live" in said
    assert "https://0123456789abcdef.gradio.live/?login=" in said
    assert "-i 127.0.0.2 " in asked


def test_without_a_tunnel_the_page_is_served_all_the_same(tmp_path: Path) -> None:
    said, _ = shared(tmp_path, None)
    (line,) = [line for line in said.splitlines() if "no public link" in line]
    assert "served here only" in line

"""Files that programs upload: read, kept for ten minutes at most, deleted whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client, handle_file

from demo.draw.api import DELETED
from demo.web.errors import TOO_LARGE
from demo.web.uploads import DISK_FULL, LIFETIME, MALFORMED_UPLOAD, file_of
from tests.support.asking import until
from tests.support.pictures import drawn_on_paper
from tests.support.serving import ADDRESS, App, free_port, serving, start

LIMITS = ("--limit-requests", "10000000/minute")
BOUNDARY = "b0undary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
END = f"\r\n--{BOUNDARY}--\r\n"


@pytest.fixture(scope="module")
def log() -> list[str]:
    """Lines printed by the app."""
    return []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app(home: Path, log: list[str]) -> Iterator[App]:
    process = start(home, "--port", str(free_port()), *LIMITS)
    assert process.stdout is not None
    threading.Thread(target=log.extend, args=(process.stdout,), daemon=True).start()
    try:
        lines = until(lambda: [line for line in log if ADDRESS.search(line)])
        found = ADDRESS.search(lines[0])
        assert found is not None
        yield App(found[1], process)
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pictures") / "seven.png"
    drawn_on_paper(7).save(file)
    return file


def upload(app: App, picture: Path) -> httpx.Response:
    """As any program would, without Gradio's client."""
    files = {"files": (picture.name, picture.read_bytes())}
    return httpx.post(f"{app.url}gradio_api/upload", files=files, timeout=30)


def read(app: App, path: str) -> httpx.Response:
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    url = f"{app.url}gradio_api/run/read_image"
    return httpx.post(url, json={"data": data}, timeout=30)


def stored(home: Path) -> list[Path]:
    return list((home / "uploads").iterdir())


def test_uploads_have_names_that_reveal_nothing(app: App, home: Path, picture: Path) -> None:
    client = Client(app.url, verbose=False)
    assert client.predict(handle_file(picture), api_name="/read_image")["text"] == "7"
    answer = upload(app, picture)
    assert answer.status_code == 200
    (path,) = answer.json()
    assert str(home) not in answer.text
    assert not path.startswith("/")
    for _ in range(2):
        reading = read(app, path)
        assert reading.json()["data"][0]["text"] == "7", reading.text
    call = httpx.post(f"{app.url}gradio_api/call/read_image", json={"data": [{"path": path}]})
    event = call.json()["event_id"]
    events = httpx.get(f"{app.url}gradio_api/call/read_image/{event}", timeout=30)
    assert '"text": "7"' in events.text
    for other in (f"{path[:-1]}{'0' if path[-1] != '0' else '1'}", f"uploads/{'a' * 32}"):
        refused = read(app, other)
        assert (refused.status_code, refused.json()["error"]) == (422, DELETED), other
    for other in (f"uploads/../{path}", f"../{path}", path.upper(), str(home / path), f"{path}/."):
        refused = read(app, other)
        assert refused.status_code == 422, other
        assert str(home) not in refused.text, other


def test_a_file_is_deleted_after_ten_minutes(app: App, home: Path, picture: Path) -> None:
    (path,) = upload(app, picture).json()
    file = file_of(path, home / "uploads")
    assert file is not None
    an_age_ago = time.time() - LIFETIME + 15
    os.utime(file, (an_age_ago, an_age_ago))
    began = time.monotonic()
    until(lambda: not file.exists(), 20)
    assert time.monotonic() - began < 15
    assert read(app, path).json()["error"] == DELETED


BODIES: dict[str, tuple[str, str]] = {
    "no closing boundary": (FORM, f"{HEAD}picture\r\n--{BOUNDARY}"),
    "cut off in the content": (FORM, f"{HEAD}picture"),
    "cut off in the headers": (FORM, HEAD[:60]),
    "another field": (FORM, HEAD.replace("files", "file") + "picture" + END),
    "no file name": (FORM, HEAD.replace('; filename="7.png"', "") + "picture" + END),
    "no field name": (FORM, HEAD.replace('name="files"; ', "") + "picture" + END),
    "two files": (FORM, f"{HEAD}picture\r\n{HEAD}picture{END}"),
    "a hundred fields": (FORM, HEAD.replace("files", "x").join(["\r\n"] * 100) + END),
    "no parts": (FORM, f"--{BOUNDARY}--\r\n"),
    "nothing": (FORM, ""),
    "no multipart": (FORM, "picture"),
    "another boundary": (FORM, f"{HEAD}picture{END}".replace(BOUNDARY, "other")),
    "a header without a name": (FORM, f"--{BOUNDARY}\r\n: x\r\n\r\npicture{END}"),
    "a header of 10,000 characters": (FORM, f"--{BOUNDARY}\r\nx: {'x' * 10_000}\r\n\r\n{END}"),
    "no boundary": ("multipart/form-data", f"{HEAD}picture{END}"),
    "an empty boundary": ("multipart/form-data; boundary=", f"{HEAD}picture{END}"),
    "a boundary of 256 characters": (f"multipart/form-data; boundary={'b' * 256}", "picture"),
    "a boundary of 257 characters": (f"multipart/form-data; boundary={'b' * 257}", "picture"),
    "a boundary of other letters": ("multipart/form-data; boundary=\xe4\xff", "picture"),
    "a form": ("application/x-www-form-urlencoded", "files=picture"),
    "JSON": ("application/json", "[]"),
    "no type": ("", "picture"),
}


def test_malformed_uploads_are_refused_and_leave_nothing(
    app: App, home: Path, log: list[str]
) -> None:
    before, said = set(stored(home)), len(log)
    for name, (kind, body) in BODIES.items():
        answer = httpx.post(
            f"{app.url}gradio_api/upload",
            content=body,
            headers=[(b"Content-Type", kind.encode("latin-1"))],
            timeout=30,
        )
        assert (answer.status_code, answer.json()) == (422, {"error": MALFORMED_UPLOAD}), name
        assert set(stored(home)) <= before, name
    assert log[said:] == []


def test_a_file_that_is_too_large_leaves_nothing(app: App, home: Path) -> None:
    before = set(stored(home))
    chunks = [HEAD.encode()] + [bytes(100_000)] * 101
    for content in (b"".join(chunks), iter(chunks)):  # with its size announced, and without
        answer = httpx.post(
            f"{app.url}gradio_api/upload",
            content=content,
            headers={"Content-Type": FORM},
            timeout=30,
        )
        assert (answer.status_code, answer.json()) == (413, {"error": TOO_LARGE}), type(content)
    until(lambda: set(stored(home)) <= before, 5)


def begin_upload(url: str, announced: int = 100_000, sent: int = 50_000) -> socket.socket:
    """An upload that stops half-way through its file."""
    host, port = urlsplit(url).netloc.split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {announced}\r\n\r\n{HEAD}".encode()
        + bytes(sent)
    )
    return connection


def test_an_interrupted_upload_leaves_nothing(app: App, home: Path, log: list[str]) -> None:
    before, said = set(stored(home)), len(log)
    halves = [begin_upload(app.url) for _ in range(20)]
    until(lambda: len(set(stored(home)) - before) == 20)
    for half in halves:
        half.close()
    until(lambda: set(stored(home)) <= before, 5)
    assert log[said:] == []


def test_two_thousand_uploads_over_http(app: App, home: Path, picture: Path) -> None:
    files = {"files": (picture.name, picture.read_bytes())}
    with httpx.Client(base_url=app.url, timeout=30) as client:
        paths = set()
        for _ in range(2_000):
            paths.add(client.post("gradio_api/upload", files=files).raise_for_status().json()[0])
    assert len(paths) == 2_000
    assert all(file.is_file() for file in stored(home))


def test_a_full_folder_does_not_slow_uploads_down(app: App, home: Path, picture: Path) -> None:
    def median() -> float:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            assert upload(app, picture).status_code == 200
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    empty = median()
    for number in range(20_000):
        (home / "uploads" / f"{number:032x}").touch()
    # A walk through the folder for each upload takes more than a tenth of a second.
    assert median() < empty + 0.1


def test_leftovers_of_a_killed_app_are_deleted_by_the_next_one(
    tmp_path: Path, picture: Path
) -> None:
    with serving(tmp_path, None, *LIMITS) as app, begin_upload(app.url):
        half = until(lambda: stored(tmp_path))[0]
        app.process.send_signal(signal.SIGKILL)
        app.process.wait(timeout=30)
    young = tmp_path / "uploads" / "another copy's"
    young.touch()
    for number in range(1_000):  # an earlier version made a folder for each file
        folder = tmp_path / "uploads" / f"folder {number}"
        folder.mkdir()
        (folder / "7.png").touch()
    (tmp_path / "uploads" / "to nowhere").symlink_to("nowhere", target_is_directory=True)
    an_age_ago = time.time() - LIFETIME
    os.utime(half, (an_age_ago, an_age_ago))
    with serving(tmp_path, None, *LIMITS) as app:
        until(lambda: not half.exists() and len(stored(tmp_path)) <= 2, 5)
        assert young.exists()
        assert upload(app, picture).status_code == 200


def test_a_full_disk_is_reported_and_keeps_no_partial_file(
    small_disk: Callable[[int], Path], picture: Path
) -> None:
    disk = small_disk(12)
    with serving(disk / "home", None, *LIMITS) as app:
        filling = disk / "filling"
        with pytest.raises(OSError, match="No space left"):
            filling.write_bytes(bytes(20_000_000))
        os.truncate(filling, filling.stat().st_size - 200_000)
        large = disk.parent / "large.png"
        large.write_bytes(bytes(5_000_000))
        for _ in range(3):
            answer = upload(app, large)
            assert (answer.status_code, answer.json()) == (507, {"error": DISK_FULL})
            assert stored(disk / "home") == []
        assert upload(app, picture).status_code == 200  # there is room for a small one
        filling.unlink()
        assert upload(app, large).status_code == 200

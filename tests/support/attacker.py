"""One hostile visitor at full speed, as a process of its own: on this machine alone, bounded.

Run as `python -m tests.support.attacker URL ATTACK SOURCE CONNECTIONS SECONDS`, SOURCE an address
of 127.0.0.0/8. Prints how many responses of each kind there were, as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

import numpy as np

from tests.support.digits import DIGITS
from tests.support.serving import ROOT

MAX_REQUESTS = 100_000
"""Of one attack."""
_PAGE_FILE = re.compile(r'(?:src|href)="[^"]*?(/?assets/[^"]+\.js)"')

LONG_TEXT = "1" * 2_400_000


def scribble(strokes: int, points: int) -> list[list[list[float]]]:
    """Strokes of that many points each, all over the pad."""
    return np.random.default_rng(0).integers(0, 1000, (strokes, points, 2)).tolist()


def _picture() -> str:
    """As large a picture as the pad sends, as a `data:` URL: noise, which no format makes small."""
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (750, 750, 3), np.uint8)
    noise[200:500, 300:400] = 0
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


class Requests:
    """What each attack sends, as bytes for a socket.

    Args:
        url: the app's; ends in a slash.
    """

    def __init__(self, url: str) -> None:
        self._url, self._host = url, urlsplit(url).netloc
        with urllib.request.urlopen(f"{url}config", timeout=60) as config:
            components = json.load(config)["components"]
        self._homes = {
            name: component["id"]
            for component in components
            for name in component["props"].get("server_fns", [])
        }

    def of(self, attack: str) -> bytes:
        """The request of one of `ATTACKS`."""
        return ATTACKS[attack](self)

    def call(self, name: str, payload: object) -> bytes:
        """A call of the page's scripts."""
        body = {"component_id": self._homes[name], "fn_name": name, "session_hash": "x"}
        return self.post("component_server", body | {"data": payload})

    def post(self, path: str, value: object) -> bytes:
        """A JSON body to one of Gradio's routes."""
        body = json.dumps(value, separators=(",", ":")).encode()
        head = (
            f"POST /gradio_api/{path} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def get(self, path: str) -> bytes:
        """A plain request."""
        return f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode()

    def largest_file(self) -> bytes:
        """For the largest of the page's own files that its HTML names."""
        with urllib.request.urlopen(self._url, timeout=60) as page:
            paths = set(_PAGE_FILE.findall(page.read().decode()))
        sizes = {}
        for path in paths:
            with urllib.request.urlopen(self._url + path.lstrip("/"), timeout=60) as file:
                sizes[len(file.read())] = path
        return self.get("/" + sizes[max(sizes)].lstrip("/"))


ATTACKS: dict[str, Callable[[Requests], bytes]] = {
    "answers never fetched": lambda r: r.post(
        "queue/join", {"data": [DIGITS[3]], "fn_index": None, "session_hash": "x"}
    ).replace(b"/queue/join", b"/call/read_strokes"),
    "long texts of programs": lambda r: r.post(
        "call/read_strokes", {"data": [LONG_TEXT], "session_hash": "x"}
    ),
    "long texts of events": lambda r: r.post("run/choose_recipe", {"data": [LONG_TEXT]}),
    "long texts": lambda r: r.call("read_drawing", LONG_TEXT),
    "long texts as pictures": lambda r: r.call("read_picture", LONG_TEXT),
    "bodies over the limit": lambda r: r.post("run/read_strokes", 20 * LONG_TEXT),
    "long drawings": lambda r: r.call("read_drawing", scribble(1000, 10)),
    "long drawings of programs": lambda r: r.post(
        "run/read_strokes", {"data": [scribble(1000, 10)]}
    ),
    "refused drawings": lambda r: r.call("read_drawing", scribble(33, 1000)),
    "short drawings": lambda r: r.call("read_drawing", scribble(3, 30)),
    "overviews": lambda r: r.call("overview", "strokes"),
    "pages": lambda r: r.get("/"),
    "pictures": lambda r: r.call("read_picture", _picture()),
    "large files": Requests.largest_file,
    "malformed requests": lambda _: b"\x16\x03\x01 no HTTP\r\n\r\n",
}
"""Name -> its request."""


async def attack(
    url: str, name: str, source: str, connections: int, seconds: float
) -> Counter[str]:
    """Sends a request again and again on each connection; none before the last is answered."""
    assert ip_address(source).is_loopback
    address, request = urlsplit(url), Requests(url).of(name)
    assert ip_address(address.hostname or "").is_loopback
    print("ready", flush=True)
    until, told = time.monotonic() + seconds, Counter[str]()

    async def client() -> None:
        while time.monotonic() < until and told.total() < MAX_REQUESTS:
            try:
                reader, writer = await asyncio.open_connection(
                    address.hostname, address.port, local_addr=(source, 0)
                )
            except OSError:
                told["not connected"] += 1
                await asyncio.sleep(0.05)
                continue
            with suppress(OSError):
                try:
                    while time.monotonic() < until and told.total() < MAX_REQUESTS:
                        writer.write(request)
                        told[await _response(reader)] += 1
                except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    told["closed"] += 1
                writer.close()

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds + 1):
            await asyncio.gather(*(client() for _ in range(connections)))
    return told


async def _response(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12].decode()
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    if b"content-length" in fields:
        content = await reader.readexactly(int(fields[b"content-length"]))
        return f"{status} with a problem" if content.startswith(b'{"problem"') else status
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)
    return status


class Attacker:
    """An attack that runs beside a test.

    Args:
        url: the app's; ends in a slash.
        name: one of `ATTACKS`.
        connections: at once.
        seconds: in all.
        source: the attacker's address.
    """

    def __init__(
        self, url: str, name: str, connections: int, seconds: float, source: str = "127.0.0.2"
    ) -> None:
        given = [url, name, source, str(connections), str(seconds)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.attacker", *given],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def responses(self) -> Counter[str]:
        """How many of each kind there were, once it is over."""
        said, _ = self._process.communicate(timeout=120)
        assert self._process.returncode == 0
        return Counter(json.loads(said))


def main(url: str, name: str, source: str, connections: str, seconds: str) -> None:
    """Attacks and prints."""
    print(json.dumps(asyncio.run(attack(url, name, source, int(connections), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])

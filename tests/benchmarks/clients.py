"""Many clients at once on the pad's door: answers a second, and how long each took.

A plain asyncio client with kept-alive connections: the clients share the server's machine.
Run as `python -m tests.benchmarks.clients URL CLIENTS SECONDS`; prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from urllib.parse import urlsplit

from tests.support.digits import DIGITS


def pad_request(url: str) -> list[bytes]:
    """The pad's own request for each of the ten digits, as bytes for a socket."""
    with urllib.request.urlopen(f"{url}config", timeout=30) as config:
        components = json.load(config)["components"]
    pad = next(c for c in components if "read_drawing" in c["props"].get("server_fns", []))
    address = urlsplit(url)
    requests = []
    for strokes in DIGITS.values():
        body = json.dumps(
            {
                "component_id": pad["id"],
                "fn_name": "read_drawing",
                "session_hash": "benchmark",
                "data": [[[round(1000 * x), round(1000 * y)] for x, y in s] for s in strokes],
            }
        ).encode()
        head = (
            f"POST {address.path}gradio_api/component_server HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    return await reader.readexactly(int(fields[b"content-length"]))


async def _client(url: str, requests: list[bytes], until: float) -> list[float]:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    took, digit = [], 0
    while (start := time.perf_counter()) < until:
        answer = json.loads(await _ask(reader, writer, requests[digit]))
        took.append(time.perf_counter() - start)
        assert answer["text"] == str(digit), f"{digit} was answered with {answer['text']}"
        digit = (digit + 1) % 10
    writer.close()
    return took


async def measure(url: str, clients: int, seconds: float) -> list[float]:
    """Seconds that each answer took, over all clients; every answer is checked."""
    requests = pad_request(url)
    until = time.perf_counter() + seconds
    took = await asyncio.gather(*(_client(url, requests, until) for _ in range(clients)))
    return [second for one in took for second in one]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))

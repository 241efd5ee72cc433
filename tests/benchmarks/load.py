"""A class of visitors drawing at once, each as a hand does, while a network is trained.

Each visitor is an asyncio client with a connection of its own: it draws a digit for a second, point
by point, asking after each as the pad does (one request in flight, the newest drawing wins), looks
at the answer for a while, and draws the next. Run as `python -m tests.benchmarks.load` for one
copy of the app, with `--copies 2` for two behind nginx (all visitors have one address
there, and no limit); prints a Markdown table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import ssl
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.machine import machine, spread
from tests.benchmarks.running import memory, training
from tests.support.digits import DIGITS
from tests.support.serving import free_port, serving

PACE = 0.04
"""Seconds between two points of a stroke that a browser tells."""
POINTS = 25
_ANY_CERTIFICATE = ssl.create_default_context()
_ANY_CERTIFICATE.check_hostname = False
_ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
LOOKING = (1.0, 4.0)
"""Seconds between two digits, evenly drawn."""


class Visitor:
    """One who draws: what was asked, what failed.

    Args:
        url: ends in a slash.
        pad: number of the pad's component on that page.
        number: seeds their hand, and is their address.
    """

    def __init__(self, url: str, pad: int, number: int) -> None:
        self._address = urlsplit(url)
        self._pad = pad
        self._hand = random.Random(number)
        self._from = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        self.took: list[float] = []
        self.errors: list[str] = []
        self.wrong = 0

    async def draw(self, until: float) -> None:
        await asyncio.sleep(self._hand.uniform(0, LOOKING[1]))
        reader, writer = await asyncio.open_connection(
            self._address.hostname,
            self._address.port,
            ssl=_ANY_CERTIFICATE if self._address.scheme == "https" else None,
        )
        try:
            while time.perf_counter() < until:
                digit = self._hand.randrange(10)
                began, text = time.perf_counter(), ""
                while (shown := min(1.0, (time.perf_counter() - began) / (PACE * POINTS))) < 1:
                    text = await self._ask(reader, writer, part(DIGITS[digit], shown))
                    await asyncio.sleep(max(0.0, PACE - self.took[-1]))
                text = await self._ask(reader, writer, part(DIGITS[digit], 1.0))
                self.wrong += text != str(digit)
                await asyncio.sleep(self._hand.uniform(*LOOKING))
        except (OSError, asyncio.IncompleteReadError, ValueError, KeyError) as error:
            self.errors.append(repr(error))
        finally:
            writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, strokes: Any
    ) -> str:
        given = {"component_id": self._pad, "fn_name": "read_drawing", "session_hash": "load"}
        body = json.dumps(given | {"data": strokes}).encode()
        head = (
            f"POST {self._address.path}gradio_api/component_server HTTP/1.1\r\n"
            f"Host: {self._address.netloc}\r\nX-Forwarded-For: {self._from}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        if not answered.startswith(b"HTTP/1.1 200"):
            raise ValueError(answered.split(b"\r\n")[0])
        fields = dict(line.lower().split(b": ", 1) for line in answered.split(b"\r\n")[1:-2])
        content = await reader.readexactly(int(fields[b"content-length"]))
        self.took.append(time.perf_counter() - began)
        answer = json.loads(content)
        if "problem" in answer:
            raise ValueError(answer["problem"])
        return str(answer["text"])


def part(strokes: Any, share: float) -> list[list[list[float]]]:
    """The first share of a drawing's way, point by point."""
    points = [[round(1000 * x), round(1000 * y), n] for n, s in enumerate(strokes) for x, y in s]
    shown = points[: max(1, round(share * len(points)))]
    return [[[x, y] for x, y, n in shown if n == number] for number in range(len(strokes))]


async def crowd(url: str, visitors: int, seconds: float) -> list[Visitor]:
    """All of them, for so long."""
    with urllib.request.urlopen(f"{url}config", timeout=30, context=_ANY_CERTIFICATE) as config:
        components = json.load(config)["components"]
    pad = next(c["id"] for c in components if "read_drawing" in c["props"].get("server_fns", []))
    drawing = [Visitor(url, pad, number) for number in range(visitors)]
    until = time.perf_counter() + seconds
    await asyncio.gather(*(each.draw(until) for each in drawing))
    return drawing


@contextmanager
def copies() -> Iterator[str]:
    """Two copies over one PostgreSQL and one home folder, behind nginx; their address."""
    # Here, as they need Debian's packages and psycopg.
    from tests.hosting.servers import nginx, postgres, two_copies

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(postgres()).new_database()
        arguments = ["--database", database, "--root-path", "/digits"]
        arguments += ["--limit-requests", "1000000/second"]
        ports = [free_port(), free_port()]
        for port in ports:
            stack.enter_context(serving(folder / "home", port, *arguments))
        conf = two_copies(ports, folder / "access.log")
        proxy = stack.enter_context(nginx(conf, "digit-sketchpad.crt"))
        yield f"https://127.0.0.1:{proxy.port}/digits/"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--copies", type=int, choices=(1, 2), default=1, help="2: behind nginx")
    chosen = parser.parse_args()
    if chosen.copies == 2:
        with copies() as url:
            drawn = asyncio.run(crowd(url, chosen.visitors, chosen.seconds))
        print(table(drawn, chosen.seconds, []))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serving(home) as app, training(home):
            asyncio.run(crowd(app.url, chosen.visitors, 15))  # what grows once has grown
            used = [memory(app.process.pid)]
            drawn = asyncio.run(crowd(app.url, chosen.visitors, chosen.seconds))
            used.append(memory(app.process.pid))
        print(table(drawn, chosen.seconds, used))


def table(drawn: list[Visitor], seconds: float, used: list[float]) -> str:
    """All figures, as Markdown."""
    took = [1000 * second for each in drawn for second in each.took]
    errors = [error for each in drawn for error in each.errors]
    rows = [
        ("visitors, seconds", f"{len(drawn)}, {seconds:.0f}"),
        ("answers; a second", f"{len(took):,}; {len(took) / seconds:.0f}"),
        ("an answer, ms, median (p95)", spread(took)),
        ("errors", f"{len(errors)} {errors[:1] if errors else ''}"),
        ("digits read as another", str(sum(each.wrong for each in drawn))),
    ]
    if used:
        rows.append(("memory before and after, MB", f"{used[0]:.0f}, {used[1]:.0f}"))
    lines = ["| what | figure |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]
    return "\n".join([*lines, "", machine()])


if __name__ == "__main__":
    main()

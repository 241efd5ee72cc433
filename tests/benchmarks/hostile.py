"""One hostile visitor at full speed beside twenty who draw: their answers, and the memory.

The attacks are those of `tests.support.attacker`, each by a process of its own from an address of
its own; the visitors draw as in `tests.benchmarks.load`. Everything shares this machine. Run as
`python -m tests.benchmarks.hostile`, with names of attacks for these alone; prints a table.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.benchmarks.load import Visitor, crowd
from tests.benchmarks.machine import machine, spread
from tests.benchmarks.running import memory
from tests.support.asking import asking
from tests.support.attacker import Attacker
from tests.support.serving import PUBLISHED, App, serving

VISITORS = 20
SECONDS = 15.0
REST = 60.0
"""Seconds within which the memory is to be back."""
BACK = 20.0
"""MB above what was used before that count as back: caches, and the allocator's."""

CONNECTIONS = {
    "answers never fetched": 100,
    "long texts": 100,
    "long texts as pictures": 100,
    "long texts of programs": 100,
    "long texts of events": 100,
    "bodies over the limit": 100,
    "long drawings": 100,
    "long drawings of programs": 100,
    "refused drawings": 100,
    "overviews": 100,
    "pages": 100,
    "pictures": 400,
    "large files": 100,
    "malformed requests": 100,
}


class Noticed(NamedTuple):
    """What was noticed of an attack.

    Attributes:
        drawn: the visitors.
        health: seconds of each answer of `/healthz`.
        used: MB before, at most, and after.
        seconds: until the memory was back; None if that took more than `REST`.
    """

    drawn: list[Visitor]
    health: list[float]
    used: tuple[float, float, float]
    seconds: float | None


async def _watch(app: App, health: list[float], used: list[float]) -> None:
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:
        while True:
            began = time.perf_counter()
            (await client.get("healthz")).raise_for_status()
            health.append(time.perf_counter() - began)
            for _ in range(5):
                used.append(memory(app.process.pid))
                await asyncio.sleep(0.05)


async def beside(app: App, seconds: float) -> tuple[list[Visitor], list[float], list[float]]:
    """The visitors, seconds of each answer of `/healthz`, and MB used, during so many seconds."""
    health: list[float] = []
    used: list[float] = []
    watching = asyncio.create_task(_watch(app, health, used))
    drawn = await crowd(app.url, VISITORS, seconds)
    watching.cancel()
    return drawn, health, used


def attacked(app: App, attack: str, source: str) -> tuple[Noticed, str]:
    """What was noticed, and what the attacker was answered."""
    before = memory(app.process.pid)
    attacker = Attacker(app.url, attack, CONNECTIONS[attack], SECONDS, source)
    drawn, health, used = asyncio.run(beside(app, SECONDS - 1))
    answered = attacker.responses()
    ended = time.monotonic()
    while (now := memory(app.process.pid)) > before + BACK and time.monotonic() < ended + REST:
        time.sleep(0.25)
    seconds = time.monotonic() - ended if now <= before + BACK else None
    said = ", ".join(f"{count:,} x {kind}" for kind, count in answered.most_common(3))
    return Noticed(drawn, health, (before, max(used), now), seconds), said


def row(attack: str, noticed: Noticed, said: str) -> str:
    """A line of the table."""
    took = [1000 * second for each in noticed.drawn for second in each.took]
    errors = sum(len(each.errors) + each.wrong for each in noticed.drawn)
    used = ", ".join(f"{megabytes:.0f}" for megabytes in noticed.used)
    back = "no" if noticed.seconds is None else f"{noticed.seconds:.0f}"
    cells = [attack, said, spread(took), f"{errors} of {len(took):,}"]
    cells += [f"{1000 * max(noticed.health, default=0):.0f}", used, back]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", help="all of them without")
    chosen = parser.parse_args().attacks or CONNECTIONS
    heads = ["attack", "what it was answered", "a visitor's answer, ms, median (p95)", "errors"]
    heads += ["slowest `/healthz`, ms", "memory before, at most, after, MB", "back after, s"]
    print(f"{machine()}; load average before: {os.getloadavg()[0]:.1f}\n")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    with tempfile.TemporaryDirectory() as home, serving(Path(home), environment=PUBLISHED) as app:
        with httpx.Client(base_url=app.url, timeout=60) as client:
            asking(client)("overview", "strokes")  # generated when somebody first asks for it
        drawn, health, used = asyncio.run(beside(app, SECONDS))  # what grows once has grown
        noticed = Noticed(drawn, health, (used[0], max(used), used[-1]), 0)
        print(row("none", noticed, ""), flush=True)
        for number, attack in enumerate(chosen):
            print(row(attack, *attacked(app, attack, f"127.0.2.{number}")), flush=True)


if __name__ == "__main__":
    main()

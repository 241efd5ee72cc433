"""The page, measured: the pad's answer while drawing, many clients, start-up, memory, one reading.

Everything in one run, on one running app; prints a Markdown table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import timeit
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from model.reading.ink import from_strokes
from model.reading.reader import SHIPPED, Reader
from tests.benchmarks.machine import machine, spread
from tests.benchmarks.running import memory, training
from tests.browser.chromium import launch
from tests.browser.hand import READY, draw, settle
from tests.support.digits import DIGITS
from tests.support.serving import serving

ROUNDS = 3
"""Times that each digit is drawn."""
PEN_PACE = 8.0
"""Milliseconds between two points: a pen or mouse of 125 Hz."""
CLIENTS = (1, 8, 32)
UNLIMITED = ("--limit-requests", "1000000/second")
"""All of these clients have one address."""
SECONDS = 5.0

WATCH = """() => {
  performance.setResourceTimingBufferSize(100000);
  const pad = document.querySelector(".pad");
  const drawn = new Map();
  window.onScreen = [];
  new MutationObserver((changes) => {
    const now = performance.now();
    for (const { attributeName } of changes) {
      if (attributeName === "data-drawn") drawn.set(Number(pad.dataset.drawn), now);
      else requestAnimationFrame(() => setTimeout(() => {
        // Every point that this answer knows of, the ones that waited for their turn too.
        const shown = performance.now();
        for (const [version, start] of drawn) {
          if (version > Number(pad.dataset.read)) continue;
          window.onScreen.push(shown - start);
          drawn.delete(version);
        }
      }));
    }
  }).observe(pad, { attributeFilter: ["data-drawn", "data-read"] });
}"""
ROUND_TRIPS = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("component_server")).map(({ duration }) => duration)"""

PREDICT = """
import json, os, sys, timeit
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy
network = keras.models.load_model(sys.argv[1])
image = numpy.zeros((1, 28, 28), "float32")
network.predict(image, verbose=0)
print(json.dumps(timeit.repeat(lambda: network.predict(image, verbose=0), number=1, repeat=50)))
"""


def drawing(url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each round trip, and of each pen point until its answer is on the screen."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.locator(READY).wait_for()
        page.evaluate(WATCH)
        for _ in range(ROUNDS):
            for strokes in DIGITS.values():
                draw(page, strokes, pace=PEN_PACE)
                settle(page)
                page.locator(".clear").click()
        figures = page.evaluate(ROUND_TRIPS), page.evaluate("window.onScreen")
        browser.close()
    return figures


def clients(url: str, count: int) -> list[float]:
    """Seconds of each answer with so many clients, which run in a process of their own."""
    command = [sys.executable, "-m", "tests.benchmarks.clients", url, str(count), str(SECONDS)]
    took: list[float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return took


def reading_rows() -> Iterator[tuple[str, str]]:
    """Rows of the table that need no app."""
    reader, strokes = Reader(), [[list(p) for p in s] for s in DIGITS[8]]
    image = from_strokes(strokes)[None]
    ink = timeit.repeat(lambda: from_strokes(strokes), number=20, repeat=50)
    lite = timeit.repeat(lambda: reader.read(image), number=20, repeat=50)
    command = [sys.executable, "-c", PREDICT, str(SHIPPED / "network.keras")]
    predict = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    yield "strokes to 28x28, ms, median (p95)", spread([50 * s for s in ink], 2)
    yield "one reading by LiteRT, ms, median (p95)", spread([50 * s for s in lite], 3)
    yield "the same by `model.predict`, ms, median (p95)", spread([1000 * s for s in predict])


def start() -> float:
    """Seconds from starting the app to having its page."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as app:
        with urllib.request.urlopen(app.url, timeout=60) as page:
            page.read()
        return time.perf_counter() - began


def app_rows() -> Iterator[tuple[str, str]]:
    """Rows of the table that need the app."""
    yield "start of the app to its first page, s, median (p95)", spread([start() for _ in range(5)])
    with tempfile.TemporaryDirectory() as home, serving(Path(home), None, *UNLIMITED) as app:
        trips, shown = drawing(app.url)
        yield "pad while drawing: round trip, ms, median (p95)", spread(trips)
        yield "pad while drawing: pen point to answer on screen, ms, median (p95)", spread(shown)
        with training(Path(home)):
            trips, shown = drawing(app.url)
        yield "the same while a network is trained: round trip", spread(trips)
        yield "the same while a network is trained: pen point to answer on screen", spread(shown)
        for count in CLIENTS:
            took = clients(app.url, count)
            rate = f"{len(took) / SECONDS:.0f}; {spread([1000 * s for s in took])}"
            yield f"{count} clients: answers a second; ms, median (p95)", rate
        yield "memory of the page's process after that, MB", f"{memory(app.process.pid):.0f}"


def main() -> None:
    """Measures and prints."""
    print(f"{machine()}\n\n| what | figure |\n|---|---|", flush=True)
    for what, figure in (*app_rows(), *reading_rows()):
        print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()

"""A hand in the browser: draws with mouse, finger or keys, and waits for states, never for time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from playwright.sync_api import CDPSession, Page

Point = tuple[float, float]
Stroke = Sequence[Point]
READY = ".pad[data-drawn]"
"""The pad, once it takes ink."""
EVERY = 6
"""Of a stroke's points this one is drawn: each costs a frame, and the curve stays what it is."""
SETTLED = """() => {
  const pad = document.querySelector(".pad");
  return pad && Number(pad.dataset.drawn) > 0 && pad.dataset.drawn === pad.dataset.read
    && !pad.classList.contains("unfinished");
}"""


def on_pad(page: Page, stroke: Stroke, size: float = 0.7, every: int = EVERY) -> list[Point]:
    """Points of the unit square as points of the window, `size` of the pad, in its middle."""
    box = page.locator(".paper").bounding_box()
    assert box is not None
    left, top = (
        box["x"] + box["width"] * (1 - size) / 2,
        box["y"] + box["height"] * (1 - size) / 2,
    )
    points = [*stroke[:-1:every], stroke[-1]]
    return [(left + x * size * box["width"], top + y * size * box["height"]) for x, y in points]


def draw(page: Page, strokes: Iterable[Stroke], pace: float = 0, every: int = EVERY) -> None:
    """Draws with the mouse, a point every `pace` milliseconds if that is asked, and lifts it."""
    for stroke in strokes:
        start, *way = on_pad(page, stroke, every=every)
        page.mouse.move(*start)
        page.mouse.down()
        for point in way:
            if pace:
                page.wait_for_timeout(pace)
            page.mouse.move(*point)
        page.mouse.up()


class Finger:
    """One finger, or several, on a touch screen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._screen: CDPSession = page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: Point) -> None:
        """Sends `touchStart`, `touchMove` or `touchEnd` with all fingers that are down."""
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self._screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def draw(self, strokes: Iterable[Stroke]) -> None:
        """Draws and lifts the finger."""
        for stroke in strokes:
            start, *way = on_pad(self._page, stroke)
            self.touch("touchStart", start)
            for point in way:
                self.touch("touchMove", point)
            self.touch("touchEnd")


def settle(page: Page) -> None:
    """Waits until the answer on the page is that of the drawing on the pad, finished as it is."""
    page.wait_for_function(SETTLED, polling=50)


def shown_digit(page: Page) -> str:
    """The large digit, once it belongs to the drawing."""
    settle(page)
    return page.locator(".digit").inner_text()


def ink_pixels(page: Page) -> int:
    """How many pixels of the pad are painted."""
    return int(
        page.evaluate(
            """() => new Promise((resolve) => requestAnimationFrame(() => {
              const paper = document.querySelector(".paper");
              const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
              let painted = 0;
              for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
              resolve(painted);
            }))"""
        )
    )

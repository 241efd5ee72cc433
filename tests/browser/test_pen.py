"""Pens, palms and screens: the drawing stays as it was, and goes where the pen is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import opened
from tests.support.tables import case

SEND = """() => {
window.sent = async (events) => {
  const paper = document.querySelector(".paper");
  const own = paper.setPointerCapture;
  paper.setPointerCapture = () => {}; // there is no such pointer
  for (const [kind, pointerType, pointerId, x, y, wait] of events) {
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
    const { left, top, width, height } = paper.getBoundingClientRect();
    const place = { clientX: left + x * width, clientY: top + y * height };
    paper.dispatchEvent(new PointerEvent(kind, { pointerType, pointerId, ...place,
      bubbles: true, cancelable: true, button: kind === "pointermove" ? -1 : 0 }));
  }
  paper.setPointerCapture = own;
};
}"""
STROKES = "JSON.parse(sessionStorage.getItem('digit-sketchpad-strokes') ?? '[]')"

Event = tuple[str, str, int, float, float, int]


@pytest.fixture(scope="module")
def page(phone_visitor: BrowserContext, app_url: str) -> Iterator[Page]:
    with opened(phone_visitor, app_url) as page:
        page.evaluate(SEND)
        yield page


def line(kind: str, number: int, x: float, wait: int = 0) -> list[Event]:
    """A line downwards; it begins after `wait` milliseconds."""
    down: Event = ("pointerdown", kind, number, x, 0.2, wait)
    moves: list[Event] = [("pointermove", kind, number, x, y / 10, 0) for y in range(2, 9)]
    return [down, *moves, ("pointerup", kind, number, x, 0.8, 0)]


def strokes_after(page: Page, events: list[Event]) -> list[Any]:
    """The drawing's strokes after these events on an empty pad."""
    if not page.locator(".clear").is_disabled():
        page.locator(".clear").click()
    page.evaluate("events => window.sent(events)", events)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    return page.evaluate(STROKES)


def test_hands_and_hovering_pens_leave_no_line(page: Page) -> None:
    palm_down: Event = ("pointerdown", "touch", 1, 0.9, 0.9, 0)
    palm_moves: Event = ("pointermove", "touch", 1, 0.8, 0.9, 0)
    palm_up: Event = ("pointerup", "touch", 1, 0.8, 0.9, 0)
    hover: list[Event] = [("pointermove", "pen", 2, 0.3, y / 10, 0) for y in range(10)]
    pen = line("pen", 2, 0.5)
    ways: dict[str, tuple[list[Event], list[float]]] = {
        "a palm that rests before the pen": ([palm_down, palm_moves, *pen, palm_up], [500]),
        "a palm that rests first and lifts": ([palm_down, palm_moves, palm_up, *pen], [500]),
        "a palm that comes after the pen": (
            [*pen[:4], palm_down, palm_moves, *pen[4:], palm_up],
            [500],
        ),
        "a touch 100 ms after the pen": ([*pen, *line("touch", 3, 0.9, wait=100)], [500]),
        "a pen that hovers": ([*hover, *pen, *hover], [500]),
        "pen strokes 80 ms apart": (
            [*pen, *line("pen", 2, 0.6, wait=80), *line("pen", 2, 0.7, wait=80)],
            [500, 600, 700],
        ),
        "two fingers' lines": (
            [*line("touch", 5, 0.3, wait=900), *line("touch", 6, 0.4)],
            [300, 400],
        ),
    }
    for name, (events, places) in ways.items():
        with case(name):
            strokes = strokes_after(page, events)
            assert [round(stroke[0][0]) for stroke in strokes] == places
            assert all(stroke[0][1] < 210 and stroke[-1][1] > 690 for stroke in strokes)


def test_screens_change_and_the_drawing_stays(page: Page) -> None:
    before = strokes_after(page, line("pen", 2, 0.5))
    screen = page.context.new_cdp_session(page)
    sharp = "d => { const p = document.querySelector('.paper'); return p.width === Math.round(p.clientWidth * d); }"  # noqa: E501
    size = {"width": 390, "height": 844, "mobile": True}
    down, *rest = line("pen", 2, 0.7)
    page.evaluate("events => window.sent(events)", [down, *rest[:3]])
    screen.send("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1.5})
    page.wait_for_function(sharp, arg=1.5)
    page.evaluate("events => window.sent(events)", rest[3:])
    for width in range(340, 440, 5):
        screen.send(
            "Emulation.setDeviceMetricsOverride",
            {**size, "width": width, "deviceScaleFactor": 3},
        )
    page.wait_for_function(sharp, arg=3)
    screen.send("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 3})
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    first, second = page.evaluate(STROKES)
    assert [first] == before
    assert {round(x) for x, _ in second} == {700}
    assert second[-1][1] > 690


def test_the_line_is_under_the_pen_on_a_page_that_is_zoomed_or_scrolled(page: Page) -> None:
    screen = page.context.new_cdp_session(page)
    if not page.locator(".clear").is_disabled():
        page.locator(".clear").click()
    screen.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    try:
        zoomed = strokes_after(page, line("pen", 2, 0.25))
        assert [round(x) for x, _ in zoomed[0]] == [250] * len(zoomed[0])
    finally:
        screen.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})


def test_a_scrolled_page_in_a_scrolled_frame_is_drawn_on(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}healthz")
    desktop.evaluate(
        """url => {
          document.body.innerHTML = `<div style="height:600px"></div>
            <div style="height:700px;overflow:auto"><div style="height:300px"></div>
            <iframe src="${url}" style="width:900px;height:520px"></iframe>
            <div style="height:600px"></div></div><div style="height:900px"></div>`;
        }""",
        app_url,
    )
    frame = desktop.frame_locator("iframe")
    expect(frame.locator(".pad[data-drawn]")).to_have_count(1)
    desktop.evaluate("scrollTo(0, 550); document.querySelector('div + div').scrollTop = 250")
    frame.locator("body").evaluate("body => body.ownerDocument.defaultView.scrollTo(0, 60)")
    box = frame.locator(".paper").bounding_box()
    assert box is not None
    stroke = [(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * y) for y in (0.5, 0.7)]
    desktop.mouse.move(*stroke[0])
    desktop.mouse.down()
    desktop.mouse.move(*stroke[1], steps=4)
    desktop.mouse.up()
    (drawn,) = frame.locator("body").evaluate(f"() => {STROKES}")
    assert [round(v, -1) for v in drawn[0]] == [500, 500]
    assert [round(v, -1) for v in drawn[-1]] == [500, 700]

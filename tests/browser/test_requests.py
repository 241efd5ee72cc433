"""The pad's requests: one in flight, the newest drawing wins, a lost server is waited for."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import Browser, JSHandle, Page, Route, expect

from tests.browser.hand import READY, draw, ink_pixels, settle, shown_digit
from tests.support.digits import DIGITS
from tests.support.serving import free_port, serving

DOOR = re.compile("component_server")


class Gate:
    """Delays the pad's requests until they are let through."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._is_open = False
        self.held: list[Route] = []
        page.route(DOOR, self._hold)

    def _hold(self, route: Route) -> None:
        # The pad asks for the network in use too, once in a while.
        if self._is_open or '"in_use"' in (route.request.post_data or ""):
            route.continue_()
        else:
            self.held.append(route)

    def wait(self) -> None:
        """Waits until a request stands at the gate."""
        deadline = time.monotonic() + 20
        while not self.held:
            assert time.monotonic() < deadline, "no request came"
            self._page.evaluate("0")  # lets Playwright tell what came

    def pass_one(self) -> None:
        """Lets the oldest request through and waits until its answer is in the page."""
        self.wait()
        with self._page.expect_response(DOOR):
            self.held.pop(0).continue_()

    def answer_one(self, digit: int) -> None:
        """Answers the oldest request with a digit that was not drawn."""
        self.wait()
        probabilities = [float(digit == d) for d in range(10)]
        one = {"digit": digit, "best_guess": digit, "confidence": 1.0}
        digits = [{**one, "probabilities": probabilities}]
        with self._page.expect_response(DOOR):
            self.held.pop(0).fulfill(
                json={"text": str(digit), "model": "x", "digits": digits, "seen": ""}
            )

    def open(self) -> None:
        """Lets everything through from now on."""
        self._is_open = True
        while self.held:
            self.held.pop(0).continue_()


def test_one_request_is_in_flight_however_much_is_drawn(desktop: Page) -> None:
    gate = Gate(desktop)
    draw(desktop, DIGITS[4])
    draw(desktop, DIGITS[8])
    gate.wait()
    assert len(gate.held) == 1
    gate.pass_one()
    gate.wait()
    assert len(gate.held) == 1
    gate.open()
    settle(desktop)


def shown_from_now_on(page: Page) -> JSHandle:
    """Every digit that the page shows from now on, as it is shown."""
    return page.evaluate_handle(
        """() => {
          const shown = [];
          const digit = document.querySelector(".digit");
          const note = () => shown.push(digit.textContent);
          new MutationObserver(note).observe(digit, {childList: true});
          return shown;
        }"""
    )


def test_clear_during_a_request_stays_clear(desktop: Page) -> None:
    gate = Gate(desktop)
    draw(desktop, DIGITS[3])
    shown = shown_from_now_on(desktop)
    desktop.locator(".clear").click()
    gate.answer_one(4)
    gate.open()
    draw(desktop, DIGITS[0])
    desktop.locator(".digit", has_text="0").wait_for()
    assert "4" not in shown.json_value()


def test_an_answer_to_ink_that_was_undone_is_not_shown(desktop: Page) -> None:
    draw(desktop, DIGITS[1])
    assert shown_digit(desktop) == "1"
    gate = Gate(desktop)
    shown = shown_from_now_on(desktop)
    draw(desktop, [DIGITS[0][0]])
    desktop.locator(".undo").click()
    gate.answer_one(4)
    gate.open()
    assert shown_digit(desktop) == "1"
    desktop.locator(".clear").click()
    draw(desktop, DIGITS[0])
    desktop.locator(".digit", has_text="0").wait_for()
    assert "4" not in shown.json_value()


def test_a_lost_server_is_reported_and_waited_for(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    with browser.new_context() as context:
        page = context.new_page()
        with serving(tmp_path, port) as app:
            page.goto(app.url)
            page.locator(READY).wait_for()
            draw(page, DIGITS[7])
            assert shown_digit(page) == "7"
        # The page notices by itself, before anybody draws.
        expect(page.locator(".pad.lost")).to_have_count(1, timeout=20_000)
        expect(page.locator(".message")).to_have_text("Can't reach the server. Retrying...")
        draw(page, [[(0.3, 0.5), (0.75, 0.5)]])
        expect(page.locator(".message")).to_have_text(
            "Can't reach the server. Retrying...", timeout=20_000
        )
        expect(page.locator(".pad.lost")).to_have_count(1)
        assert ink_pixels(page) > 0
        with serving(tmp_path, port):
            expect(page.locator(".message")).to_be_empty(timeout=30_000)
            expect(page.locator(".pad.lost")).to_have_count(0)
            assert shown_digit(page) != ""
            assert ink_pixels(page) > 0
            page.locator(".undo").click()
            assert shown_digit(page) == "7"

"""Numbers on the pad: boxes under the ink, the number large, one digit's bars at a touch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.hand import READY, Stroke, draw, settle
from tests.support.digits import DIGITS
from tests.support.number_line import on_paper, side_by_side


def _line(number: str) -> list[Stroke]:
    """The number's strokes in the unit square."""
    strokes = side_by_side([[np.array(s) for s in DIGITS[int(digit)]] for digit in number], 0.15)
    points = np.concatenate(strokes)
    low, (width, height) = points.min(axis=0), np.ptp(points, axis=0)
    lower = np.array([0, (1 - height / width) / 2])
    return [[tuple(point) for point in (s - low) / width + lower] for s in strokes]


def _expect_bars(page: Page, digit: str) -> None:
    expect(page.locator(".bars .best .name")).to_have_text(digit)


def test_a_number_is_read_and_each_of_its_digits_shown_at_a_touch(
    desktop: Page, tmp_path: Path
) -> None:
    four = len(DIGITS[4])
    strokes = _line("42")
    draw(desktop, strokes[:four])
    settle(desktop)
    expect(desktop.locator(".digit")).to_have_text("4")
    expect(desktop.locator(".number")).to_be_hidden()
    draw(desktop, strokes[four:])
    settle(desktop)
    digits = desktop.locator(".number button")
    expect(digits).to_have_text(["4", "2"])
    expect(desktop.locator(".digit")).to_be_hidden()
    expect(digits.nth(1)).to_have_attribute("aria-pressed", "true")  # the pen was there last
    _expect_bars(desktop, "2")
    seen = "document.querySelector('.seen canvas').toDataURL()"
    two = desktop.evaluate(seen)
    digits.nth(0).click()
    expect(digits.nth(0)).to_have_attribute("aria-pressed", "true")
    _expect_bars(desktop, "4")
    assert desktop.evaluate(seen) != two
    expect(desktop.locator(".announce")).to_have_text("42, 2 digits")
    assert findings(desktop) == []
    desktop.get_by_role("button", name="Undo").click()
    settle(desktop)
    expect(desktop.locator(".digit")).to_be_visible()
    expect(desktop.locator(".number")).to_be_hidden()

    picture = tmp_path / "number.png"
    drawings = [[np.array(stroke) for stroke in DIGITS[digit]] for digit in (3, 5, 7, 1)]
    on_paper(side_by_side(drawings, 0.2)).save(picture)
    desktop.locator("input.file").set_input_files(picture)
    expect(digits).to_have_text(["3", "5", "7", "1"])
    desktop.get_by_role("button", name="Clear").click()
    expect(digits).to_have_count(0)


def test_a_long_number_stays_within_its_place_on_a_phone(phone: Page) -> None:
    draw(phone, _line("31415926"))
    settle(phone)
    expect(phone.locator(".number button")).to_have_count(8)
    number, seen = (phone.locator(s).bounding_box() for s in (".number", ".seen canvas"))
    assert number is not None
    assert seen is not None
    assert number["x"] + number["width"] <= seen["x"]
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_wide_pad_has_room_for_a_long_number_that_a_narrow_one_keeps(
    desktop: Page, phone: Page
) -> None:
    for page, least in ((desktop, 600), (phone, 360)):
        wide = page.get_by_role("button", name="Wide")
        wide.click()
        expect(wide).to_have_attribute("aria-pressed", "true")
        box = page.locator(".paper").bounding_box()
        assert box is not None
        assert box["width"] == pytest.approx(2 * box["height"], abs=2)
        assert box["width"] >= least
        draw(page, [[(x, 0.5 + (y - 0.5) * 2) for x, y in s] for s in _line("3571")])
        settle(page)
        expect(page.locator(".number button")).to_have_text(["3", "5", "7", "1"])
        page.reload()
        page.locator(READY).wait_for()
        expect(wide).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".number button")).to_have_count(4)
        wide.click()
        settle(page)
        expect(page.locator(".number button")).to_have_text(["3", "5", "7", "1"])
        furthest = "Math.max(...window.digitSketchpad.strokes().flat().map(([x]) => x))"
        assert page.evaluate(furthest) <= 1000
        page.get_by_role("button", name="Clear").click()

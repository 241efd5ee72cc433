"""Data tab: something to see at once, pages, a digit on the pad."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, opened, visitor
from tests.browser.hand import shown_digit
from tests.support.serving import serving

SOON = 90_000
"""Milliseconds; only a test that fails waits so long."""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The Data tab of an app that has no MNIST, as it is when somebody first opens it."""
    absent = {"MNIST_PATH": "absent.npz"}
    with (
        serving(tmp_path_factory.mktemp("home"), environment=absent) as app,
        visitor(browser, app.url, **DESKTOP) as context,
        opened(context, app.url) as page,
    ):
        yield page


def counted(page: Page) -> int:
    counts = page.locator(".data .count").all_inner_texts()
    return sum(int(each.replace(",", "")) for each in counts)


def test_the_first_digits_are_there_before_all_are_drawn(page: Page) -> None:
    page.get_by_role("tab", name="Data").click()
    source = page.locator(".data .source")
    expect(page.locator(".data .grid [role=img]")).to_have_count(100)
    expect(source).to_have_text("Synthetic digits, generated on this machine: 300 so far …")
    seen = "() => [...document.querySelectorAll('.grid canvas')].map((c) => c.toDataURL())"
    digits = page.evaluate(seen)
    assert len(set(digits)) > 90
    done = "A sample of 6,000 synthetic digits, generated on this machine."
    expect(source).to_have_text(done, timeout=SOON)
    expect(page.locator(".data .last-page")).to_have_text("60")
    assert counted(page) == 6000
    assert page.evaluate(seen) == digits  # none has moved under the eye


def test_pages_are_turned_and_chosen(page: Page) -> None:
    number, last = page.get_by_role("spinbutton", name="Page"), page.locator(".data .last-page")
    expect(last).to_have_text("60", timeout=SOON)
    buttons = {
        name: page.get_by_role("button", name=name, exact=True)
        for name in ("First", "Previous", "Next", "Last")
    }
    steps = [
        ("Last", "60", {"First", "Previous"}),
        ("Previous", "59", set(buttons)),
        ("Next", "60", {"First", "Previous"}),
        ("First", "1", {"Next", "Last"}),
    ]
    for name, shown, enabled in steps:
        buttons[name].click()
        expect(number, name).to_have_value(shown)
        for each, button in buttons.items():
            expect(button, f"{each} after {name}").to_be_enabled(enabled=each in enabled)
    for typed, shown in (("7", "7"), ("99", "60"), ("0", "1")):
        number.fill(typed)
        number.press("Enter")
        expect(number, typed).to_have_value(shown)

    # Only one digit; its pages are fewer.
    page.get_by_role("button", name="The average 7").click()
    expect(page.get_by_role("img", name="A 7", exact=True)).to_have_count(100)
    expect(last).to_have_text("6")
    expect(number).to_have_value("1")


def test_a_digit_of_the_grid_is_read_on_the_pad(page: Page) -> None:
    page.get_by_role("button", name="The average 4").click()
    expect(page.get_by_role("img", name="A 4", exact=True)).to_have_count(100)
    # The first is chosen; the arrow keys move on, and only the chosen one is a stop of Tab.
    page.locator(".data .grid [aria-pressed=true]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    chosen = page.locator(".data .grid button").nth(11)
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".data .grid button[tabindex='0']")).to_have_count(1)
    expect(page.locator(".data .which")).to_contain_text("A 4, number ")
    page.get_by_role("button", name="Read it on the Draw tab").click()
    expect(page.get_by_role("tab", name="Draw")).to_have_attribute("aria-selected", "true")
    assert shown_digit(page) == "4"

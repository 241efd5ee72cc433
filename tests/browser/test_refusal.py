"""Non-digits in a real browser: refused in words, never displayed like a digit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import draw, on_pad, settle, shown_digit
from tests.support.digits import DIGITS, SCRIBBLE


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest) -> Page:
    """A page whose network refuses, wide and narrow."""
    page: Page = request.getfixturevalue(request.param)
    return page


def test_a_scribble_is_not_a_digit_and_the_next_digit_is_one(page: Page) -> None:
    draw(page, SCRIBBLE)
    assert shown_digit(page) == "?"
    expect(page.locator(".confidence")).to_have_text("Not a digit")
    expect(page.locator(".best-guess")).to_have_text(
        re.compile(r"^Best guess: \d\. Clear to try again\.$")
    )
    expect(page.locator(".announce")).to_have_text(
        re.compile(r"^Not a digit\. Best guess: \d\. Clear")
    )
    bars = page.locator(".bar").evaluate_all("all => all.map((bar) => bar.style.transform)")
    assert bars == ["scaleX(0)"] * 10  # a long one would look like confidence
    assert page.locator(".percent").all_inner_texts() == [""] * 10
    expect(page.locator(".bars .best")).to_have_count(0)
    expect(page.locator(".pad.certain")).to_have_count(0)
    page.locator(".clear").click()
    expect(page.locator(".digit")).to_be_empty()
    expect(page.locator(".best-guess")).to_be_hidden()
    draw(page, DIGITS[3])
    assert shown_digit(page) == "3"
    expect(page.locator(".confidence")).to_contain_text("% sure")
    expect(page.locator(".best-guess")).to_be_hidden()
    expect(page.locator(".announce")).to_contain_text("3, ")
    expect(page.locator(".bars .best .name")).to_have_text("3")


def test_the_refusal_fits_on_a_line_and_the_best_guess_is_smaller(page: Page) -> None:
    draw(page, SCRIBBLE)
    settle(page)
    words, guess = (page.locator(s).bounding_box() for s in (".confidence", ".best-guess"))
    assert words is not None
    assert guess is not None
    assert guess["y"] >= words["y"] + words["height"] - 1
    assert words["height"] < 30  # one line
    sizes = [
        page.locator(s).evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        for s in (".best-guess", ".confidence")
    ]
    assert sizes[0] < sizes[1]
    verdict = page.locator(".verdict").bounding_box()
    assert verdict is not None
    assert guess["y"] + guess["height"] <= verdict["y"] + verdict["height"]
    width = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    quiet, loud = (
        page.locator(s).evaluate("e => getComputedStyle(e).color")
        for s in (".best-guess", ".confidence")
    )
    assert quiet != loud
    bars = page.locator(".bars").bounding_box()
    page.locator(".clear").click()
    assert page.locator(".bars").bounding_box() == bars  # nothing moves, whatever the answer


def shown_and_best(page: Page) -> list[str]:
    """The digit that is shown and the one whose bar is the longest, of one and the same answer."""
    return list(
        page.evaluate(
            """() => {
              const long = [...document.querySelectorAll(".bar")].map(
                (bar) => Number(bar.style.transform.slice("scaleX(".length, -1)));
              const best = long.indexOf(Math.max(...long));
              return [document.querySelector(".digit").innerText, String(best)];
            }"""
        )
    )


def test_half_a_digit_is_not_refused_while_the_pen_is_down(page: Page) -> None:
    page.evaluate(
        """() => {
          window.said = [];
          const place = document.querySelector(".digit");
          new MutationObserver(() => window.said.push(place.textContent))
            .observe(place, { childList: true, characterData: true, subtree: true });
        }"""
    )
    (stroke,) = SCRIBBLE
    start, *way = on_pad(page, stroke)
    page.mouse.move(*start)
    page.mouse.down()
    for point in way:
        page.mouse.move(*point)
    page.wait_for_function("() => document.querySelector('.pad.unfinished')")
    digit, best = shown_and_best(page)
    assert digit == best
    expect(page.locator(".confidence")).to_be_empty()
    assert "?" not in page.evaluate("window.said")
    page.mouse.up()
    expect(page.locator(".digit")).to_have_text("?")
    expect(page.locator(".confidence")).to_have_text("Not a digit")

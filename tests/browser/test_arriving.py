"""What a visitor meets first: the tabs and their addresses, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.hand import READY, draw, settle
from tests.support.digits import DIGITS

TABS = ("draw", "train", "models", "data")
OPEN_TAB = '[role="tab"][aria-selected="true"]'
NOTE_OPEN_TABS = f"""
  window.opened = [];
  new MutationObserver(() => {{
    const id = document.querySelector('{OPEN_TAB}')?.dataset.tabId;
    if (id && window.opened.at(-1) !== id) window.opened.push(id);
  }}).observe(document, {{ subtree: true, childList: true, attributes: true }});
"""


def expect_tab(page: Page, name: str) -> None:
    expect(page.locator(OPEN_TAB)).to_have_attribute("data-tab-id", name)


def test_each_tab_has_an_address_that_reload_and_history_keep(desktop: Page) -> None:
    start = desktop.url
    for name in TABS[1:]:
        desktop.locator(f'[role="tab"][data-tab-id="{name}"]').click()
        expect(desktop).to_have_url(f"{start}#{name}")
        expect(desktop.locator(".introduction p:visible")).to_have_count(1)
    desktop.go_back()
    expect_tab(desktop, "models")
    desktop.go_forward()
    expect_tab(desktop, "data")
    desktop.add_init_script(NOTE_OPEN_TABS)
    desktop.reload()
    expect_tab(desktop, "data")
    assert desktop.evaluate("window.opened") == ["data"]  # and no other for an instant
    for _ in TABS[1:]:
        desktop.go_back()
    expect_tab(desktop, "draw")
    expect(desktop).to_have_url(start)


def test_a_page_that_opens_on_another_tab_knows_the_drawing(desktop: Page, app_url: str) -> None:
    draw(desktop, DIGITS[3])
    settle(desktop)
    drawn = desktop.evaluate("window.digitSketchpad.strokes()")
    assert len(drawn[0]) > 10
    desktop.goto(f"{app_url}#train")
    desktop.reload()
    expect_tab(desktop, "train")
    expect(desktop.locator(".pad")).to_have_count(0)
    assert desktop.evaluate("window.digitSketchpad.strokes()") == drawn
    desktop.goto(f"{app_url}#nothing")
    desktop.reload()
    desktop.locator(READY).wait_for()
    expect_tab(desktop, "draw")

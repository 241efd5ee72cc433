"""axe-core on every tab, light and dark, at a desk and on a phone."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.axe import findings
from tests.browser.hand import draw, settle
from tests.support.digits import DIGITS


def test_no_tab_has_a_finding_in_either_theme_at_a_desk_or_on_a_phone(desktop: Page) -> None:
    draw(desktop, DIGITS[3])
    settle(desktop)
    found = []
    for tab in ("Draw", "Train", "Models", "Data"):
        desktop.get_by_role("tab", name=tab, exact=True).click()
        for width, height in ((1280, 800), (390, 844)):
            desktop.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                desktop.evaluate(f"document.body.classList.toggle('dark', {theme == 'dark':d})")
                found += [f"{tab}, {theme}, {width}: {each}" for each in findings(desktop)]
    desktop.set_viewport_size({"width": 1280, "height": 800})
    assert not found, "\n".join(found)

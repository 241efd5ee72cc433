"""The page's scripts in a browser: each fetched once and cached, the pad's early."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.web.scripts import PRELOADED, load_scripts
from tests.browser.hand import READY, draw, shown_digit
from tests.support.digits import DIGITS
from tests.support.serving import PUBLISHED, serving

SCRIPTS = load_scripts()
SEEN_ON = {
    "Train": ".run .nothing",
    "Models": ".models tbody tr",
    "Data": ".data .tools",
    "Draw": ".paper",
}
"""Tabs, and what each of them shows."""
FETCHED = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/scripts/"))
  .map(({ name, startTime, transferSize }) => [name, startTime, transferSize])"""


def fetched(page: Page) -> dict[str, tuple[float, int]]:
    """Name of each script: milliseconds until it was asked for, bytes that came."""
    found = page.evaluate(FETCHED)
    assert Counter(name for name, *_ in found).most_common(1)[0][1] == 1
    start = f"/{SCRIPTS.address('')}"
    return {name.partition(start)[2]: (at, size) for name, at, size in found}


def see_all_tabs(page: Page) -> None:
    for tab, content in SEEN_ON.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.locator(content).first).to_be_visible()


def test_each_script_is_fetched_once_and_never_again(browser: Browser, app_url: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(app_url)
        page.locator(READY).wait_for()
        first = fetched(page)
        see_all_tabs(page)
        everything = fetched(page)
        elsewhere = {
            "header/start.js",
            "header/theme.js",
            "vendor/uPlot-1.6.32.iife.min.js",
        }  # inline; for charts
        assert set(everything) == set(SCRIPTS.files) - elsewhere

        # Its first tab's are imported before Gradio lays it out.
        early = page.evaluate("Object.keys(window.sketchpadScripts)")
        assert set(early) == {SCRIPTS.address(name) for name in PRELOADED}

        # The pad's are asked for with the page, all at once, not one import after the other.
        preloaded = SCRIPTS.with_imports(*PRELOADED)
        assert set(preloaded) <= set(first)
        gradio = page.evaluate(
            """() => Math.max(...performance.getEntriesByType("resource")
              .filter(({ name }) => name.includes("/assets/")).map((each) => each.startTime))"""
        )
        for name in preloaded:
            assert everything[name][0] < gradio, name

        page.reload()
        page.locator(READY).wait_for()
        see_all_tabs(page)
        for name, (_, size) in fetched(page).items():
            assert size == 0, name


def test_the_page_works_under_a_root_path(browser: Browser, tmp_path: Path) -> None:
    with (
        serving(tmp_path, None, "--root-path", "/digits", environment=PUBLISHED) as app,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(app.url)
        page.locator(READY).wait_for()
        assert page.url.endswith("/digits/")
        draw(page, DIGITS[3])
        assert shown_digit(page) == "3"
        see_all_tabs(page)
        assert all("/digits/scripts/" in name for name, *_ in page.evaluate(FETCHED))


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_chosen_theme_never_flashes_the_other(new_tab: Page, app_url: str, system: str) -> None:
    other = {"light": "dark", "dark": "light"}[system]
    new_tab.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    new_tab.add_init_script(
        f"""
        localStorage.setItem("digit-sketchpad-theme", "{other}");
        window.frames_seen = [];
        (function look() {{
          const button = document.querySelector(".theme");
          if (button) {{
            const theme = document.body.classList.contains("dark") ? "dark" : "light";
            window.frames_seen.push(`${{theme}} ${{button.innerText}}`);
          }}
          requestAnimationFrame(look);
        }})();
        """
    )
    new_tab.goto(app_url)
    new_tab.locator(READY).wait_for()
    new_tab.wait_for_function("() => window.frames_seen.length > 20")
    assert set(new_tab.evaluate("window.frames_seen")) == {f"{other} {system.capitalize()}"}

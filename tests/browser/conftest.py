"""Real browsers on the running app: a desktop's and a phone's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from demo.web.scripts import load_scripts
from tests.browser.chromium import launch
from tests.browser.hand import READY

Run = Callable[[str, str], Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def desktop(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of 1280x800 with the pad ready to draw on."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(app_url)
        page.locator(READY).wait_for()
        yield page


@pytest.fixture
def phone(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of 390x844 with touch and a dense screen, the pad ready to draw on."""
    with browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        has_touch=True,
        is_mobile=True,
    ) as context:
        page = context.new_page()
        page.goto(app_url)
        page.locator(READY).wait_for()
        yield page


@pytest.fixture(scope="module")
def run(browser: Browser, app_url: str) -> Iterator[Run]:
    """Runs the body of a function of `m`, a module of the page, and brings its result back."""
    scripts = load_scripts()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{app_url}healthz")  # the modules' origin, and nothing else

        def call(module: str, body: str) -> Any:
            address = app_url + scripts.address(module)
            return page.evaluate(f"async () => {{ const m = await import('{address}'); {body} }}")

        yield call

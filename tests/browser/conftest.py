"""Real browsers on the running app: a desktop's and a phone's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from demo.web.scripts import load_scripts
from tests.browser.chromium import launch
from tests.browser.hand import READY

Run = Callable[[str, str], Any]


DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "has_touch": True,
    "is_mobile": True,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # A process that has compiled the page's scripts loads it at half the cost.
        browser = launch(playwright, "--process-per-site")
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, url: str, **options: Any) -> Iterator[BrowserContext]:
    """A visitor with a tab that stays open: it keeps the process with the compiled scripts."""
    with browser.new_context(**options) as context:
        context.new_page().goto(f"{url}healthz")  # an origin without scripts
        yield context


@contextmanager
def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    """The page in a `visitor`'s tab with the pad ready to draw on; then that visitor is a new one.

    A tab of its own, for scripts that stay in it, costs twice as much: see `new_tab`.
    """
    page = context.pages[0]
    size = page.viewport_size
    assert size is not None
    try:
        page.goto(url)
        page.locator(READY).wait_for()
        yield page
    finally:
        page.unroute_all()
        page.goto(f"{url}healthz")
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="null", reduced_motion="null")
        context.clear_cookies()


@pytest.fixture(scope="session")
def desktop_visitor(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    with visitor(browser, app_url, **DESKTOP) as context:
        yield context


@pytest.fixture(scope="session")
def phone_visitor(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    with visitor(browser, app_url, **PHONE) as context:
        yield context


@pytest.fixture
def desktop(desktop_visitor: BrowserContext, app_url: str) -> Iterator[Page]:
    """A page of 1280x800 with the pad ready to draw on."""
    with opened(desktop_visitor, app_url) as page:
        yield page


@pytest.fixture
def phone(phone_visitor: BrowserContext, app_url: str) -> Iterator[Page]:
    """A page of 390x844 with touch and a dense screen, the pad ready to draw on."""
    with opened(phone_visitor, app_url) as page:
        yield page


@pytest.fixture
def new_tab(desktop_visitor: BrowserContext) -> Iterator[Page]:
    """An empty tab of the same visitor's, closed after the test with all that was put into it."""
    page = desktop_visitor.new_page()
    yield page
    page.close()
    desktop_visitor.pages[0].evaluate("localStorage.clear()")


@pytest.fixture(scope="module")
def run(desktop_visitor: BrowserContext, app_url: str) -> Iterator[Run]:
    """Runs the body of a function of `m`, a module of the page, and brings its result back."""
    scripts = load_scripts()
    page = desktop_visitor.new_page()
    page.goto(f"{app_url}healthz")  # the modules' origin, and nothing else

    def call(module: str, body: str) -> Any:
        address = app_url + scripts.address(module)
        return page.evaluate(f"async () => {{ const m = await import('{address}'); {body} }}")

    yield call
    page.close()

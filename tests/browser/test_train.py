"""Train and Models tabs in a real browser, with a real worker: started, watched, stopped, used."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import opened, visitor
from tests.browser.hand import draw, settle
from tests.support.digits import DIGITS
from tests.support.serving import App, serving

SOON = 90_000
"""Milliseconds; only a test that fails waits so long."""

WIDEST = """() => Math.max(...[...document.querySelectorAll("button, canvas, p, input")]
  .filter((each) => each.getClientRects().length && !each.closest(".scroll"))
  .map((each) => each.getBoundingClientRect().right))"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app of this file's own: its runs and the network in use are nobody else's."""
    with serving(tmp_path_factory.mktemp("home")) as app:
        yield app


@pytest.fixture(scope="module")
def visitors(browser: Browser, app: App) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """One at a desk, another on a phone."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with (
        visitor(browser, app.url, viewport={"width": 1280, "height": 900}) as one,
        visitor(browser, app.url, **phone) as other,
    ):
        yield one, other


@pytest.fixture
def page(visitors: tuple[BrowserContext, BrowserContext], app: App) -> Iterator[Page]:
    with opened(visitors[0], app.url) as page:
        page.emulate_media(reduced_motion="reduce")  # a moving bar is drawn again in every frame
        yield page


@pytest.fixture
def watcher(visitors: tuple[BrowserContext, BrowserContext], app: App) -> Iterator[Page]:
    """Another visitor, on a phone."""
    with opened(visitors[1], app.url) as page:
        page.emulate_media(reduced_motion="reduce")
        yield page


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def fill(page: Page, label: str, value: object) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.blur()


def start(page: Page, epochs: int, recipe: str = "compact") -> None:
    """Trains on synthetic digits."""
    tab(page, "Train")
    page.get_by_role("radio", name=recipe, exact=True).check()
    page.get_by_label("Synthetic digits").check()
    fill(page, "Digits", 600)
    fill(page, "Epochs", epochs)
    page.get_by_role("button", name="Train", exact=True).click()


def run_state(page: Page, status: str, phase: str | None = None) -> None:
    more = f" && run.dataset.phase === '{phase}'" if phase else ""
    until(page, f"run?.dataset.status === '{status}'{more}")


def until(page: Page, condition: str) -> None:
    """Waits; asked ten times a second, as a question in each frame makes the page draw it."""
    run = "const run = document.querySelector('.run');"
    page.wait_for_function(f"() => {{ {run} return {condition}; }}", timeout=SOON, polling=100)


def points(page: Page) -> int:
    return int(page.locator(".run .chart.loss").get_attribute("data-points") or 0)


def has_points(page: Page, least: int) -> None:
    until(page, f"run.querySelector('.loss')?.dataset.points >= {least}")


def row(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(
        ".models tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)
    )


def test_a_run_from_start_to_roll_back_with_somebody_watching(
    page: Page, watcher: Page, app: App
) -> None:
    draw(page, DIGITS[3])
    settle(page)
    shipped = page.locator(".version").get_attribute("title") or ""
    start(page, epochs=1000)
    run_state(page, "running", "training")
    name = "compact-1"
    expect(page.locator(".run .name")).to_have_text(name)

    # Points arrive, more and more of them, in the same chart.
    has_points(page, 3)
    chart = page.locator(".run .chart.loss canvas").element_handle()
    assert chart is not None
    before = points(page)
    has_points(page, before + 1)
    assert chart.evaluate("canvas => canvas.isConnected")
    expect(page.locator(".run .progress")).to_contain_text("images a second")

    # The visitor's own drawing is read by the network as it learns.
    expect(page.locator(".run .probe tbody tr").last).to_contain_text("now")

    # Somebody else sees the same run, all of its curve at once.
    tab(watcher, "Train")
    run_state(watcher, "running", "training")
    expect(watcher.locator(".run .name")).to_have_text(name)
    has_points(watcher, before)

    # A reload in the middle loses nothing.
    before = points(page)
    page.reload()
    run_state(page, "running", "training")
    has_points(page, before)

    # Stop keeps what was learned: tested, shown, listed.
    page.locator(".run .stop").click()
    for each in (page, watcher):
        run_state(each, "stopped")
        expect(each.locator(".run .tested")).to_contain_text("test digits correct", timeout=SOON)
        expect(each.locator(".run .confusion tbody tr")).to_have_count(10)
        expect(each.locator(".run .against")).to_contain_text(f"Live: {shipped}")

    # Draw with it: for this visitor only.
    page.locator(".run .draw-with").click()
    settle(page)
    expect(page.locator(".version")).to_have_attribute("title", name)
    tab(watcher, "Draw")
    draw(watcher, DIGITS[3])
    settle(watcher)
    expect(watcher.locator(".version")).to_have_attribute("title", shipped)
    page.get_by_role("button", name="Switch back").click()
    expect(page.locator(".version")).to_have_attribute("title", shipped)

    # Live: under every open page, also one where nobody draws.
    tab(page, "Models")
    row(page, name).get_by_role("button", name=f"Actions of {name}").click()
    page.locator(".models .menu").get_by_role("button", name="Make live").click()
    page.get_by_role("dialog").get_by_role("button", name="Make live").click()
    expect(row(page, name)).to_contain_text("live")
    expect(watcher.locator(".version")).to_have_attribute("title", name)
    settle(watcher)

    # And back.
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Make live").click()
    expect(row(page, shipped)).to_contain_text("live")
    expect(watcher.locator(".version")).to_have_attribute("title", shipped)


def test_a_digit_is_augmented(page: Page) -> None:
    tab(page, "Data")
    expect(page.locator(".data .grid canvas")).to_have_count(100, timeout=SOON)

    pictures = (
        "() => [...document.querySelectorAll('.data .variants canvas')].map((c) => c.toDataURL())"
    )
    page.locator(".data").get_by_role("slider", name="Shift").fill("0")
    page.locator(".data").get_by_role("slider", name="Rotation").fill("0")
    until(page, f"new Set(({pictures})()).size === 1")
    page.locator(".data").get_by_role("slider", name="Rotation").fill("30")
    until(page, f"new Set(({pictures})()).size > 20")


def test_nothing_is_wider_than_a_phone(watcher: Page) -> None:
    tab(watcher, "Data")
    watcher.get_by_role("button", name="Synthetic digits").click()
    expect(watcher.locator(".data .grid canvas")).to_have_count(100, timeout=SOON)
    # MNIST's counts have a figure more.
    watcher.evaluate(
        "document.querySelectorAll('.data .count').forEach((c) => { c.textContent = '65,742'; })"
    )
    for name in ("Data", "Models", "Train", "Draw"):
        tab(watcher, name)
        assert watcher.evaluate(WIDEST) <= 390, name


def test_all_recipes_are_queued_as_far_as_there_is_room(page: Page) -> None:
    """The last test of this app, which is busy from here on."""
    tab(page, "Train")
    page.get_by_label("Synthetic digits").check()
    fill(page, "Digits", 20_000)  # the first run takes its time
    every = page.get_by_role("button", name="Train all recipes")
    every.click()
    notice = page.locator(".setup .notice")
    queued = re.compile(r"runs are queued: .*house-(\d+)\.$")
    expect(notice).to_have_text(queued)
    (last,) = map(int, queued.findall(notice.inner_text()))
    expect(page.locator(".run .queue")).to_contain_text(f"sprint-{last - 1}, house-{last}")
    every.click()
    expect(notice).to_contain_text("The queue has no room left for")
    every.click()
    expect(notice).to_contain_text("The queue is full: 10 runs are waiting")

"""Models tab: the table of runs, a run's own page, comparing, what is live for everybody."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from model.learning.recipes import find
from model.reading.reader import SHIPPED, Reader
from model.service.database.schema import FAILED, FINISHED
from model.service.database.store import Store
from model.service.home import Home
from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE, opened, visitor
from tests.support.serving import App, serving

SOON = 90_000
"""Milliseconds; only a test that fails waits so long."""
REASON = "The digits could not be read."
BASE = Reader().version
ACCURACY = f"{Reader().card['test_accuracy']:.2%}"
"""Of that network."""


def result(accuracy: float) -> dict[str, Any]:
    """A result on 100 test digits, the first ones read wrong."""
    wrong = round(100 * (1 - accuracy))
    confusion = [[10 * (digit == other) for other in range(10)] for digit in range(10)]
    confusion[4][4], confusion[4][9] = 10 - wrong, wrong
    mistake = {"image": base64.b64encode(bytes(784)).decode(), "digit": 4, "guess": 9, "sure": 0.9}
    return {
        "accuracy": accuracy,
        "images": 100,
        "correct": 100 - wrong,
        "interval": [accuracy - 0.01, accuracy + 0.01],
        "confusion": confusion,
        "digits": [{"precision": 1.0, "recall": 1.0, "f1": 1.0, "images": 10}] * 10,
        "mistakes": [mistake] * wrong,
        "source": "MNIST",
        "trained_on": 60_000,
        "seconds": 9.0,
    }


def seed(home: Home) -> None:
    """Four runs that have ended."""
    store = Store.open(home.database)

    def add(recipe: str, visitor: str = "", **chosen: Any) -> str:
        settings = find(recipe).settings(**chosen)
        origin = "visitor" if visitor else "page"
        return store.add(recipe, settings, "mnist", origin=origin, visitor=visitor).name

    def end(status: str, reason: str = "", accuracy: float | None = None) -> None:
        run = store.claim("worker")
        assert run is not None
        if accuracy is not None:
            card = shutil.copytree(SHIPPED, home.version(run.name)) / "card.json"
            card.write_text(json.dumps(json.loads(card.read_text()) | {"version": run.name}))
        store.finish(run, status, reason, None if accuracy is None else result(accuracy))

    for recipe, visitor_, chosen, ending in (
        ("compact", "", {"epochs": 2}, {"status": FINISHED, "accuracy": 0.96}),
        ("compact", "", {}, {"status": FINISHED, "accuracy": 0.98}),
        ("dropout", "somebody@here", {}, {"status": FAILED, "reason": REASON}),
        ("compact", "", {"shift": 3.0}, {"status": FINISHED, "accuracy": 0.97}),
    ):
        add(recipe, visitor_, **chosen)
        end(**ending)
    store.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("models") / "home"
    seed(Home(folder))
    with serving(folder) as app:
        yield app


@pytest.fixture(scope="module")
def context(browser: Browser, app: App) -> Iterator[BrowserContext]:
    with visitor(browser, app.url, **DESKTOP) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, app: App) -> Iterator[Page]:
    with opened(context, app.url) as page:
        show(page)
        yield page


def show(page: Page) -> None:
    page.get_by_role("tab", name="Models", exact=True).click()
    expect(page.locator(".models .using")).to_contain_text("Live: ")


def expect_names(page: Page, names: list[str], when: object = None) -> None:
    shown = page.locator(".models tbody th:visible")
    expect(shown, str(when)).to_have_text(names, use_inner_text=True)


def row(page: Page, name: str) -> Locator:
    return page.locator(
        ".models tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)
    )


def choose(page: Page, name: str, action: str) -> None:
    """Picks an action from the menu of a run's row."""
    row(page, name).get_by_role("button", name=f"Actions of {name}").click()
    page.locator(".models .menu").get_by_role("button", name=action, exact=True).click()


def test_a_run_fits_a_line_at_a_desk_and_two_on_a_phone(
    page: Page, browser: Browser, app: App
) -> None:
    expect_names(page, ["compact-4", "dropout-3", "compact-2", "compact-1", BASE])
    cells = {
        "compact-4": ["finished", "97.00%", "9 s", "MNIST; shift 3 px"],
        "dropout-3": ["failed", f"a visitor's run; {REASON.rstrip('.')}; MNIST"],
        "compact-1": ["finished", "96.00%", "MNIST; epochs 2"],
        BASE: ["live", ACCURACY, "Built in, cannot be deleted"],
    }
    for name, texts in cells.items():
        for text in texts:
            expect(row(page, name), name).to_contain_text(text)
        assert row(page, name).locator(".started").inner_text().strip() or name == BASE
    with visitor(browser, app.url, **PHONE) as other, opened(other, app.url) as phone:
        show(phone)
        for each, most in ((page, 44), (phone, 62)):
            for line in each.locator(".models tbody tr").all():
                box = line.bounding_box()
                assert box is not None
                assert box["height"] <= most, (line.inner_text(), box)
            assert each.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_click_sorts_and_the_arrow_says_how(page: Page) -> None:
    arrow = (
        "button => [getComputedStyle(button, '::after')].map((s) => s.visibility + s.content)[0]"
    )
    steps = [
        ("accuracy", "descending", ["compact-2", "compact-4", "compact-1", "dropout-3"]),
        ("accuracy", "ascending", ["dropout-3", "compact-1", "compact-4", "compact-2"]),
        ("started", "descending", ["compact-4", "dropout-3", "compact-2", "compact-1"]),
        ("run", "descending", ["compact-4", "dropout-3", "compact-2", "compact-1"]),
        ("run", "ascending", ["compact-1", "compact-2", "dropout-3", "compact-4"]),
    ]
    for key, direction, order in steps:
        button = page.locator(".models thead").get_by_role("button", name=key)
        button.click()
        expect_names(page, [*order, BASE], (key, direction))
        for head in page.locator(".models thead th[aria-sort]").all():
            is_key = head.inner_text().startswith(key)
            expect(head, key).to_have_attribute("aria-sort", direction if is_key else "none")
            shown = head.locator("button").evaluate(arrow)
            sign = "↓" if direction == "descending" else "↑"
            assert (shown.startswith("visible") and sign in shown) == is_key, (key, shown)


def test_a_filter_without_a_match_says_so(page: Page) -> None:
    search = page.get_by_label("Filter")
    search.fill("shift 3")
    expect_names(page, ["compact-4"])
    expect(page.locator(".models .no-match")).to_be_empty()
    search.fill("no such run")
    expect_names(page, [])
    expect(page.locator(".models .no-match")).to_have_text("No match for “no such run”.")
    ink = "(e, part) => getComputedStyle(e, part).color"
    assert search.evaluate(f"e => ({ink})(e, '::placeholder')") != search.evaluate(
        f"e => ({ink})(e)"
    )


def test_the_menu_closes_when_the_window_changes(page: Page) -> None:
    menu = page.locator(".models .menu")
    row(page, "compact-4").get_by_role("button", name="Actions of compact-4").click()
    expect(menu).to_be_visible()
    page.set_viewport_size({"width": 500, "height": 600})
    expect(menu).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(DESKTOP["viewport"])


def test_runs_are_compared_where_one_looks(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 400})
    bar = page.locator(".models .picked")
    expect(bar).to_be_hidden()
    page.get_by_label("Compare compact-1").check()
    expect(bar).to_contain_text("1 run picked: pick another to compare")
    page.get_by_label("Compare compact-4").check()
    expect(bar).to_contain_text("2 runs picked")
    page.evaluate("scrollTo(0, 0)")
    expect(bar).to_be_in_viewport(ratio=0.99)
    bar.get_by_role("button", name="Compare").click()
    heading = page.get_by_role("heading", name="compact-1 and compact-4, epoch by epoch")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport(ratio=0.99)
    table = page.locator(".models .compare .settings")
    expect(table.locator("tr", has_text="epochs").locator("strong")).to_have_count(2)
    expect(table.locator("tr", has_text="batch size").locator("strong")).to_have_count(0)
    expect(page.locator(".models .list")).to_be_hidden()
    assert findings(page) == []
    # Back where one was, and nothing of it is lost.
    page.locator(".models .compare .back").click()
    expect(page.get_by_label("Compare compact-4")).to_be_checked()
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()
    expect(page.get_by_label("Compare compact-4")).not_to_be_checked()
    page.set_viewport_size(DESKTOP["viewport"])


def test_a_run_has_a_page_of_its_own(page: Page, context: BrowserContext) -> None:
    row(page, "compact-1").get_by_role("button", name="compact-1", exact=True).click()
    details = page.locator(".models .details")
    expect(details.get_by_role("heading", name="compact-1", exact=True)).to_be_focused()
    expect(details.locator(".facts strong")).to_have_text(["2"])  # what differs from the recipe
    expect(details.locator(".confusion tbody tr")).to_have_count(10)
    expect(details.locator(".mistakes li")).to_have_count(4)
    expect(details.locator(".scorecard section").first).to_contain_text("time per reading")
    assert findings(page) == []
    for kind in ("Keras", "TFLite", "ONNX"):
        with page.expect_download(timeout=SOON) as download:
            details.get_by_role("button", name=f"{kind} file").click()
        assert download.value.suggested_filename == f"compact-1.{kind.lower()}"
        assert Path(download.value.path()).stat().st_size > 10_000
    page.locator(".models .details .back").click()
    expect(row(page, "compact-1").locator(".open")).to_be_focused()

    # The app's own network has one too, and cannot be deleted.
    row(page, BASE).locator(".number").first.click()
    expect(details.locator(".reason")).to_have_text("Built in, cannot be deleted")
    expect(details.get_by_role("button", name="Delete")).to_have_count(0)


def test_what_is_live_changes_only_after_a_question_with_both_figures(page: Page) -> None:
    using, dialog = page.locator(".models .using"), page.get_by_role("dialog")
    choose(page, "compact-4", "Make live")
    for text in (BASE, ACCURACY, "compact-4", "97.00%", "compact-4 is worse"):
        expect(dialog).to_contain_text(text)
    assert findings(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(using).to_have_text(f"Live: {BASE}, {ACCURACY}")

    choose(page, "compact-4", "Make live")
    dialog.get_by_role("button", name="Make live").click()
    expect(using).to_have_text("Live: compact-4, 97.00%")
    expect(row(page, "compact-4")).to_contain_text("live")

    page.get_by_role("button", name="Roll back").click()
    expect(dialog).to_contain_text(f"Make {BASE} live?")
    expect(dialog).not_to_contain_text("worse")
    dialog.get_by_role("button", name="Make live").click()
    expect(using).to_have_text(f"Live: {BASE}, {ACCURACY}")


def test_a_run_is_deleted_only_after_a_question(page: Page) -> None:
    """The last one: it takes a run away."""
    choose(page, "compact-2", "Open")
    details, dialog = page.locator(".models .details"), page.get_by_role("dialog")
    details.get_by_role("button", name="Delete").dblclick()
    expect(dialog).to_contain_text("Its network, its curves and its results are deleted for good.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(details).to_be_visible()
    details.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".models .list")).to_be_visible()
    expect(row(page, "compact-2")).to_have_count(0)

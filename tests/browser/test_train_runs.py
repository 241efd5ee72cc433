"""Runs on the Train tab in a real browser, with a real worker: paused, stopped, resumed, reopened.

The tests share one page and its two runs, and follow each other.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from model.reading.reader import Reader
from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, Run, opened, visitor
from tests.browser.hand import draw, settle
from tests.browser.test_train import SOON, has_points, run_state, start, tab, until
from tests.support.digits import DIGITS
from tests.support.serving import serving

SERVER = re.compile(r"/component_server/?$")
PLACES = """() => [...document.querySelectorAll(".run .actions button")].map((button) => {
  const { x, y, width } = button.getBoundingClientRect();
  return [button.className, x, y + scrollY, width];
})"""
MATRIX = """() => {
  const middle = (cell) => {
    const { left, right } = cell.getBoundingClientRect();
    return (left + right) / 2;
  };
  const head = document.querySelector(".run .confusion thead tr");
  const row = document.querySelector(".run .confusion tbody tr");
  const off = [...head.cells].slice(1).map((cell, i) => middle(cell) - middle(row.cells[i + 1]));
  return [Math.max(...off.map(Math.abs)), row.cells[10].getBoundingClientRect().right];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with (
        serving(tmp_path_factory.mktemp("home")) as app,
        visitor(browser, app.url, **DESKTOP) as context,
        opened(context, app.url) as page,
    ):
        page.emulate_media(reduced_motion="reduce")  # a moving bar is drawn again in every frame
        yield page


def expect_actions(page: Page, *names: str) -> None:
    """These actions, and no others, can be taken now."""
    offered = page.locator(".run .actions button:not([aria-disabled=true])")
    expect(offered).to_have_text(names, use_inner_text=True)


def test_a_stopped_run_stays_on_the_screen_and_no_button_moves(page: Page) -> None:
    draw(page, DIGITS[3])
    settle(page)
    start(page, epochs=1000)
    run_state(page, "running", "training")
    start(page, epochs=900)
    notice = page.locator(".setup .notice")
    expect(notice).to_have_text("compact-2 is queued (next up).")
    places = page.evaluate(PLACES)
    expect_actions(page, "Pause", "Stop")
    # Whoever presses Stop again and again presses nothing else.
    stop = page.locator(".run .stop")
    stop.scroll_into_view_if_needed()
    box = stop.bounding_box()
    assert box is not None
    for _ in range(3):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    run_state(page, "stopped")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_actions(page, "Resume", "Draw with it", "Make live")
    assert page.evaluate(PLACES) == places
    # The next one has begun meanwhile.
    expect(page.locator(".run .next")).to_contain_text("compact-2 is running.", timeout=SOON)
    expect(page.locator(".run .name")).to_have_text("compact-1")
    expect(notice).to_have_text("")
    expect(page.locator(".run .confusion tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Show it").click()
    expect(page.locator(".run .name")).to_have_text("compact-2")
    assert page.evaluate(PLACES) == places


def test_a_run_that_is_chosen_while_the_server_answers_stays_chosen(page: Page) -> None:
    held: list[Route] = []

    def hold_one(route: Route) -> None:
        if not held and '"watch"' in str(route.request.post_data):
            held.append(route)
        else:
            route.continue_()

    page.route(SERVER, hold_one)
    deadline = time.monotonic() + 20
    while not held and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert held
    page.get_by_label("Show a run").select_option("compact-1")
    held[0].continue_()
    expect(page.locator(".run .name")).to_have_text("compact-1")
    page.unroute(SERVER)
    page.get_by_label("Show a run").select_option("compact-2")
    expect(page.locator(".run .name")).to_have_text("compact-2")


def test_making_a_network_live_asks_and_shows_both(page: Page) -> None:
    page.get_by_label("Show a run").select_option("compact-1")
    against = page.locator(".run .against")
    expect(against).to_contain_text("Live: house-")
    expect(against).to_contain_text("Best run on the same digits: this one.")
    before = against.inner_text()
    page.get_by_role("button", name="Make live", exact=True).click()
    dialog = page.get_by_role("dialog", name="Make compact-1 live?")
    expect(dialog.locator("tbody")).to_contain_text(f"{Reader().card['test_accuracy']:.2%}MNIST")
    expect(dialog.locator("tbody")).to_contain_text("synthetic digits")
    expect(dialog).to_contain_text("tested on different digits")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert against.inner_text() == before


def test_a_worse_network_is_said_to_be_worse_and_no_second_click_confirms(run: Run) -> None:
    said, is_open = run(
        "parts/live.js",
        """
        const network = (name, accuracy) => ({ name, accuracy, testedOn: "MNIST" });
        const said = {};
        let isOpen = true;
        for (const accuracy of [0.097, 0.99, 0.9973, null]) {
          m.askToMakeLive(document.body, network("bad-1", accuracy), network("good-1", 0.99));
          const dialog = document.querySelector("dialog");
          said[accuracy] = dialog.querySelector(".worse").textContent;
          dialog.querySelector("[value=yes]").click();
          isOpen &&= dialog.open;
          dialog.remove();
        }
        return [said, isOpen];
        """,
    )
    worse = "bad-1 is worse: 9.70% correct, against 99.00% now."
    assert said == {"0.097": worse, "0.99": "", "0.9973": "", "null": ""}
    assert is_open


def test_an_earlier_run_opens_again_with_all_that_was_seen_and_a_reload_keeps_it(
    page: Page,
) -> None:
    page.get_by_label("Show a run").select_option("compact-1")
    expect(page.locator(".run .name")).to_have_text("compact-1")
    page.reload()
    tab(page, "Train")
    expect(page.locator(".run .name")).to_have_text("compact-1")
    expect(page.locator(".run .tested")).to_contain_text("test digits correct")
    expect(page.locator(".run .confusion tbody tr")).to_have_count(10)
    expect(page.locator(".run .mistakes figcaption")).to_contain_text("istakes")
    expect(page.locator(".run .probe .drawing")).to_be_visible()
    has_points(page, 1)
    legend = page.locator(".run .chart.loss .u-legend")
    expect(legend).to_contain_text("training, smoothed")
    expect(legend).not_to_contain_text("validation")  # nothing is held out
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        off, right = page.evaluate(MATRIX)
        assert off < 1, width  # each heading stands over its column
        assert right <= width
        for theme in ("light", "dark"):
            page.evaluate(f"document.body.classList.toggle('dark', {theme == 'dark':d})")
            assert not findings(page), (width, theme)  # contrast in the matrix, among others
    page.evaluate("document.body.classList.remove('dark')")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_runs_are_paused_and_resumed_stopped_ones_too(page: Page) -> None:
    def press(name: str) -> None:
        page.locator(f".run .{name}").click()

    page.get_by_label("Show a run").select_option("compact-2")
    run_state(page, "running", "training")
    places = page.evaluate(PLACES)
    until(page, "run.querySelector('.probe tbody').rows.length > 1")
    press("pause")
    run_state(page, "paused")
    expect(page.locator(".run .progress")).to_contain_text("Paused after epoch")
    expect_actions(page, "Resume")
    assert page.evaluate(PLACES) == places
    press("resume")
    run_state(page, "running", "training")
    expect(page.locator(".run .progress")).to_contain_text("of 900, batch")
    assert "Epoch 1 " not in page.locator(".run .progress").inner_text()
    press("stop")
    run_state(page, "stopped")
    press("resume")
    run_state(page, "running", "training")
    expect(page.locator(".run .result")).to_be_hidden()
    press("stop")
    run_state(page, "stopped")

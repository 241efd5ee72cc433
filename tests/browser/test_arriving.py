"""What a visitor meets first, in a real browser: tabs, samples, the ghost hand, About, Share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from model.reading.reader import SHIPPED
from tests.browser.axe import findings
from tests.browser.hand import READY, draw, ink_pixels, settle, shown_digit
from tests.support.digits import DIGITS

PARTS = (".paper", ".verdict", ".bars", ".undo", ".redo", ".clear", ".open", ".samples")
SIZES = ((1280, 800), (1366, 650), (768, 1024), (390, 844), (844, 390))

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


def test_each_tab_has_an_address_that_reload_and_history_keep(new_tab: Page, app_url: str) -> None:
    new_tab.goto(app_url)
    start = new_tab.url
    for name in TABS[1:]:
        new_tab.locator(f'[role="tab"][data-tab-id="{name}"]').click()
        expect(new_tab).to_have_url(f"{start}#{name}")
        expect(new_tab.locator(".introduction p:visible")).to_have_count(1)
    new_tab.go_back()
    expect_tab(new_tab, "models")
    new_tab.go_forward()
    expect_tab(new_tab, "data")
    new_tab.add_init_script(NOTE_OPEN_TABS)
    new_tab.reload()
    expect_tab(new_tab, "data")
    assert new_tab.evaluate("window.opened") == ["data"]  # and no other for an instant
    for _ in TABS[1:]:
        new_tab.go_back()
    expect_tab(new_tab, "draw")
    expect(new_tab).to_have_url(start)


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


def sample(page: Page, digit: int) -> None:
    page.get_by_role("button", name=f"Draw a sample {digit}").click()


def test_samples_are_read_and_in_sight_at_every_size(desktop: Page) -> None:
    desktop.emulate_media(reduced_motion="reduce")  # drawn at once
    for digit in range(10):
        sample(desktop, digit)
        assert shown_digit(desktop) == str(digit)
        expect(desktop.locator(".confidence"), str(digit)).to_have_text("99.9% sure")
    for width, height in SIZES:
        desktop.set_viewport_size({"width": width, "height": height})
        for part in PARTS:
            place = desktop.locator(part)
            expect(place, f"{part} at {width}x{height}").to_be_in_viewport(ratio=0.99)


@pytest.fixture
def clocked(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page whose time passes when it is told to; of a visitor's own, as all their pages' does."""
    with browser.new_context() as context:
        page = context.new_page()
        page.clock.install()
        page.goto(app_url)
        page.locator(READY).wait_for()
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        yield page


def test_a_sample_is_drawn_by_and_by_and_a_visitor_ends_it(clocked: Page) -> None:
    clock, digit, pad = clocked.clock, clocked.locator(".digit"), clocked.locator(".pad")
    strokes = "window.digitSketchpad.strokes().length"
    sample(clocked, 4)
    clock.run_for(700)
    expect(digit).not_to_be_empty()  # the answer moves with it
    expect(pad).to_have_class(re.compile("drawing"))
    assert clocked.evaluate(strokes) == 1  # of two
    draw(clocked, DIGITS[7])
    clock.run_for(600)
    expect(digit).to_have_text("7")
    assert clocked.evaluate(strokes) == len(DIGITS[7])

    sample(clocked, 5)
    clock.run_for(300)
    assert clocked.evaluate(strokes) == 1
    clocked.locator(".clear").click()
    clock.run_for(3_000)
    expect(pad).to_have_class(re.compile("empty"))

    sample(clocked, 4)
    clock.run_for(5_000)
    assert clocked.evaluate(strokes) == 2
    expect(digit).to_have_text("4")
    expect(clocked.locator(".announce")).to_contain_text("4, ")


def test_the_ghost_hand_comes_back_to_an_idle_pad_until_somebody_is_there(clocked: Page) -> None:
    clock, digit, pad = clocked.clock, clocked.locator(".digit"), clocked.locator(".paper")
    pad.press("ArrowDown")
    clock.run_for(900)
    for _ in range(2):
        clock.run_for(18_950)
        expect(digit).to_be_empty()
        clock.run_for(1_800)
        expect(digit).not_to_be_empty()  # what was drawn when that answer was asked for
        clock.run_for(200)
        expect(digit).to_have_text("3")
        expect(clocked.locator(".announce")).to_be_empty()
        clock.run_for(1_900)
        expect(digit).to_be_empty()
    clock.run_for(20_500)
    expect(digit).not_to_be_empty()
    pad.press("ArrowDown")
    expect(digit).to_be_empty()
    expect(clocked.locator(".pad.drawing")).to_have_count(0)
    assert clocked.locator(".percent").all_inner_texts() == [""] * 10


def test_an_empty_pad_shows_how_and_is_read_quietly_until_a_touch(desktop: Page) -> None:
    desktop.wait_for_function(
        """() => {
          const paper = document.querySelector(".paper");
          const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
          return data.some((value, i) => i % 4 === 3 && value > 0);
        }"""
    )
    expect(desktop.locator(".digit")).not_to_be_empty()
    expect(desktop.locator(".pad.empty.drawing")).to_have_count(1)  # in a quiet tone
    draw(desktop, DIGITS[7])
    assert shown_digit(desktop) == "7"
    desktop.locator(".clear").click()
    assert [ink_pixels(desktop) for _ in range(3)] == [0, 0, 0]


def test_an_empty_pad_shows_no_black_box(desktop: Page) -> None:
    expect(desktop.locator(".seen")).to_be_hidden()
    draw(desktop, DIGITS[1])
    settle(desktop)
    expect(desktop.locator(".seen")).to_be_visible()


def test_a_phone_shows_everything_without_scrolling(phone: Page) -> None:
    for size in ({"width": 390, "height": 844}, {"width": 844, "height": 390}):
        phone.set_viewport_size(size)  # type: ignore[arg-type]
        for part in PARTS:
            expect(phone.locator(part), f"{part} at {size}").to_be_in_viewport(ratio=0.99)


def test_about_says_in_six_sentences_what_this_is_on_every_tab(desktop: Page) -> None:
    card = json.loads((SHIPPED / "card.json").read_text())
    about, story = desktop.get_by_role("button", name="About"), desktop.locator(".story")
    for name in TABS:
        desktop.locator(f'[role="tab"][data-tab-id="{name}"]').click()
        about.click()
        expect(story, name).to_be_in_viewport(ratio=1)
        desktop.keyboard.press("Escape")
        expect(story, name).to_be_hidden()
    text = " ".join(story.locator("p:not(:has(button))").all_text_contents())
    assert len(re.findall(r"\.(?=\s|$)", text)) == 6
    for figure in (
        f"{card['parameters']:,}",
        f"{card['test_accuracy']:.2%}",
        f"{card['data']['train_images']:,}",
        f"{card['data']['test_images']:,}",
    ):
        assert figure in text, figure


def test_dialogs_have_no_finding_of_axe(desktop: Page) -> None:
    for opener in ("About", "Share", "Keyboard shortcuts"):
        desktop.get_by_role("button", name=opener).click()
        expect(desktop.locator("dialog[open]")).to_have_count(1)
        for theme in ("light", "dark"):
            desktop.evaluate(f"document.body.classList.toggle('dark', {theme == 'dark':d})")
            assert not findings(desktop), f"{opener}, {theme}"
        desktop.keyboard.press("Escape")


def test_shortcuts_open_where_they_can_be_seen(desktop: Page) -> None:
    for width, height in SIZES:
        desktop.set_viewport_size({"width": width, "height": height})
        desktop.get_by_role("button", name="Keyboard shortcuts").click()
        shortcuts = desktop.get_by_role("dialog", name="Keyboard shortcuts")
        expect(shortcuts, f"{width}x{height}").to_be_in_viewport(ratio=1)
        shortcuts.get_by_role("button", name="Close").click()
        expect(shortcuts).to_be_hidden()


def test_the_link_is_copied_over_plain_http_or_selected_with_the_keys_to_press(
    new_tab: Page, app_url: str
) -> None:
    new_tab.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    new_tab.goto(app_url)
    new_tab.locator(READY).wait_for()
    note = new_tab.locator(".link .note")
    new_tab.get_by_role("button", name="Share").click()
    expect(new_tab.locator(".link .address")).not_to_be_empty()
    new_tab.get_by_role("button", name="Copy the link").click()
    expect(note).to_have_text("Copied.")
    new_tab.evaluate("document.execCommand = () => false")
    new_tab.get_by_role("button", name="Copy the link").click()
    expect(note).to_have_text("The link is selected: press Ctrl+C to copy.")
    selected = new_tab.evaluate("getSelection().toString()")
    assert selected == new_tab.locator(".link .address").inner_text()

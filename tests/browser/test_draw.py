"""The pad in a real browser: drawn on, read, undone, resized, with mouse, finger and keys."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hand import READY, Finger, Stroke, draw, ink_pixels, on_pad, settle, shown_digit
from tests.support.digits import DIGITS

BRIGHTEST = """() => {
  const paper = document.querySelector(".paper");
  const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
  let brightest = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 255) brightest = Math.max(brightest, data[i]);
  }
  return brightest"""
INK_IS = {"light": BRIGHTEST + " < 60; }", "dark": BRIGHTEST + " > 200; }"}
ALL_READ = {digit: str(digit) for digit in range(10)}


def test_each_digit_drawn_with_the_mouse_is_read(desktop: Page) -> None:
    read = {}
    for digit, strokes in DIGITS.items():
        draw(desktop, strokes)
        read[digit] = shown_digit(desktop)
        desktop.locator(".clear").click()
        expect(desktop.locator(".digit")).to_be_empty()
    assert read == ALL_READ


def test_a_fast_hand_with_few_points_is_read_as_it_is_painted(desktop: Page) -> None:
    for digit, count in ((0, 8), (0, 7), (0, 6), (6, 7), (6, 6), (8, 11), (8, 8)):
        (stroke,) = DIGITS[digit]
        draw(desktop, [few_points(stroke, count)], every=1)
        assert shown_digit(desktop) == str(digit), f"{digit} of {count} points"
        desktop.locator(".clear").click()


def few_points(stroke: Stroke, count: int) -> Stroke:
    """The stroke as a fast hand leaves it: so many points, evenly spaced along it."""
    line = np.array(stroke)
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], count)
    return [
        (float(np.interp(a, along, line[:, 0])), float(np.interp(a, along, line[:, 1]))) for a in at
    ]


def test_each_digit_drawn_with_a_finger_is_read_and_the_page_stands_still(phone: Page) -> None:
    phone.evaluate("document.body.style.minHeight = '3000px'")  # there is something to scroll
    finger, read = Finger(phone), {}
    for digit, strokes in DIGITS.items():
        finger.draw(strokes)
        read[digit] = shown_digit(phone)
        phone.locator(".clear").tap()
        expect(phone.locator(".digit")).to_be_empty()
    assert read == ALL_READ
    assert phone.evaluate("window.scrollY") == 0


def test_the_answer_comes_while_the_pen_is_down(desktop: Page) -> None:
    start, *way = on_pad(desktop, DIGITS[3][0])
    desktop.mouse.move(*start)
    desktop.mouse.down()
    for point in way:
        desktop.mouse.move(*point)
    assert shown_digit(desktop) == "3"
    expect(desktop.locator(".bars .best .name")).to_have_text("3")
    expect(desktop.locator(".announce")).to_be_empty()  # spoken only when the pen rests
    desktop.mouse.up()
    expect(desktop.locator(".announce")).to_contain_text("3, ")


def test_the_28x28_shows_the_ink(desktop: Page) -> None:
    bright = "() => document.querySelector('.seen canvas').getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 === 0 && v > 128).length"  # noqa: E501
    assert desktop.evaluate(bright) == 0
    draw(desktop, DIGITS[8])
    settle(desktop)
    assert 60 < desktop.evaluate(bright) < 200
    desktop.locator(".clear").click()
    desktop.wait_for_function(f"() => ({bright})() === 0")


def test_undo_goes_back_stroke_by_stroke_and_over_clear(desktop: Page) -> None:
    undo = desktop.locator(".undo")
    expect(undo).to_be_disabled()
    draw(desktop, DIGITS[1])
    one = shown_digit(desktop)
    draw(desktop, [[(0.2, 0.9), (0.8, 0.9)], [(0.1, 0.1), (0.9, 0.1)]])
    settle(desktop)
    undo.click()
    undo.click()
    assert shown_digit(desktop) == one == "1"
    desktop.locator(".clear").click()
    expect(desktop.locator(".digit")).to_be_empty()
    undo.click()
    assert shown_digit(desktop) == "1"
    for _ in DIGITS[1]:
        undo.click()
    expect(undo).to_be_disabled()
    expect(desktop.locator(".digit")).to_be_empty()
    assert ink_pixels(desktop) == 0


def test_keys_draw_undo_and_clear(desktop: Page) -> None:
    pad = desktop.locator(".paper")
    pad.focus()
    pad.press("Space")
    for _ in range(20):
        pad.press("ArrowDown")
    pad.press("Space")
    assert shown_digit(desktop) == "1"
    expect(desktop.locator(".announce")).to_contain_text("1, ")
    pad.press("Escape")
    expect(desktop.locator(".digit")).to_be_empty()
    pad.press("Backspace")
    assert shown_digit(desktop) == "1"
    pad.press("Backspace")
    expect(desktop.locator(".digit")).to_be_empty()


def test_two_arrows_held_draw_aslant(desktop: Page) -> None:
    pad = desktop.locator(".paper")
    pad.focus()
    pad.press("Space")
    desktop.keyboard.down("ArrowDown")
    desktop.keyboard.down("ArrowLeft")
    for _ in range(8):
        desktop.keyboard.down("ArrowLeft")  # what a held key repeats
    desktop.keyboard.up("ArrowLeft")
    desktop.keyboard.up("ArrowDown")
    pad.press("Space")
    settle(desktop)
    desktop.evaluate("window.dispatchEvent(new Event('pagehide'))")
    strokes = desktop.evaluate("JSON.parse(sessionStorage.getItem('digit-sketchpad-strokes'))")
    (first_x, first_y), (last_x, last_y) = strokes[0][0], strokes[0][-1]
    assert first_x - last_x > 200
    assert last_y - first_y > 200


def test_a_second_finger_draws_nothing(phone: Page) -> None:
    (start, *way), finger = on_pad(phone, DIGITS[1][-1]), Finger(phone)
    palm = (start[0] + 90, start[1] + 30)
    finger.touch("touchStart", start)
    finger.touch("touchStart", start, palm)
    for point in way:
        palm = (palm[0] - 1, palm[1] + 3)
        finger.touch("touchMove", point, palm)
    finger.touch("touchEnd")
    assert shown_digit(phone) == "1"


def test_ink_survives_resizing_rotation_and_reload(phone: Page) -> None:
    Finger(phone).draw(DIGITS[2])
    assert shown_digit(phone) == "2"
    before = ink_pixels(phone)
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.wait_for_function(
        "() => { const p = document.querySelector('.paper'); return p.width === p.clientWidth * 3 }"
    )
    assert 0 < ink_pixels(phone) != before
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.wait_for_function("() => document.querySelector('.paper').clientWidth > 350")
    phone.wait_for_function(
        "() => { const p = document.querySelector('.paper'); return p.width === p.clientWidth * 3 }"
    )
    assert ink_pixels(phone) == pytest.approx(before, rel=0.01)
    phone.reload()
    assert shown_digit(phone) == "2"
    phone.locator(".undo").tap()
    expect(phone.locator(".digit")).to_be_empty()


def test_the_pad_is_sharp_on_a_dense_screen(phone: Page) -> None:
    paper = phone.locator(".paper")
    assert paper.evaluate("p => p.width") == 3 * paper.evaluate("p => p.clientWidth")


def test_the_pad_is_square_where_it_is_as_wide_as_a_canvas_is_made(desktop: Page) -> None:
    desktop.set_viewport_size({"width": 844, "height": 410})  # a pad of 300, the canvas's default
    draw(desktop, DIGITS[2])
    settle(desktop)
    assert desktop.locator(".paper").evaluate("p => [p.width, p.height]") == [300, 300]


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(desktop: Page, system: str) -> None:
    other = {"light": "dark", "dark": "light"}[system]
    is_dark = "document.body.classList.contains('dark')"
    desktop.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    desktop.reload()
    button = desktop.locator(".theme")
    expect(button).to_have_text(other.capitalize(), use_inner_text=True)
    assert desktop.evaluate(is_dark) == (system == "dark")
    draw(desktop, DIGITS[0])
    settle(desktop)
    button.click()
    expect(button).to_have_text(system.capitalize(), use_inner_text=True)
    desktop.wait_for_function(INK_IS[other])
    desktop.reload()
    expect(button).to_have_text(system.capitalize(), use_inner_text=True)
    assert desktop.evaluate(is_dark) == (other == "dark")


def test_nothing_is_asked_of_other_hosts(browser: Browser, app_url: str) -> None:
    with browser.new_context() as context:
        hosts = set()
        context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page = context.new_page()
        page.goto(app_url)
        page.locator(READY).wait_for()
        draw(page, DIGITS[5])
        settle(page)
        page.get_by_text("Use via API").click()
        page.get_by_text("/read_strokes").first.wait_for()
        page.wait_for_load_state("networkidle")
    assert hosts - {"", urlsplit(app_url).netloc} == set()


def test_a_tablet_has_room_for_pad_and_bars(desktop: Page) -> None:
    for width in (768, 820, 1000):
        desktop.set_viewport_size({"width": width, "height": 1100})
        pad, track = (desktop.locator(s).first.bounding_box() for s in (".paper", ".track"))
        assert pad is not None, width
        assert track is not None, width
        assert pad["width"] >= 300, width
        assert track["width"] > 100, width
        assert desktop.evaluate("document.documentElement.scrollWidth") == width


def test_the_pad_works_with_damaged_storage_and_without_any(new_tab: Page, app_url: str) -> None:
    for script in (
        "sessionStorage.setItem('digit-sketchpad-strokes', '[[], null, [1, 2], [[1, null]]]')",
        "for (const s of ['sessionStorage', 'localStorage']) "
        "Object.defineProperty(window, s, {get() { throw new Error('blocked') }})",
    ):
        new_tab.add_init_script(script)
        new_tab.goto(app_url)
        new_tab.locator(READY).wait_for()
        draw(new_tab, DIGITS[4])
        assert shown_digit(new_tab) == "4"
        assert ink_pixels(new_tab) > 0
        new_tab.locator(".clear").click()


def test_a_pen_wins_over_the_hand_that_holds_it(phone: Page) -> None:
    phone.evaluate(
        """() => {
          const paper = document.querySelector(".paper");
          paper.setPointerCapture = () => {};
          const { left, top, width } = paper.getBoundingClientRect();
          const send = (kind, pointerType, pointerId, x, y) => paper.dispatchEvent(
            new PointerEvent(kind, { pointerType, pointerId, bubbles: true, cancelable: true,
              clientX: left + x * width, clientY: top + y * width }));
          send("pointerdown", "touch", 1, 0.9, 0.9);
          send("pointerdown", "pen", 2, 0.5, 0.2);
          for (let y = 0.2; y < 0.8; y += 0.05) send("pointermove", "pen", 2, 0.5, y);
          send("pointerup", "touch", 1, 0.9, 0.9);
          send("pointerup", "pen", 2, 0.5, 0.8);
        }"""
    )
    assert shown_digit(phone) == "1"


def test_the_phone_page_is_not_wider_than_the_phone(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    pad, digit = phone.locator(".paper").bounding_box(), phone.locator(".digit").bounding_box()
    assert pad is not None
    assert digit is not None
    assert pad["width"] > 360
    assert digit["y"] + digit["height"] < 844  # the answer is in sight under the pad


def test_what_is_undone_comes_back_by_button_and_by_key(desktop: Page) -> None:
    redo, pad = desktop.locator(".redo"), desktop.locator(".paper")
    expect(redo).to_be_disabled()
    draw(desktop, DIGITS[1])
    assert shown_digit(desktop) == "1"
    for again in (redo.click, lambda: pad.press("Control+y"), lambda: pad.press("Meta+Shift+Z")):
        pad.press("Control+z")
        expect(desktop.locator(".digit")).to_be_empty()
        again()
        assert shown_digit(desktop) == "1"
        expect(redo).to_be_disabled()
    pad.press("Control+z")
    draw(desktop, DIGITS[7])
    expect(redo).to_be_disabled()  # a new stroke ends what could be redone


def test_a_live_answer_stands_for_a_moment_and_the_final_one_comes_at_once(desktop: Page) -> None:
    desktop.evaluate(
        """() => {
          window.flips = [];
          const [pad, place] = [".pad", ".digit"].map((s) => document.querySelector(s));
          new MutationObserver(() => {
            const [digit] = window.flips.at(-1) ?? [];
            if (place.textContent === digit) return;
            const isLive = pad.classList.contains("drawing");
            window.flips.push([place.textContent, performance.now(), isLive]);
          }).observe(place, { childList: true });
        }"""
    )
    draw(desktop, DIGITS[3], pace=12, every=1)
    assert shown_digit(desktop) == "3"
    flips = desktop.evaluate("window.flips")
    assert len(flips) > 2
    for (_, before, _), (digit, at, is_live) in pairwise(flips):
        assert not is_live or at - before >= 145, f"{digit} of {flips}"


def test_an_answer_is_quieter_while_the_pen_is_down_and_names_the_network(desktop: Page) -> None:
    colour = "e => getComputedStyle(e).color"
    digit = desktop.locator(".digit")
    start, *way = on_pad(desktop, DIGITS[3][0])
    desktop.mouse.move(*start)
    desktop.mouse.down()
    for point in way:
        desktop.mouse.move(*point)
    assert shown_digit(desktop) == "3"
    quiet = digit.evaluate(colour)
    desktop.mouse.up()
    settle(desktop)
    assert digit.evaluate(colour) != quiet
    expect(desktop.locator(".confidence")).to_have_text("99.9% sure")
    expect(desktop.locator(".reader")).to_have_text("Model: House (built in)", use_inner_text=True)

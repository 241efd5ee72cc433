"""Pictures on the Draw tab: opened, shown, read, refused."""

from __future__ import annotations

import json
import re

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from demo.web.errors import MAX_BODY
from model.reading.picture import HEIC
from tests.browser.hand import READY, draw, ink_pixels, settle, shown_digit
from tests.support.digits import DIGITS
from tests.support.hostile import png
from tests.support.pictures import drawn_on_paper


def picture(digit: int, side: int = 400) -> bytes:
    """A PNG of a digit."""
    return png(drawn_on_paper(digit, side))


def open_file(page: Page, name: str, kind: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": kind, "buffer": content}
    page.locator(".file").set_input_files(file)


def test_a_picture_is_shown_and_read_and_ink_replaces_it(desktop: Page) -> None:
    open_file(desktop, "five.png", "image/png", picture(5))
    assert shown_digit(desktop) == "5"
    assert ink_pixels(desktop) > 100_000
    draw(desktop, DIGITS[1])
    assert shown_digit(desktop) == "1"
    assert ink_pixels(desktop) < 100_000
    for _ in DIGITS[1]:
        desktop.locator(".undo").click()
    assert shown_digit(desktop) == "5"


def test_a_photo_of_many_pixels_is_made_smaller_and_read(desktop: Page) -> None:
    with desktop.expect_request(re.compile("component_server")) as asked:
        open_file(desktop, "nine.png", "image/png", picture(9, side=3000))
    assert len(asked.value.post_data or "") < 2_000_000
    assert shown_digit(desktop) == "9"


def test_a_noisy_picture_is_compressed_enough(desktop: Page) -> None:
    noise = Image.effect_noise((1600, 1600), 40).convert("RGB")
    noise.paste(drawn_on_paper(3, 900), (300, 300))
    with desktop.expect_request(re.compile("component_server")) as asked:
        open_file(desktop, "noise.png", "image/png", png(noise))
    assert len(asked.value.post_data or "") < MAX_BODY
    settle(desktop)
    # Not refused as too large; in noise as strong as this no ink may be found.
    assert desktop.locator(".message").inner_text() in ("", "No ink found in this picture.")


def test_a_file_that_is_not_a_picture_is_refused_and_the_next_one_is_read(desktop: Page) -> None:
    open_file(desktop, "notes.png", "image/png", b"not a picture at all")
    expect(desktop.locator(".message")).to_contain_text("cannot be opened as a picture")
    open_file(desktop, "photo.heic", "image/heic", b"\0\0\0\x24ftypheic" + bytes(500))
    expect(desktop.locator(".message")).to_have_text(HEIC)
    open_file(desktop, "two.png", "image/png", picture(2))
    assert shown_digit(desktop) == "2"
    expect(desktop.locator(".message")).to_be_empty()


def test_a_refusal_is_shown_in_the_servers_words(new_tab: Page, app_url: str) -> None:
    strokes = json.dumps([[[i % 1000, i // 10]] for i in range(5000)])
    new_tab.add_init_script(
        f"sessionStorage.setItem('digit-sketchpad-strokes', '{strokes}')"  # as if drawn before
    )
    new_tab.goto(app_url)
    expect(new_tab.locator(".message")).not_to_be_empty()
    expect(new_tab.locator(".digit")).to_be_empty()
    new_tab.locator(".clear").click()
    draw(new_tab, DIGITS[6])
    assert shown_digit(new_tab) == "6"
    expect(new_tab.locator(".message")).to_be_empty()


def test_an_opened_picture_survives_a_reload_until_it_is_cleared(desktop: Page) -> None:
    open_file(desktop, "five.png", "image/png", picture(5))
    assert shown_digit(desktop) == "5"
    desktop.reload()
    assert shown_digit(desktop) == "5"
    assert ink_pixels(desktop) > 100_000
    desktop.locator(".clear").click()
    expect(desktop.locator(".pad.empty")).to_have_count(1)
    desktop.reload()
    desktop.locator(READY).wait_for()
    expect(desktop.locator(".pad.empty")).to_have_count(1)
    assert desktop.evaluate("sessionStorage.getItem('digit-sketchpad-picture')") is None


def test_a_picture_without_ink_says_so(desktop: Page) -> None:
    open_file(desktop, "blank.png", "image/png", png(Image.new("L", (300, 300), 255)))
    expect(desktop.locator(".message")).to_have_text("No ink found in this picture.")


def test_a_file_dropped_beside_the_pad_does_not_make_the_browser_leave(desktop: Page) -> None:
    was_left_to_browser = desktop.evaluate(
        """() => ["dragover", "drop"].map((kind) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["x"], "x.txt"));
          return document.body.dispatchEvent(
            new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
        })"""
    )
    assert was_left_to_browser == [False, False]

"""The Train tab's form in a real browser: for the owner, and for visitors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from model.learning.recipes import RECIPES
from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, opened, visitor
from tests.support.digits import DIGITS
from tests.support.serving import serving
from tests.support.strokes_file import write

KEY = "a key of this test's own"
FORM = """() => Object.fromEntries([...document.querySelector(".setup").elements]
  .filter((each) => each.name && (each.type !== "radio" || each.checked))
  .map((each) => [each.name, each.value]))"""


@pytest.fixture
def train(desktop: Page) -> Iterator[Page]:
    tab(desktop)
    desktop.locator(".setup .start").wait_for()
    yield desktop
    desktop.evaluate("sessionStorage.clear()")


def tab(page: Page) -> None:
    page.get_by_role("tab", name="Train", exact=True).click()


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.blur()


def test_each_recipe_says_what_it_is_for_and_how_long_it_takes_and_moves_nothing(
    train: Page,
) -> None:
    start = train.locator(".setup .start")
    where = start.bounding_box()
    for name, recipe in RECIPES.items():
        row = train.locator(".recipes label", has=train.get_by_role("radio", name=name, exact=True))
        expect(row).to_contain_text(recipe.purpose)
        expect(row).to_contain_text("about ")
        row.click()
        expect(train.get_by_label("Epochs", exact=True)).to_have_value(str(recipe.epochs))
        expect(train.locator(".layers tbody tr")).to_have_count(len(recipe.layers) + 1)
        assert start.bounding_box() == where, name
    expect(train.locator(".estimate")).to_contain_text("Takes about")
    train.evaluate("document.body.classList.add('dark')")
    scheme = "(radio) => getComputedStyle(radio).colorScheme"
    assert train.locator(".recipes input").first.evaluate(scheme) == "dark"  # none is white
    meaning = train.get_by_text("the network has seen every training digit once")
    expect(meaning).to_be_hidden()
    train.get_by_role("button", name="Epochs", exact=True).click()
    expect(meaning).to_be_visible()
    train.keyboard.press("Escape")
    expect(meaning).to_be_hidden()


def test_the_form_survives_a_reload_and_reset_resets_everything(train: Page) -> None:
    fresh = train.evaluate(FORM)
    train.get_by_role("radio", name="dropout").check()
    train.get_by_label("Synthetic digits").check()
    for label, value in (("Digits", "700"), ("Epochs", "3"), ("Batch size", "48")):
        fill(train, label, value)
    train.get_by_text("More settings").click()
    fill(train, "Seed", "7")
    for label in ("Validation split", "Dropout", "Shift, in pixels", "Rotation, in degrees"):
        train.get_by_label(label, exact=True).press("ArrowRight")
    train.get_by_label("Optimizer", exact=True).select_option("sgd")
    changed = train.evaluate(FORM)
    fresh_digits = {"digits"} if fresh["digits"] == "strokes" else set()  # MNIST is not here
    assert {name for name, value in fresh.items() if changed[name] == value} == fresh_digits
    train.reload()
    tab(train)
    train.locator(".setup .start").wait_for()
    assert train.evaluate(FORM) == changed
    fill(train, "Epochs", "0")
    train.get_by_role("button", name="Reset").click()
    assert train.evaluate(FORM) == fresh
    expect(train.locator(".choices .error")).to_have_text("")


def test_a_wrong_value_is_said_at_its_field_until_it_is_mended(train: Page) -> None:
    rows = [
        ("Epochs", "2.7", "Epochs must be a whole number between 1 and 1,000."),
        ("Epochs", "", "Epochs must be a whole number between 1 and 1,000."),
        ("Epochs", "1001", "Epochs must be between 1 and 1,000."),
        ("Batch size", "1025", "Batch size must be between 1 and 1,024."),
        ("Learning rate", "0", "Learning rate must be between 0.000001 and 10."),
    ]
    start = train.locator(".setup .start")
    where = start.bounding_box()
    error = train.locator(".choices .error")
    for label, value, sentence in rows:
        field = train.get_by_label(label, exact=True)
        right = field.input_value()
        fill(train, label, value)
        expect(error).to_have_text(sentence)
        expect(field).to_have_attribute("aria-invalid", "true")
        start.click()
        expect(field).to_be_focused()
        assert start.bounding_box() == where, (label, value)
        fill(train, label, right)
        expect(error).to_have_text("")
    expect(train.locator(".run .live")).to_be_hidden()  # nothing was started


def test_drawings_are_added_chosen_for_the_recipe_that_uses_them_and_removed(
    train: Page, tmp_path: Path
) -> None:
    mine = write(tmp_path / "mine.npz", [DIGITS[3]] * 3, ["3", "4", "x"])
    (tmp_path / "junk.npz").write_bytes(b"junk")
    state, said = train.locator(".drawings .chosen"), train.locator(".drawings .said")
    expect(state).to_have_text("for house only")
    train.get_by_text("More drawings").click()
    upload = train.get_by_label("File of drawings")
    upload.set_input_files(tmp_path / "junk.npz")
    expect(said).to_contain_text("This file cannot be used: junk.npz is damaged")
    upload.set_input_files(mine)
    expect(said).to_have_text("mine.npz is added.")
    box = train.get_by_role("checkbox", name="mine.npz")
    expect(box).to_be_checked()
    expect(box).to_be_disabled()
    expect(train.locator(".files .about")).to_have_text("2 digits, 1 other drawings")
    where = train.locator(".setup .network").bounding_box()
    for recipe, names in (("house", "mine.npz"), ("classic", "for house only")):
        train.get_by_role("radio", name=recipe, exact=True).check()
        expect(state).to_have_text(names)
        assert train.locator(".setup .network").bounding_box() == where, recipe
    train.get_by_role("radio", name="house", exact=True).check()
    assert findings(train) == []
    train.reload()
    tab(train)
    expect(state).to_have_text("mine.npz")
    train.get_by_text("More drawings").click()
    asked: list[list[str]] = []

    def answer_none(route: Route) -> None:
        call = json.loads(route.request.post_data or "")
        if call["fn_name"] != "train":
            route.continue_()
            return
        asked.append(call["data"]["drawings"])
        route.abort()  # nothing is to train

    server = re.compile("component_server")
    train.route(server, answer_none)
    train.get_by_role("button", name="Train", exact=True).click()
    expect(train.locator(".choices .notice")).to_contain_text("Can't reach the server")
    train.unroute(server)
    assert asked == [["mine.npz"]]
    box.uncheck()
    expect(state).to_have_text("none")
    remove = train.get_by_role("button", name="Remove mine.npz")
    for answer, left in (("Cancel", 1), ("Remove", 0)):
        remove.click()
        train.get_by_role("dialog").get_by_role("button", name=answer, exact=True).click()
        expect(train.get_by_role("dialog")).to_have_count(0)
        expect(train.locator(".files li")).to_have_count(left)
    expect(said).to_have_text("mine.npz is removed.")
    expect(train.get_by_role("button", name="Add a file")).to_be_focused()
    expect(train.locator(".run .live")).to_be_hidden()  # a dialog's answer starts nothing


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path, environment={"SKETCHPAD_OWNER_KEY": KEY}) as app:
        yield app.url


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[str]:
    environment = {"SKETCHPAD_OWNER_KEY": KEY}
    with serving(tmp_path, None, "--open-training", environment=environment) as app:
        yield app.url


def test_where_training_is_shut_a_visitor_sees_what_they_may_do_and_no_form(
    browser: Browser, shut: str
) -> None:
    with visitor(browser, shut, **DESKTOP) as context, opened(context, shut) as page:
        tab(page)
        note = "Only the owner can train here. You can watch runs and compare them."
        expect(page.locator(".train .note")).to_have_text(note)
        expect(page.locator(".train .nothing")).to_be_visible()
        expect(page.locator(".setup")).to_be_hidden()


def test_where_training_is_open_a_visitor_is_offered_what_is_not_refused(
    browser: Browser, shared: str
) -> None:
    with visitor(browser, shared, **DESKTOP) as context, opened(context, shared) as page:
        tab(page)
        expect(page.locator(".train .note")).to_contain_text("one network at a time, for up to 5")
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Train all recipes")).to_be_hidden()
        expect(page.locator(".setup .drawings")).to_be_hidden()  # there are none to choose
        page.get_by_role("radio", name="house").check()
        expect(page.get_by_label("Epochs", exact=True)).to_have_value("5")
        lowered = "house asks for 40 epochs; lowered to 5 (your limit)."
        expect(page.locator(".estimate")).to_contain_text(lowered)
        fill(page, "Epochs", "6")
        expect(page.locator(".choices .error")).to_have_text("Epochs must be between 1 and 5.")

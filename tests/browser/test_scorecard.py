"""Models tab: a network's scorecard on its page, before and after it was measured."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from model.learning.evaluation import score_file
from model.reading.reader import SHIPPED
from tests.browser.hand import READY
from tests.support.serving import serving

WIDEST = """() => Math.max(...[...document.querySelectorAll(".scorecard *")]
  .filter((each) => each.getClientRects().length)
  .map((each) => each.getBoundingClientRect().right))"""


def sections_of(folder: Path) -> int:
    """Parts of a scorecard: the network, MNIST, each set of digits and of non-digits."""
    card = score_file.load(folder)
    assert card is not None
    return 2 + len(card.drawn) + len(card.refusal)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network without a scorecard."""
    folder = tmp_path_factory.mktemp("own") / "model"
    shutil.copytree(SHIPPED, folder)
    (folder / "score.json").unlink()
    return folder


@pytest.fixture(scope="module")
def url(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_PATH", str(model / "absent.npz"))
        with serving(tmp_path_factory.mktemp("home"), None, "--model", str(model)) as app:
            yield app.url


def show(page: Page) -> None:
    page.get_by_role("tab", name="Models", exact=True).click()
    page.locator(".models .open").last.click()  # the app's own network
    expect(page.locator(".scorecard")).to_be_visible()


def test_a_scorecard_says_how_to_get_one_and_comes_by_itself(
    browser: Browser, url: str, model: Path
) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(url)
        page.locator(READY).wait_for()
        show(page)
        line = page.locator(".scorecard .line")
        expect(line).to_have_text("Not measured yet: press Measure, or run python -m model score.")

        # Nothing to measure with: said in a sentence, and the button is there again.
        page.get_by_role("button", name="Measure", exact=True).click()
        expect(line).to_contain_text("Measuring …")
        expect(line).to_contain_text("No MNIST at absent.npz: that file is missing", timeout=90_000)
        expect(page.get_by_role("button", name="Measure", exact=True)).to_be_enabled()

        shipped = score_file.load(SHIPPED)
        assert shipped is not None
        # Measured by whomever: the open page shows it, part by part.
        shutil.copy(SHIPPED / "score.json", model)
        sections = page.locator(".scorecard section")
        rejected = 2 + len(shipped.drawn)
        expect(sections).to_have_count(sections_of(SHIPPED))
        expect(sections.nth(0)).to_contain_text(f"{shipped.parameters:,}")
        expect(sections.nth(1)).to_contain_text("MNIST, 10,000 test digits")
        expect(sections.nth(1)).to_contain_text(f"{shipped.test.accuracy:.2%}")
        expect(sections.nth(1).locator(".by-digit td")).to_have_count(10)
        expect(sections.nth(2).get_by_role("img", name="confidence")).to_be_visible()
        expect(sections.nth(2).locator("circle").nth(5)).to_be_attached()
        expect(sections.nth(rejected)).to_contain_text("AUROC against MNIST")

        # Terms are explained where they stand.
        sections.nth(1).get_by_role("button", name="calibration error").click()
        meaning = page.locator(".meaning:popover-open")
        expect(meaning).to_contain_text("How far its confidence is from the truth")
        box = meaning.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1280
        page.keyboard.press("Escape")
        expect(meaning).to_have_count(0)

        page.locator(".models .details .back").click()
        expect(page.locator(".scorecard")).to_have_count(0)


def test_a_scorecard_is_no_wider_than_a_phone(phone: Page) -> None:
    show(phone)
    expect(phone.locator(".scorecard section")).to_have_count(sections_of(SHIPPED))
    assert phone.evaluate(WIDEST) <= 390

"""What visitors and the owner see of a hosted page; stored text is never run as HTML."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from model.learning.recipes import find
from model.service.database.schema import FAILED
from model.service.database.store import Store
from model.service.home import Home
from model.service.owner_links import OwnerLinks
from tests.browser.hand import READY, draw, shown_digit
from tests.support.digits import DIGITS
from tests.support.serving import serving

KEY = "a key of this test's own"
EVIL = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def hosted(home: Home) -> Iterator[str]:
    """A page for the network, with a run whose texts come from a stranger."""
    store = Store.open(home.database)
    store.add("compact", find("compact").settings(), f"/tmp/{EVIL}.npz", origin=EVIL)
    run = store.claim("nobody")
    assert run is not None
    store.finish(run, FAILED, EVIL)
    store.close()
    with serving(home.folder, environment={"SKETCHPAD_OWNER_KEY": KEY}) as app:
        yield app.url


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["wide", "narrow"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        yield context.new_page()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_a_visitor_draws_and_watches_and_sees_no_forbidden_button(page: Page, hosted: str) -> None:
    page.goto(hosted)
    page.locator(READY).wait_for()
    draw(page, DIGITS[3])
    assert shown_digit(page) == "3"
    open_tab(page, "Train")
    expect(page.get_by_text("Only the owner can train here.")).to_be_visible()
    expect(page.locator(".run .name")).to_have_text("compact-1")
    for name in ("Train", "Pause", "Resume", "Stop", "Make live"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    open_tab(page, "Models")
    expect(page.locator(".models th[scope=row]").first).to_have_text("compact-1")
    page.get_by_role("button", name="compact-1", exact=True).click()
    expect(page.get_by_role("heading", name="compact-1", exact=True).last).to_be_visible()
    for name in ("Make live", "Keras file", "Delete", "Roll back"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_the_owners_link_shows_all_buttons(page: Page, hosted: str, home: Home) -> None:
    page.goto(f"{hosted}?login={OwnerLinks(home.owner_links).new()}")
    page.locator(READY).wait_for()
    assert KEY not in page.url
    assert KEY not in page.content()
    assert page.evaluate("document.cookie") == ""
    open_tab(page, "Train")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text("Only the owner can train here.")).to_be_hidden()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    open_tab(page, "Models")
    page.get_by_role("button", name="Actions of compact-1").click()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_visible()


def test_stored_text_is_never_run_as_html(page: Page, hosted: str) -> None:
    page.goto(hosted)
    page.locator(READY).wait_for()
    open_tab(page, "Train")
    expect(page.locator(".run .progress")).to_contain_text("<img src=x")
    open_tab(page, "Models")
    expect(page.locator(".models td.settings").first).to_contain_text("script>.npz")
    page.wait_for_timeout(500)
    assert page.title() == "Digit Sketchpad"
    assert page.locator("img[src='x']").count() == 0


def test_the_share_dialog_shows_the_link_and_its_code(page: Page, hosted: str) -> None:
    page.goto(hosted)
    page.locator(READY).wait_for()
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".address")).to_have_text(hosted)
    box = dialog.locator(".code svg").bounding_box()
    assert box is not None
    assert box["width"] >= 200
    expect(dialog).to_contain_text("This address works on this machine only")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

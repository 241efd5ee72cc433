"""Two copies of the app over one PostgreSQL and one home folder, behind nginx, under a sub-path."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Response, expect
from playwright.sync_api import Page as BrowserPage

from model.learning.recipes import find
from model.service.database.schema import FINISHED, STOPPED
from model.service.database.store import Store
from model.service.home import Home
from model.service.owner_links import OwnerLinks
from tests.browser.hand import READY, draw, shown_digit
from tests.browser.test_models import choose
from tests.browser.test_train import points, row, run_state, start, tab
from tests.hosting.servers import Postgres, Proxy, nginx, two_copies
from tests.model.service.test_serving import version
from tests.support.asking import SOON, Page, asking, until
from tests.support.digits import DIGITS
from tests.support.pictures import drawn_on_paper
from tests.support.serving import App, free_port, serving

PREFIX = "/digits"
KEY = "a key of this test's own"
WITHIN = 2.0
"""Seconds until every copy reads with a version put in use at one of them."""


class Site(NamedTuple):
    """Both copies and what they share."""

    url: str
    """Through nginx; ends in a slash."""
    copies: list[App]
    direct: list[str]
    """Each copy's own address under the same path."""
    store: Store
    home: Home
    proxy: Proxy
    log: Path
    """nginx's access log."""


@pytest.fixture(scope="module")
def site(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Started as docs/HOSTING.md says."""
    folder, database = tmp_path_factory.mktemp("shared") / "home", postgres.new_database()
    ports, log = [free_port(), free_port()], folder.parent / "access.log"
    arguments = ["--database", database, "--root-path", PREFIX]

    with ExitStack() as stack:
        copies = [
            stack.enter_context(
                serving(folder, port, *arguments, environment={"SKETCHPAD_OWNER_KEY": KEY})
            )
            for port in ports
        ]
        proxy = stack.enter_context(nginx(two_copies(ports, log), "digit-sketchpad.crt"))
        store = Store.open(database)
        stack.callback(store.close)
        direct = [f"http://127.0.0.1:{port}{PREFIX}/" for port in ports]
        url = f"https://127.0.0.1:{proxy.port}{PREFIX}/"
        yield Site(url, copies, direct, store, Home(folder), proxy, log)


@pytest.fixture
def pages(site: Site) -> Iterator[list[Page]]:
    """A page of each copy."""
    opened = [Page(url, KEY) for url in site.direct]
    yield opened
    for page in opened:
        page.close()


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[BrowserPage]:
    """A browser's page through nginx: no request may fail or leave the site."""
    trouble: list[str] = []

    def logged(said: ConsoleMessage) -> None:
        # Browsers ask for this one at the host's root, which is not the app's.
        if said.type == "error" and not said.location["url"].endswith("/favicon.ico"):
            trouble.append(f"{said.text} {said.location['url']}")

    def answered(response: Response) -> None:
        if not response.ok or not response.url.startswith((site.url, "data:", "blob:")):
            trouble.append(f"{response.status} {response.url}")

    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{site.url}?login={OwnerLinks(site.home.owner_links).new()}")
        page.on("console", logged)
        page.on("response", answered)
        page.goto(site.url)
        page.locator(READY).wait_for()
        yield page
        assert trouble == []


def test_a_browser_draws_trains_and_downloads_through_nginx(
    visitor: BrowserPage, site: Site
) -> None:
    draw(visitor, DIGITS[3])
    assert shown_digit(visitor) == "3"
    start(visitor, epochs=500)
    run_state(visitor, "running", "training")
    name = visitor.locator(".run .name").inner_text()
    visitor.wait_for_function("() => document.querySelector('.run .loss').dataset.points > 2")
    expect(visitor.locator(".run .chart.loss canvas")).to_be_visible()
    before = points(visitor)
    visitor.wait_for_function(
        f"() => document.querySelector('.run .loss').dataset.points > {before}"
    )
    visitor.locator(".run .stop").click()
    run_state(visitor, "stopped")
    tab(visitor, "Models")
    row(visitor, name).get_by_role("button", name=name, exact=True).click()
    with visitor.expect_download() as download:
        visitor.locator(".models .details").get_by_role("button", name="TFLite file").click()
    assert download.value.suggested_filename == f"{name}.tflite"
    assert Path(download.value.path()).stat().st_size > 10_000
    visitor.locator(".models .details .back").click()
    dialog, live = visitor.get_by_role("dialog"), visitor.locator(".models .using")
    choose(visitor, name, "Make live")
    dialog.get_by_role("button", name="Make live").click()
    expect(live).to_contain_text(name)
    visitor.get_by_role("button", name="Roll back").click()
    dialog.get_by_role("button", name="Make live").click()
    expect(live).not_to_contain_text(name)


def test_events_come_through_as_they_are_sent(site: Site) -> None:
    url = f"{site.url}gradio_api/heartbeat/somebody"
    with httpx.stream("GET", url, verify=False, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert next(answer.iter_text()).startswith("data: ALIVE")


def test_the_path_without_its_slash_redirects_and_internals_are_not_served(site: Site) -> None:
    answer = httpx.get(site.url.rstrip("/"), verify=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"{PREFIX}/")
    assert httpx.get(f"{site.url}metrics", verify=False).status_code == 404
    answer = httpx.get(f"{site.url}scripts/0/%2e%2e%2factions.py", verify=False)
    assert answer.status_code == 404


def test_the_owners_link_opens_every_copy_and_no_key_is_in_the_log(site: Site) -> None:
    with httpx.Client(verify=_any_certificate(), base_url=site.url) as client:
        assert asking(client)("roll_back", None).json()["problem"].startswith("Only the owner")
        login = {"login": OwnerLinks(site.home.owner_links).new()}
        answer = client.get("", params=login)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/")
        cookie = answer.headers["set-cookie"]
        assert f"Path={PREFIX};" in cookie
        assert cookie.endswith("Secure")
        for _ in range(6):  # they go to one copy and the other
            said = asking(client)("delete", "compact-99").json()["problem"]
            assert said.startswith("There is no run")
        said = client.post(
            "gradio_api/run/read_strokes",
            json={"data": [DIGITS[3]]},
            headers={"Origin": "https://elsewhere.example"},
        )
        assert said.json()["data"][0]["text"] == "3"
    log = site.log.read_text()
    assert "POST /digits/gradio_api/component_server" in log
    assert KEY.replace(" ", "+") not in log
    assert KEY.replace(" ", "%20") not in log
    assert "127.0.0.1" not in log


CLIENT = """
import json, sys
from gradio_client import Client, handle_file
client = Client(sys.argv[1], ssl_verify=False, verbose=False)
strokes, picture = json.loads(sys.argv[2]), handle_file(sys.argv[3])
for _ in range(3):
    print(client.predict(strokes, api_name="/read_strokes")["text"])
    print(client.predict(picture, api_name="/read_image")["text"])
"""


def test_programs_read_through_nginx_whichever_copy_has_the_file(
    site: Site, tmp_path: Path
) -> None:
    drawn_on_paper(5).save(tmp_path / "digit.png")
    strokes = json.dumps(DIGITS[3])
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, site.url, strokes, tmp_path / "digit.png"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", "5"] * 3


def test_a_version_put_in_use_at_one_copy_is_served_by_the_other(
    site: Site, pages: list[Page]
) -> None:
    shipped, name = pages[0].ask("in_use")["model"], version(site.store, site.home)
    for here, there in (pages, pages[::-1]):
        assert here.ask("put_in_use", name) == {}
        began = time.monotonic()
        until(partial(reads_with, there, name), WITHIN)
        assert there.ask("read_drawing", DIGITS[3])["model"] == name
        assert time.monotonic() - began < WITHIN
        assert there.ask("roll_back") == {}
        until(partial(reads_with, here, shipped), WITHIN)


def reads_with(page: Page, version: str) -> bool:
    return bool(page.ask("in_use")["model"] == version)


def test_a_run_started_at_one_copy_is_seen_and_stopped_at_the_other(
    browser: Browser, site: Site, pages: list[Page]
) -> None:
    with browser.new_context(
        viewport={"width": 1280, "height": 900},
        extra_http_headers={"Authorization": f"Bearer {KEY}"},
    ) as context:
        here = context.new_page()
        here.goto(site.direct[0])
        here.locator(READY).wait_for()
        start(here, epochs=500)
        run_state(here, "running", "training")
        name = here.locator(".run .name").inner_text()
        seen = until(lambda: training(pages[1], name))
        assert seen["points"]
        assert pages[1].ask("stop", name) == {}
        run_state(here, STOPPED)
    assert site.store.run(name).learned


def training(page: Page, name: str) -> Any:
    told = page.ask("watch")
    return told if told["run"]["name"] == name and told.get("points") else None


def test_each_copy_has_its_worker_and_no_run_is_carried_out_twice(
    site: Site, pages: list[Page]
) -> None:
    for page in pages:
        page.ask("warm")  # as looking at the Train tab does

    def add(epochs: int) -> str:
        settings = find("compact").settings(epochs=epochs)
        return site.store.add("compact", settings, "strokes:600", origin="page").name

    long = add(1000)
    until(lambda: site.store.run(long).worker)
    # One worker is busy: the other gets the next ones.
    short = [add(2), add(2)]
    until(lambda: all(site.store.run(name).ended_at for name in short), 2 * SOON)
    pages[0].ask("stop", long)
    until(lambda: site.store.run(long).ended_at)
    runs = [site.store.run(name) for name in (long, *short)]
    assert [run.status for run in runs] == [STOPPED, FINISHED, FINISHED]
    assert runs[0].worker != runs[1].worker == runs[2].worker
    for run in runs:
        told = [(point.epoch, point.batch) for point in site.store.points(run.id)]
        assert len(told) == len(set(told))
        assert site.home.damage(run.name) == ""


def test_visitors_do_not_notice_a_killed_copy(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site.url)
        page.locator(READY).wait_for()
        site.copies[1].process.kill()
        site.copies[1].process.wait()
        with httpx.Client(verify=_any_certificate(), base_url=site.url) as client:
            for _ in range(40):
                answer = client.post("gradio_api/run/read_strokes", json={"data": [DIGITS[3]]})
                assert answer.json()["data"][0]["text"] == "3"
        # Requests on their way to that copy are lost, and repeated by the pad.
        draw(page, DIGITS[5])
        assert shown_digit(page) == "5"


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

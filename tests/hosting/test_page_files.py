"""Gradio's files: those of the page alone, compressed once, kept by browsers, counted by bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import gradio
import httpx
import pytest
from playwright.sync_api import Browser

from demo.web.limits import FILE_BYTES
from demo.web.page_files import MAX_FILE
from tests.browser.hand import READY
from tests.support.serving import PUBLISHED, App, serving

FRONTEND = Path(gradio.__file__).parent / "templates" / "frontend"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    with serving(home, None, "--proxies", "192.0.2.1") as running:
        yield running


def test_what_the_page_does_not_use_is_not_served(app: App) -> None:
    large = [file for file in FRONTEND.rglob("*") if file.is_file() and file.stat().st_size > 2e5]
    paths = [file.relative_to(FRONTEND).as_posix() for file in large]
    assert any("ffmpeg" in path for path in paths)
    assert any("Plotly" in path for path in paths)
    with httpx.Client(base_url=app.url, timeout=30) as client:
        for path in (*paths, "svelte/x.js", "assets/../index.html", "assets/%2e%2e/index.html"):
            assert client.get(path).status_code == 404, path


def test_files_are_compressed_and_kept_for_long(app: App) -> None:
    page = httpx.get(app.url).text
    (name,) = set(re.findall(r"assets/index-[\w-]+\.js", page))
    with httpx.Client(base_url=app.url, timeout=30) as client:
        plain = client.get(name, headers={"Accept-Encoding": "identity"})
        packed = client.get(name)
        head = client.head(name)
    assert plain.content == packed.content == (FRONTEND / name).read_bytes()
    assert int(packed.headers["content-length"]) < len(gzip.compress(plain.content)) + 100
    assert "javascript" in packed.headers["content-type"]
    assert head.headers["content-length"] == packed.headers["content-length"]
    for answer in (plain, packed):
        assert "immutable" in answer.headers["cache-control"]
        assert "Accept-Encoding" in answer.headers["vary"].split(", ")


def test_the_whole_page_loads_and_is_a_small_part_of_the_limit(app: App, browser: Browser) -> None:
    missing: list[str] = []
    sizes: list[int] = []
    with browser.new_context() as visitor:
        page = visitor.new_page()

        def note(answer: object) -> None:
            url, status = answer.url, answer.status  # type: ignore[attr-defined]
            if "/assets/" in url or "/static/" in url:
                sizes.append(int(answer.headers.get("content-length", 0)))  # type: ignore[attr-defined]
                missing.extend([url] if status >= 400 else [])

        page.on("response", note)
        page.goto(app.url)
        page.locator(READY).wait_for()
        for tab in ("Train", "Models", "Data"):
            page.get_by_role("tab", name=tab).click()
        page.get_by_text("Use via API").first.click()
        page.get_by_text("read_strokes").first.wait_for()
    assert not missing
    assert len(sizes) > 20
    assert sum(sizes) + 10_000 * len(sizes) < int(FILE_BYTES.partition("/")[0]) / 200


def test_files_are_counted_by_their_bytes(tmp_path: Path) -> None:
    names = [
        f"assets/{file.name}"
        for file in (FRONTEND / "assets").iterdir()
        if 5e4 < file.stat().st_size <= MAX_FILE
    ]
    with serving(tmp_path, None, "--proxies", "192.0.2.1", environment=PUBLISHED) as app:
        with httpx.Client(base_url=app.url, timeout=30) as client:
            said: set[int] = set()
            taken = 0
            while 429 not in said and taken < 700_000_000:
                for name in names:
                    answer = client.get(name)
                    taken += int(answer.headers["content-length"]) + 10_000
                    said.add(answer.status_code)
        assert said == {200, 429}
        assert taken > 400_000_000

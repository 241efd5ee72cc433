"""The page's scripts over HTTP: where they are, and for how long browsers keep them."""

from __future__ import annotations

import re

import httpx

from demo.web.scripts import FOLDER, PRELOADED, load_scripts

SCRIPTS = load_scripts()


def test_each_script_is_served_and_kept_for_long(app_url: str) -> None:
    for name in SCRIPTS.files:
        answer = httpx.get(app_url + SCRIPTS.address(name))
        assert answer.status_code == 200, name
        assert answer.content == (FOLDER / name).read_bytes(), name
        assert answer.headers["content-type"].startswith("text/javascript"), name
        assert answer.headers["content-encoding"] == "gzip", name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", name


def test_a_client_without_gzip_gets_plain_text(app_url: str) -> None:
    answer = httpx.get(app_url + SCRIPTS.address("draw/pad.js"), headers={"Accept-Encoding": ""})
    assert "content-encoding" not in answer.headers
    assert answer.content == (FOLDER / "draw/pad.js").read_bytes()


def test_a_page_of_another_version_gets_scripts_that_are_not_kept(app_url: str) -> None:
    answer = httpx.get(f"{app_url}scripts/0123456789abcdef/draw/pad.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_a_script_that_is_not_there_is_not_found(app_url: str) -> None:
    answer = httpx.get(app_url + SCRIPTS.address("draw/nothing.js"))
    assert answer.status_code == 404


def test_the_page_names_all_that_its_first_tab_imports(app_url: str) -> None:
    answer = httpx.get(app_url)
    named = re.findall(r"<([^>]+)>; rel=modulepreload", answer.headers["link"])
    assert named == [SCRIPTS.address(name) for name in SCRIPTS.with_imports(*PRELOADED)]
    drawn = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "draw").glob("*.js")}
    assert {*drawn, "parts/numbers.js"} <= set(SCRIPTS.with_imports("draw/pad.js"))
    assert "link" not in httpx.get(f"{app_url}healthz").headers

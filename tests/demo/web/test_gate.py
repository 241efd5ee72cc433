"""The gate, in front of a small app that says who it was asked by."""

from __future__ import annotations

import os
import tempfile
import time
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from demo.web import turns
from demo.web.gate import USED_LINK, Gate
from demo.web.limits import REQUESTS, Limits
from demo.web.metrics import Metrics
from demo.web.turns import MAX_OPEN_REQUESTS, OpenRequests
from demo.web.visitor import current_visitor
from model.service.database.store import Store
from model.service.home import Home
from model.service.owner_key import OwnerKey
from model.service.owner_links import DAY, OwnerLinks
from tests.support.tables import case

KEY = OwnerKey("a key of this test's own")
LINKS = OwnerLinks(Path(tempfile.mkdtemp()) / "links")
PAGE = "http://127.0.0.1:7860"
CALL = "/gradio_api/component_server"


async def tell(_: Request) -> Response:
    asks = current_visitor()
    return JSONResponse({"owner": asks.is_owner, "token": asks.token, "address": asks.address})


@pytest.fixture
def metrics(home: Home) -> Metrics:
    return Metrics(Store.open(home.database))


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "REFUSAL_SECONDS", 0)


def client(metrics: Metrics, **chosen: Any) -> TestClient:
    """A browser on this machine, in front of a gate of that kind."""
    amount = chosen.pop("requests", "1000/second")
    peer = chosen.pop("peer", "127.0.0.1")
    routes = [Route("/", tell), Route(CALL, tell, methods=["POST"])]
    routes += [Route("/gradio_api/run/{name}", tell, methods=["POST"])]
    given: dict[str, Any] = {
        "key": KEY,
        "links": LINKS,
        "limits": Limits({REQUESTS: amount}),
        "metrics": metrics,
    } | chosen
    app = Starlette(routes=routes, middleware=[Middleware(Gate, **given)])
    return TestClient(app, PAGE, follow_redirects=False, client=(peer, 50000))


def is_owner(browser: TestClient, **headers: str) -> bool:
    return bool(browser.post(CALL, headers=headers).json()["owner"])


def test_the_owners_link_becomes_a_cookie_and_leaves_the_address(metrics: Metrics) -> None:
    browser = client(metrics)
    assert not is_owner(browser)
    answer = browser.get(f"/?login={LINKS.new()}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert KEY.text not in cookie
    assert is_owner(browser)


def test_a_cookie_goes_by_https_only_where_it_came_by_https(metrics: Metrics) -> None:
    browser = client(metrics)
    browser.base_url = "https://127.0.0.1:7860"
    assert "Secure" in browser.get(f"/?login={LINKS.new()}").headers["set-cookie"]


def test_in_a_frame_of_another_sites_cookies_are_kept_too(metrics: Metrics) -> None:
    browser = client(metrics, framed=True, open_training=True)
    browser.base_url = PAGE.replace("http:", "https:")
    answer = browser.get("/")
    assert "SameSite=None; Secure; Partitioned" in answer.headers["set-cookie"]
    answer = client(metrics, open_training=True).get("/")
    assert "SameSite=Lax" in answer.headers["set-cookie"]


def test_a_link_opens_the_page_once_and_leaves_nothing_in_a_cache(metrics: Metrics) -> None:
    login = LINKS.new()
    first = client(metrics)
    for prefetch in ({"sec-purpose": "prefetch;prerender"}, {"sec-purpose": "prefetch"}):
        assert first.get(f"/?login={login}", headers=prefetch).status_code == 503
    assert first.head(f"/?login={login}").status_code == 503
    opened = first.get(f"/?login={login}")
    second = client(metrics)
    refused = second.get(f"/?login={login}")
    assert (opened.status_code, is_owner(first)) == (303, True)
    assert (refused.status_code, refused.json()["error"], is_owner(second)) == (
        403,
        USED_LINK,
        False,
    )
    assert opened.headers["cache-control"] == refused.headers["cache-control"] == "no-store"


def test_a_link_is_no_longer_good_after_a_day(metrics: Metrics) -> None:
    login = LINKS.new()
    for file in LINKS._folder.iterdir():
        os.utime(file, (time.time() - DAY - 1,) * 2)
    assert client(metrics).get(f"/?login={login}").status_code == 403
    LINKS.new()
    assert len(list(LINKS._folder.iterdir())) == 1, "old links are not cleared away"


def test_a_wrong_link_opens_nothing(metrics: Metrics) -> None:
    for login in ("", "x", KEY.text, "..", "/", "\0", "ü" * 24, "x" * 9000):
        browser = client(metrics)
        answer = browser.get("/", params={"login": login})
        assert (answer.status_code, answer.json()) == (403, {"error": USED_LINK}), login
        assert "set-cookie" not in answer.headers, login
        assert not is_owner(browser), login


def test_over_the_limit_every_key_is_answered_alike(metrics: Metrics) -> None:
    shared: dict[str, Any] = {"limits": Limits({REQUESTS: "1000/second"}), "owner_networks": {}}
    guesser = client(metrics, peer="192.0.2.1", **shared)
    owners = client(metrics, peer="192.0.2.2", **shared)

    def status(browser: TestClient, key: str) -> int:
        return browser.post(CALL, headers={"authorization": f"Bearer {key}"}).status_code

    assert status(owners, KEY.text) == 200
    assert [status(guesser, "wrong") for _ in range(25)] == [200] * 20 + [429] * 5
    assert status(guesser, KEY.text) == 429, "the right key is told from wrong ones"
    assert guesser.post(CALL).status_code == 200, "without a key they are a visitor as before"
    guesser.cookies.set(KEY.cookie, KEY.token)
    assert is_owner(guesser), "the owner's own browser in that network is locked out"
    assert [status(owners, "mistyped") for _ in range(25)] == [200] * 25
    assert status(owners, KEY.text) == 200, "the owner's network is locked out"


def test_another_cookie_is_nobodys(metrics: Metrics) -> None:
    cases: list[str] = ["", "x", KEY.text, KEY.token[:-1], "ü", KEY.token + "0"]
    for token in cases:
        with case(token):
            cookie = f"{KEY.cookie}={token}".encode()
            answer = client(metrics).post(CALL, headers={b"cookie": cookie})
            assert answer.json()["owner"] is False


def test_a_program_has_the_key_itself(metrics: Metrics) -> None:
    browser = client(metrics)
    assert is_owner(browser, authorization=f"Bearer {KEY.text}")
    assert not is_owner(browser, authorization="Bearer wrong")
    assert not is_owner(browser, authorization=KEY.text)


def test_another_sites_page_does_not_act_as_the_owner(metrics: Metrics) -> None:
    cases: list[dict[str, str]] = [
        {"origin": "https://elsewhere.example"},
        {"origin": "http://127.0.0.1:7861"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": PAGE, "sec-fetch-site": "cross-site"},
    ]
    for headers in cases:
        with case(headers):
            browser = client(metrics)
            browser.get(f"/?login={LINKS.new()}")
            assert is_owner(browser, origin=PAGE)
            assert not is_owner(browser, **headers)


def opens_as_owner(metrics: Metrics, peer: str = "127.0.0.1", **headers: str) -> bool:
    browser = client(metrics, trust_local=True, peer=peer)
    browser.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return is_owner(browser)


def test_on_ones_own_machine_nothing_is_in_the_way(metrics: Metrics) -> None:
    assert opens_as_owner(metrics)
    assert opens_as_owner(metrics, host="localhost:7860")
    assert opens_as_owner(metrics, peer="::1", host="[::1]:7860")


def test_whoever_comes_through_a_proxy_or_by_another_name_is_not_at_home(metrics: Metrics) -> None:
    cases: list[dict[str, str]] = [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"x_forwarded_for": "203.0.113.7"},
        {"x_forwarded_host": "digits.example"},
        {"x_forwarded_proto": "https"},
        {"forwarded": "for=203.0.113.7"},
        {"via": "1.1 proxy"},
        {"x_real_ip": "203.0.113.7"},
        {"host": "["},
        {"sec_fetch_dest": "image"},
    ]
    for headers in cases:
        with case(headers):
            assert not opens_as_owner(metrics, **headers)


def test_whoever_comes_from_elsewhere_is_not_at_home(metrics: Metrics) -> None:
    assert not opens_as_owner(metrics, peer="192.0.2.7")


def test_a_visitor_keeps_a_token_where_training_is_open(metrics: Metrics) -> None:
    browser = client(metrics, open_training=True)
    assert browser.post(CALL).json()["token"] == ""
    browser.get("/")
    token = browser.post(CALL).json()["token"]
    assert len(token) == 16
    assert token not in str(browser.cookies)  # what is remembered is not what opens
    browser.get("/")
    assert browser.post(CALL).json()["token"] == token
    foreign = browser.post(CALL, headers={"origin": "https://elsewhere.example"}).json()
    assert foreign["token"] == ""


def test_more_than_a_visitor_may_ask_for_is_said_and_counted(metrics: Metrics) -> None:
    browser = client(metrics, requests="3/minute")
    assert [browser.post("/gradio_api/run/x").status_code for _ in range(3)] == [200] * 3
    refused = browser.post("/gradio_api/run/x")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "Try again in" in refused.json()["error"]
    asked = browser.post(CALL)  # by a script, which would take 429 for a lost server
    assert (asked.status_code, asked.json()["problem"]) == (200, refused.json()["error"])
    assert browser.get("/").status_code == 429
    assert browser.get("/static/x.js").status_code == 404  # what the page is made of is free
    assert b'sketchpad_refusals_total{why="limit"} 3.0' in metrics.text()


def test_a_page_is_as_much_as_many_calls(metrics: Metrics) -> None:
    browser = client(metrics, requests="30/minute")
    assert browser.get("/").status_code == 200
    assert [browser.post("/gradio_api/run/x").status_code for _ in range(10)] == [200] * 10
    assert browser.post("/gradio_api/run/x").status_code == 429
    assert client(metrics, requests="3/minute").get("/").status_code == 200


def test_the_owner_has_no_limit(metrics: Metrics) -> None:
    browser = client(metrics, requests="3/minute")
    browser.get(f"/?login={LINKS.new()}")
    assert all(is_owner(browser) for _ in range(9))


def test_one_household_of_ipv6_is_one_visitor(metrics: Metrics) -> None:
    limits = Limits({REQUESTS: "3/minute"})
    for last in range(3):
        assert client(metrics, limits=limits, peer=f"2001:db8::{last}").post(CALL).json()["address"]
    assert "problem" in client(metrics, limits=limits, peer="2001:db8::9").post(CALL).json()
    assert "address" in client(metrics, limits=limits, peer="2001:db8:1::1").post(CALL).json()


def test_what_is_not_listed_is_not_there(metrics: Metrics) -> None:
    cases: list[str] = ["/monitoring", "/gradio_api/cancel", "/../etc", "/login"]
    for path in cases:
        with case(path):
            assert client(metrics).post(path).status_code == 404


def test_what_a_request_has_begun_keeps_no_right(metrics: Metrics) -> None:
    kept = []

    async def begin(_: Request) -> Response:
        kept.append(copy_context())
        return JSONResponse({"owner": kept[-1].run(current_visitor).is_owner})

    given: dict[str, Any] = {"key": KEY, "links": LINKS, "limits": Limits({REQUESTS: "9/second"})}
    given["metrics"] = metrics
    app = Starlette(
        routes=[Route(CALL, begin, methods=["POST"])], middleware=[Middleware(Gate, **given)]
    )
    browser = TestClient(app, PAGE)
    assert is_owner(browser, authorization=f"Bearer {KEY.text}")
    assert not kept[0].run(current_visitor).is_owner


def test_one_address_holds_only_so_many_requests(metrics: Metrics) -> None:
    browser = client(metrics, open_requests=OpenRequests({"127.0.0.1": MAX_OPEN_REQUESTS}))
    assert browser.post("/gradio_api/run/x").status_code == 429
    assert (
        client(metrics, open_requests=OpenRequests({"127.0.0.1": MAX_OPEN_REQUESTS - 1}))
        .post(CALL)
        .json()["address"]
    )

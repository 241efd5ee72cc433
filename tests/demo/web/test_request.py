"""What the gate reads of a request, however it is written: all of it may be a lie."""

from __future__ import annotations

from typing import Any

from demo.web.errors import MAX_BODY, MAX_CALL, MAX_REFUSED, MAX_UPLOAD, UPLOAD
from demo.web.request import TOKEN_LENGTH, VISITOR_COOKIE, ClientRequest, network_of
from model.service.owner_key import OwnerKey
from tests.support.tables import case

KEY = OwnerKey("a key of this test's own")
PAD = "/gradio_api/component_server"
PROGRAMS = "/gradio_api/run/read_strokes"


def request(method: str = "POST", path: str = PAD, **headers: str) -> ClientRequest:
    named = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": b""}
    scope |= {"headers": named, "http_version": "1.1", "client": ("192.0.2.7", 50000)}
    return ClientRequest(scope, KEY)


def test_a_network_is_an_address_or_a_household() -> None:
    for host, network in (
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("no address", "no address"),
        ("x" * 1000, "x" * 64),
        ("", ""),
    ):
        assert network_of(host) == network, host


def test_a_body_is_as_large_as_is_said_or_may_be() -> None:
    for headers, size in (
        ({}, 0),
        ({"content_length": "1000"}, 1000),
        ({"content_length": "9" * 400}, MAX_REFUSED),
        ({"content_length": "-5"}, 0),
        ({"content_length": "many"}, 0),
        ({"transfer_encoding": "chunked"}, MAX_REFUSED),
        ({"transfer_encoding": "chunked", "content_length": "5"}, MAX_REFUSED),
    ):
        assert request(**headers).body_size == size, headers


def test_a_request_counts_by_what_it_costs() -> None:
    for method, path, length, weight in (
        ("GET", "/healthz", 0, 1),
        ("GET", "/", 0, 20),
        ("GET", "/config/", 0, 20),
        ("POST", PAD, MAX_BODY, 1),  # its points and bytes count once it has been read
        ("POST", PAD, MAX_BODY + 1, 13),
        ("POST", PROGRAMS, MAX_CALL, 1),
        ("POST", PROGRAMS, MAX_BODY, 13),
        ("POST", PROGRAMS, 10**12, 1 + MAX_REFUSED // 200_000),
        ("POST", UPLOAD, 9_000, 5),
        ("POST", UPLOAD, 10**12, 1 + MAX_UPLOAD // 2_000),
    ):
        with case((method, path, length)):
            assert request(method, path, content_length=str(length)).weight == weight
    assert request("POST", UPLOAD, transfer_encoding="chunked").weight == 1 + MAX_UPLOAD // 2_000


def test_four_large_pictures_are_as_many_requests_as_one_address_may_have_open() -> None:
    assert request(content_length="500").size == 1
    assert request(content_length=str(MAX_BODY)).size * 4 > 400
    assert request(content_length=str(10**12)).size == request(content_length=str(MAX_BODY)).size
    assert request("POST", UPLOAD, content_length=str(MAX_UPLOAD)).size == 1


def test_a_visitors_token_is_one_of_ours() -> None:
    good = "0123456789abcdef" * (TOKEN_LENGTH // 16)
    for cookie, token in (
        (f"{VISITOR_COOKIE}={good}", good),
        (f"a=b; {VISITOR_COOKIE}={good} ; c", good),
        (f"{VISITOR_COOKIE}={good[:-1]}", ""),
        (f"{VISITOR_COOKIE}={good[:-1]}\xb2", ""),
        (f"{VISITOR_COOKIE}={good[:-1]}-", ""),
        ("", ""),
    ):
        assert request(cookie=cookie).token == token, cookie


def test_a_key_comes_as_a_bearer_or_a_cookie() -> None:
    for headers, is_owners in (
        ({"authorization": f"Bearer {KEY.text}"}, True),
        ({"authorization": f"bearer  {KEY.text} "}, True),
        ({"authorization": f"Basic {KEY.text}"}, False),
        ({"authorization": "Bearer"}, False),
        ({"cookie": f"{KEY.cookie}={KEY.token}"}, True),
        ({"cookie": f"{KEY.cookie}={KEY.text}"}, False),
    ):
        assert request(**headers).has_key == is_owners, headers


def test_long_paths_are_seen() -> None:
    for path, is_too_long in (
        ("/" + "x" * 200, False),
        ("/" + "x" * 201, True),
        ("/" + "ü" * 101, True),
        ("/x" * 250, False),
        ("/x" * 251, True),
    ):
        assert request("GET", path).path_is_too_long == is_too_long, path


def test_a_link_may_open_the_page_and_nothing_else() -> None:
    for method, path, headers, is_cross_site in (
        ("GET", "/", {"sec_fetch_site": "cross-site", "sec_fetch_dest": "document"}, False),
        ("GET", "/", {"sec_fetch_site": "cross-site", "sec_fetch_dest": "image"}, True),
        ("GET", "/metrics", {"sec_fetch_site": "cross-site"}, True),
        ("POST", PAD, {"sec_fetch_site": "same-site"}, True),
        ("POST", PAD, {"sec_fetch_site": "same-origin", "origin": "https://other"}, False),
        ("POST", PAD, {"origin": "https://here", "host": "here"}, False),
        ("POST", PAD, {"origin": "https://here.example", "host": "here"}, True),
        ("POST", PAD, {}, False),
    ):
        with case((method, path, headers)):
            assert request(method, path, **headers).is_cross_site == is_cross_site

"""Every answer has the same form and headers, and repeats nothing that another site sent."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'",
}


def sent(app_url: str, head: str, body: bytes = b"") -> bytes:
    """The answer to a request of exactly these bytes."""
    host, port = urlsplit(app_url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


def test_every_error_is_one_sentence_with_all_headers(app_url: str) -> None:
    cases = [
        ("GET", "nowhere", 404, b""),
        ("GET", "gradio_api/queue/status", 404, b""),
        ("GET", "assets/none.js", 404, b""),
        ("GET", "gradio_api/call/read_strokes/none", 404, b""),
        ("OPTIONS", "gradio_api/run/read_strokes", 404, b""),
        ("GET", "metrics", 403, b""),
        ("GET", "?login=wrong", 403, b""),
        ("POST", "gradio_api/run/read_strokes", 422, b"{"),
        ("POST", "gradio_api/run/read_strokes", 413, b"x" * 3_000_000),
        ("POST", "gradio_api/component_server", 400, b"{"),
        ("POST", "gradio_api/upload", 422, b"x"),
    ]
    with httpx.Client(base_url=app_url, timeout=30) as client:
        for method, path, status, body in cases:
            answer = client.request(method, path, content=body)
            assert answer.status_code == status, path
            assert list(answer.json()) == ["error"], path
            assert isinstance(answer.json()["error"], str), path
            for name, value in SAFE.items():
                assert answer.headers.get_list(name) == [value], (path, name)


def test_malformed_http_is_refused_in_the_same_form(app_url: str) -> None:
    answer = sent(app_url, "GET / HTTP/1.1\n\n").lower()
    assert b" 400 " in answer
    assert b'{"error": "' in answer
    for name in SAFE:
        assert name.encode() in answer, name


def test_a_request_with_two_lengths_is_refused(app_url: str) -> None:
    head = (
        "POST /gradio_api/run/read_strokes HTTP/1.1\nHost: x\nContent-Length: 5\n"
        "Transfer-Encoding: chunked\nConnection: close\n\n"
    )
    answer = sent(app_url, head, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'{"error":' in answer


def test_other_sites_are_neither_let_in_nor_believed(app_url: str) -> None:
    foreign = {
        "Origin": "http://localhost:1",
        "X-Forwarded-Host": "evil.example",
        "X-Gradio-Server": "http://evil.example",
    }
    with httpx.Client(base_url=app_url, timeout=30) as client:
        for path in ("", "config", "gradio_api/info", "healthz"):
            answer = client.get(path, headers=foreign)
            assert answer.status_code == 200, path
            assert not [name for name in answer.headers if name.startswith("access-control")], path
            assert "evil.example" not in answer.text, path

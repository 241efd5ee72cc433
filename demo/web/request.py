"""What the gate reads from a request: cookies, origin, client address, weight."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from demo.web.errors import DRAWINGS, MAX_REFUSED, MAX_UPLOAD, UPLOAD, max_body
from model.service.owner_key import OwnerKey

VISITOR_COOKIE = "sketchpad-visitor"
TOKEN_LENGTH = 32
"""Characters of a visitor's token."""

_WEIGHTS = {"/": 20, "/config": 20, "/config/": 20}
"""Requests that count as several: Gradio builds the page anew each time, in ten milliseconds."""
_BYTES_PER_REQUEST = 2_000
"""Of an uploaded file, each worth one request: a visitor's uploads of a minute fit the disk."""
_REFUSED_PER_REQUEST = 200_000
"""Bytes of a body over the limit."""
_BYTES_PER_OPEN = 20_000
"""So that four pictures of the pad's at once are as many requests as one address may have open."""
_MAX_PATH, _MAX_NAME = 500, 200
"""Bytes of a path, and of one part of it: file systems take 255."""

_PROXY_HEADERS = (
    *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    *("x-real-ip", "cf-connecting-ip"),
)
_SAME_SITE = ("same-origin", "none")
"""Values of Sec-Fetch-Site for requests by a page of ours, or typed by hand."""


class ClientRequest:
    """A request as its client sent it; every header is treated as untrusted.

    Args:
        scope: ASGI's, of type `http`.
        key: the owner's.
    """

    def __init__(self, scope: Scope, key: OwnerKey) -> None:
        self._scope = scope
        self._key = key
        self._headers = Headers(scope=scope)
        self._cookies = _parse_cookies(self._headers.get("cookie", ""))
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query = QueryParams(scope["query_string"])

    @cached_property
    def address(self) -> str:
        """The client's network: an IPv4 address, or the /64 that one household has of IPv6."""
        return network_of(self._client)

    @property
    def has_key(self) -> bool:
        """Whether it carries the owner's key, as a cookie or as `Authorization: Bearer KEY`."""
        return self.has_cookie or (self.bearer is not None and self._key.opens(self.bearer))

    @property
    def has_cookie(self) -> bool:
        """Whether it carries the owner's cookie."""
        return self._key.knows(self._cookies.get(self._key.cookie, ""))

    @property
    def bearer(self) -> str | None:
        """The key that it carries as `Authorization: Bearer KEY`, right or wrong."""
        scheme, _, credentials = self._headers.get("authorization", "").partition(" ")
        return credentials.strip() if scheme.lower() == "bearer" else None

    @property
    def is_prefetch(self) -> bool:
        """Whether a browser sent it before anybody asked for the page, or only for its headers."""
        return "prefetch" in self._headers.get("sec-purpose", "") or self.method == "HEAD"

    @property
    def token(self) -> str:
        """The visitor's token from its cookie; empty if there is none or it is malformed."""
        token = self._cookies.get(VISITOR_COOKIE, "")
        return token if len(token) == TOKEN_LENGTH and token.isalnum() and token.isascii() else ""

    @property
    def is_secure(self) -> bool:
        """Whether it came by HTTPS."""
        return bool(self._scope.get("scheme") == "https")

    @property
    def is_cross_site(self) -> bool:
        """Whether another site's page sent it."""
        if self.method in ("GET", "HEAD") and self.opens_page:
            return False  # a link to this page
        return self.is_from_other_site

    @property
    def is_from_other_site(self) -> bool:
        """Whether another site's page sent it, or has a link to this page."""
        if site := self._headers.get("sec-fetch-site"):
            return site not in _SAME_SITE  # set by the browser; no page can forge it
        origin = self._headers.get("origin")
        return origin is not None and _split(origin).netloc != self._headers.get("host")

    @property
    def weight(self) -> int:
        """How many requests it counts as; calls cost more once they are known, see `weights`."""
        if self.path == UPLOAD:
            announced = self._headers.get("content-length", "")
            size = int(announced) if announced.isdigit() else MAX_UPLOAD
            return 1 + min(size, MAX_UPLOAD) // _BYTES_PER_REQUEST
        if self.body_size > max_body(self.path):  # refused, but read
            return 1 + self.body_size // _REFUSED_PER_REQUEST
        return _WEIGHTS.get(self.path, 1)

    @property
    def body_size(self) -> int:
        """Bytes that it announces, or that it may come to without."""
        if "transfer-encoding" in self._headers:
            return MAX_REFUSED
        announced = self._headers.get("content-length", "0")[:18]
        return min(int(announced), MAX_REFUSED) if announced.isdigit() else 0

    @property
    def size(self) -> int:
        """How many open requests it counts as.

        A picture goes straight to the disk; drawings are read from the owner alone.
        """
        if self.path == UPLOAD or self.path.startswith(DRAWINGS):
            return 1
        return 1 + min(self.body_size, max_body(self.path)) // _BYTES_PER_OPEN

    @property
    def opens_page(self) -> bool:
        """Whether a browser loads the page with it, in a tab or a frame."""
        is_document = self._headers.get("sec-fetch-dest", "document") in ("document", "iframe")
        return self.method == "GET" and self.path == "/" and is_document

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine, for this machine, without a proxy in between.

        A local proxy gives itself away by the headers it adds, or by HTTP/1.0, which most speak
        by default; a foreign name that resolves to this machine, by the Host header.
        """
        host = _split(f"//{self._headers.get('host', '')}").hostname or ""
        return (
            _is_loopback(self._client)
            and (host == "localhost" or _is_loopback(host))
            and self._scope["http_version"] != "1.0"
            and not any(name in self._headers for name in _PROXY_HEADERS)
        )

    @property
    def path_is_too_long(self) -> bool:
        """Whether the path, or one part of it, is longer than any of ours."""
        parts = self.path.encode("utf-8", "replace").split(b"/")
        return len(self.path) > _MAX_PATH or max(map(len, parts)) > _MAX_NAME

    @property
    def _client(self) -> str:
        return str((self._scope.get("client") or ("",))[0])


def network_of(host: str) -> str:
    """The network that counts as one visitor: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    return host if address.version == 4 else str(ip_network(f"{host}/64", strict=False))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")  # matches nothing


def _parse_cookies(header: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

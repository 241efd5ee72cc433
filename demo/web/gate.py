"""The gate: finds out who asks, and lets pass what is there for them and not too much of it.

Knows HTTP: cookies, the owner's link, addresses, limits. What each visitor may do is `access`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.access import Visitor, is_route, let_in
from demo.web.errors import MAX_UPLOAD, NOT_HERE, UPLOAD
from demo.web.limits import KEYS, REQUESTS, Limits
from demo.web.metrics import Metrics
from demo.web.server_functions import PATHS as CALLS
from model.service.home import size_of
from model.service.owner_key import OwnerKey

KEY = "key"
"""Name of the owner's link's parameter."""
_YEAR = 31_536_000
_TOKEN = 32
"""Characters of a visitor's token."""

_FREE = ("/static/", "/assets/", "/svelte/", "/vendor/")
"""What the page is made of: dozens of files, which browsers keep."""
_COSTS = {"/": 20, "/config": 20, "/config/": 20, "/gradio_api/run/read_image": 20}
"""As how many requests some count: Gradio makes the page anew each time, in ten milliseconds."""
_BYTES_OF_A_COST = 2_000
"""Of files that programs send: of one visitor's there is room for all that a minute allows."""
AT_ONCE = 400
"""Requests of one address that are answered at the same time; events that stream are such too."""
_AGAIN = 5.0
MAX_UPLOADS_BYTES = 300_000_000
"""Bytes of all files that programs have sent, until they are deleted."""
_MAX_PATH, _MAX_NAME = 500, 200
"""Bytes of a path, and of a part of it: file systems take 255."""
_NOT_FRAMED = "frame-ancestors 'self'"
_FRAMED = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
"""Who may show the page inside one of theirs."""

FULL = "Too many pictures have been sent lately. Try again in some minutes."
WRONG_KEY = (
    "This link does not open the page for its owner: the key is not this app's. "
    "The right link is printed when the app starts.\n"
)
TOO_MUCH = "That was more than one visitor may ask for. Try again in {} seconds."

_FORWARDED = (
    *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    *("x-real-ip", "cf-connecting-ip"),
)
"""What a proxy tells, if it tells anything."""
_OWN = ("same-origin", "none")
"""What browsers say of requests that a page of ours, or somebody's own hand, has made."""


@dataclass(frozen=True)
class Gate:
    """ASGI middleware in front of every route.

    Args:
        app: what lies behind.
        key: the owner's.
        limits: of each visitor.
        metrics: counts what is refused.
        open_training: whether visitors may train, and so are told apart.
        at_home: whether whoever opens the page on this very machine is its owner.
        uploads: folder of the files that programs have sent.
        open_requests: how many of each address are being answered.
        root_path: path of the page where a proxy has put it, such as `/digits`.
        framed: whether the page is shown inside one of Hugging Face's.
    """

    app: ASGIApp
    key: OwnerKey
    limits: Limits
    metrics: Metrics
    open_training: bool = False
    at_home: bool = False
    root_path: str = ""
    framed: bool = False
    uploads: Path | None = None
    open_requests: dict[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it
            return
        request = _Request(scope, self.key)
        if _is_long(request.path) or not is_route(request.method, request.path):
            self.metrics.refusal("route")
            await JSONResponse({"error": NOT_HERE}, 404)(scope, receive, send)
            return
        if request.path == "/" and KEY in request.query:
            await (await self._open(request))(scope, receive, send)
            return
        visitor, cookies = self._known(request)
        if refused := await self._refusal(request, visitor):
            self.metrics.refusal("limit")
            await refused(scope, receive, send)
            return

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Content-Security-Policy"] = _FRAMED if self.framed else _NOT_FRAMED
                for name, value in cookies.items():
                    headers.append("Set-Cookie", self._cookie(request, name, value))
            await send(message)

        with let_in(visitor), self._counted(request.address):
            await self.app(scope, receive, with_cookies)

    async def _refusal(self, request: _Request, visitor: Visitor) -> Response | None:
        """What is said to whoever asks for too much; None where they do not."""
        if self.open_requests.get(request.address, 0) >= AT_ONCE:
            return _too_much(request, _AGAIN)
        if request.path == UPLOAD and await anyio.to_thread.run_sync(self._is_full):
            return JSONResponse({"error": FULL}, 507)
        if not visitor.is_owner and (wait := await self._wait(request)):
            return _too_much(request, wait)
        return None

    @contextmanager
    def _counted(self, address: str) -> Iterator[None]:
        self.open_requests[address] = self.open_requests.get(address, 0) + 1
        try:
            yield
        finally:
            self.open_requests[address] -= 1
            if not self.open_requests[address]:
                del self.open_requests[address]

    def _is_full(self) -> bool:
        """Whether files that programs have sent, and that are deleted soon, take too much."""
        return self.uploads is not None and size_of(self.uploads) > MAX_UPLOADS_BYTES

    async def _open(self, request: _Request) -> Response:
        """Answers the owner's link: the key becomes a cookie, and leaves the address."""
        if not self.key.opens(request.query[KEY]):
            self.metrics.refusal("key")
            # Wrong ones alone are counted: nobody can keep the owner out by trying.
            if wait := await self.limits.wait(KEYS, request.address):
                return _too_much(request, wait)
            return PlainTextResponse(WRONG_KEY, 403)
        home = RedirectResponse(f"{self.root_path}/", 303)
        home.headers["Set-Cookie"] = self._cookie(request, self.key.cookie, self.key.token)
        return home

    async def _wait(self, request: _Request) -> float:
        """Seconds that this visitor has to wait; what the page is made of is free."""
        if request.path.startswith(_FREE):
            return 0.0
        return await self.limits.wait(REQUESTS, request.address, request.cost)

    def _known(self, request: _Request) -> tuple[Visitor, dict[str, str]]:
        """Who asks, and the cookies by which they are known from now on."""
        if request.is_foreign:
            # Another site's page asks with this browser: its cookies must not speak for it.
            return Visitor(address=request.address), {}
        cookies = {}
        is_owner = request.has_key
        if not is_owner and self.at_home and request.is_at_home and request.opens_page:
            cookies[self.key.cookie] = self.key.token
        token = request.token
        if self.open_training and request.opens_page and not token:
            cookies[_COOKIE] = secrets.token_hex(_TOKEN // 2)
        if not token:
            return Visitor(is_owner, request.address), cookies
        # What is remembered opens nothing: neither who reads the database nor a backup is they.
        known = (self.key.stands_for(each) for each in (token, request.address))
        return Visitor(is_owner, request.address, *known), cookies

    def _cookie(self, request: _Request, name: str, value: str) -> str:
        path = self.root_path or "/"
        text = f"{name}={value}; Path={path}; Max-Age={_YEAR}; HttpOnly; "
        if self.framed and request.is_secure:
            # In a frame of another site's; what that site itself asks for is nobody's all the same.
            return text + "SameSite=None; Secure; Partitioned"
        return text + ("SameSite=Lax; Secure" if request.is_secure else "SameSite=Lax")


_COOKIE = "sketchpad-visitor"


class _Request:
    """What the gate needs to know of a request; nothing in it is believed without a look."""

    def __init__(self, scope: Scope, key: OwnerKey) -> None:
        self._scope = scope
        self._key = key
        self._headers = Headers(scope=scope)
        self._cookies = _cookies(self._headers.get("cookie", ""))
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query = QueryParams(scope["query_string"])

    @property
    def address(self) -> str:
        """Of the network that it comes from: of IPv6 the part that one household has."""
        host = (self._scope.get("client") or ("",))[0]
        try:
            address = ip_address(host)
        except ValueError:
            return str(host)[:64]
        return host if address.version == 4 else str(ip_network(f"{host}/64", strict=False))

    @property
    def has_key(self) -> bool:
        """By cookie, or as programs have it: `Authorization: Bearer KEY`."""
        kind, _, given = self._headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._key.opens(given.strip()):
            return True
        return self._key.knows(self._cookies.get(self._key.cookie, ""))

    @property
    def token(self) -> str:
        token = self._cookies.get(_COOKIE, "")
        return token if len(token) == _TOKEN and token.isalnum() and token.isascii() else ""

    @property
    def is_secure(self) -> bool:
        return bool(self._scope.get("scheme") == "https")

    @property
    def is_foreign(self) -> bool:
        """Whether another site's page made it."""
        if self.method in ("GET", "HEAD") and self.opens_page:
            return False  # a link to this page
        if site := self._headers.get("sec-fetch-site"):
            return site not in _OWN  # by the browser, which no page can talk into saying it
        origin = self._headers.get("origin")
        return origin is not None and _parts(origin).netloc != self._headers.get("host")

    @property
    def cost(self) -> int:
        """As how many requests it counts."""
        if self.path == UPLOAD:
            announced = self._headers.get("content-length", "")
            size = int(announced) if announced.isdigit() else MAX_UPLOAD
            return 1 + min(size, MAX_UPLOAD) // _BYTES_OF_A_COST
        return _COSTS.get(self.path, 1)

    @property
    def opens_page(self) -> bool:
        is_document = self._headers.get("sec-fetch-dest", "document") in ("document", "iframe")
        return self.method == "GET" and self.path == "/" and is_document

    @property
    def is_at_home(self) -> bool:
        """Whether it comes from this machine, for this machine, through nobody else's hands.

        A proxy on this machine is told by what it adds, or by the old HTTP that most speak unless
        told otherwise; another site's name for this machine, by that name.
        """
        client = (self._scope.get("client") or ("",))[0]
        host = _parts(f"//{self._headers.get('host', '')}").hostname or ""
        return (
            _is_loopback(client)
            and (host == "localhost" or _is_loopback(host))
            and self._scope["http_version"] != "1.0"
            and not any(name in self._headers for name in _FORWARDED)
        )


def _is_long(path: str) -> bool:
    parts = path.encode("utf-8", "replace").split(b"/")
    return len(path) > _MAX_PATH or max(map(len, parts)) > _MAX_NAME


def _too_much(request: _Request, wait: float) -> Response:
    sentence = TOO_MUCH.format(round(wait))
    if request.path in CALLS:
        # Gradio's script would take any failure for a lost server, and keep its words.
        return JSONResponse({"problem": sentence, "text": "", "digits": []})
    return JSONResponse({"error": sentence}, 429, {"Retry-After": str(round(wait))})


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")  # of nobody's


def _cookies(header: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _is_loopback(host: Any) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""The gate: identifies visitors, hides unlisted routes, limits requests.

The rights of each visitor are in `access`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import anyio
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.access import is_route
from demo.web.errors import NOT_FOUND, too_many
from demo.web.limits import FILES, KEYS, REQUESTS, Limits
from demo.web.metrics import Metrics
from demo.web.page_files import page_file_cost
from demo.web.request import TOKEN_LENGTH, VISITOR_COOKIE, ClientRequest
from demo.web.server_functions import PATHS as SERVER_FUNCTIONS
from demo.web.turns import OpenRequests, Refusals
from demo.web.visitor import Visitor, as_visitor
from model.service.owner_key import OwnerKey
from model.service.owner_links import OwnerLinks

LOGIN = "login"
"""Query parameter of the owner's link."""
_YEAR = 31_536_000

_FILES = ("/static/", "/assets/", "/scripts/")
"""The page's own files: dozens of them, which browsers cache."""
_RETRY_SECONDS = 5.0
MAX_OWNER_NETWORKS = 100
USED_LINK = (
    "This link does not open the page for its owner: it has been used, or is over a day old. "
    "The app prints a new one when it starts, and so does python -m model link.\n"
)
TOO_MANY_KEYS = "Too many wrong keys from your network. Try again in {} seconds."


@dataclass(frozen=True)
class Gate:
    """ASGI middleware in front of every route.

    Args:
        app: the application behind it.
        key: the owner's.
        links: of the owner, unused.
        limits: of each visitor.
        metrics: counts refusals.
        open_training: whether visitors may train, and therefore get a cookie.
        trust_local: whether anybody who opens the page on this very machine is its owner.
        open_requests: requests being answered, by address.
        owner_networks: from which the key has come; an ordered set.
        refusals: delays them.
        root_path: path of the page where a proxy has put it, such as `/digits`.
        framed: whether the page is shown in a frame of Hugging Face's.
    """

    app: ASGIApp
    key: OwnerKey
    links: OwnerLinks
    limits: Limits
    metrics: Metrics
    open_training: bool = False
    trust_local: bool = False
    root_path: str = ""
    framed: bool = False
    open_requests: OpenRequests = field(default_factory=OpenRequests)
    owner_networks: dict[str, None] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # no route here uses them
            return
        request = ClientRequest(scope, self.key)
        if request.path_is_too_long or not is_route(request.method, request.path):
            self.metrics.refusal("route")
            await JSONResponse({"error": NOT_FOUND}, 404)(scope, receive, send)
            return
        if request.path == "/" and LOGIN in request.query:
            await (await self._log_in(request))(scope, receive, send)
            return
        visitor, cookies = self._identify(request)
        refusal = await self._key_refusal(request) or await self._refusal(request, visitor)
        if refusal:
            self.metrics.refusal("limit")
            with as_visitor(visitor):
                await self.refusals.delay(request.size > 1, receive)
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in cookies.items():
                    headers.append("Set-Cookie", self._cookie(request, name, value))
            await send(message)

        with (
            as_visitor(visitor, receive),
            self.open_requests.one_of(request.address, request.size),
        ):
            await self.app(scope, receive, send_with_headers)

    async def _refusal(self, request: ClientRequest, visitor: Visitor) -> Response | None:
        """The response to a visitor over a limit; None within all of them."""
        if not visitor.is_limited:
            return None
        if self.open_requests.are_too_many(request.address):
            wait = _RETRY_SECONDS
        elif request.path.startswith(_FILES):
            wait = await self.limits.wait(FILES, request.address, page_file_cost(request.path))
        else:
            wait = await self.limits.wait(REQUESTS, request.address, request.weight)
        return too_many(wait, for_script=request.path in SERVER_FUNCTIONS) if wait else None

    async def _log_in(self, request: ClientRequest) -> Response:
        """Responds to the owner's link, which becomes a cookie and is used up."""
        no_store = {"Cache-Control": "no-store"}
        if request.is_prefetch:
            return JSONResponse({"error": USED_LINK}, 503, no_store)  # only a person opens it
        if not await anyio.to_thread.run_sync(self.links.redeem, request.query[LOGIN]):
            self.metrics.refusal("key")
            return JSONResponse({"error": USED_LINK}, 403, no_store)
        home = RedirectResponse(f"{self.root_path}/", 303, no_store)
        home.headers["Set-Cookie"] = self._cookie(request, self.key.cookie, self.key.token)
        return home

    async def _key_refusal(self, request: ClientRequest) -> Response | None:
        """The response to a key from a network that has sent too many wrong ones, right or wrong.

        The owner's browsers, which have a cookie, and the networks from which the right key has
        come before are not locked out by others' guesses.
        """
        if request.bearer is None or request.has_cookie or request.address in self.owner_networks:
            return None
        if wait := await self.limits.wait(KEYS, request.address, count=False):
            return JSONResponse(
                {"error": TOO_MANY_KEYS.format(round(wait))}, 429, {"Retry-After": str(round(wait))}
            )
        if request.has_key:
            self.owner_networks[request.address] = None
            if len(self.owner_networks) > MAX_OWNER_NETWORKS:
                del self.owner_networks[next(iter(self.owner_networks))]
        else:
            self.metrics.refusal("key")
            await self.limits.wait(KEYS, request.address)
        return None

    def _identify(self, request: ClientRequest) -> tuple[Visitor, dict[str, str]]:
        """The visitor, and new cookies to recognise them by."""
        if request.is_cross_site:
            # Another site's page uses this browser: its cookies must not speak for the visitor.
            return Visitor(address=request.address), {}
        cookies = {}
        is_owner = request.has_key
        is_local = self.trust_local and request.is_local
        is_at_home = is_local and not request.is_from_other_site
        if not is_owner and is_local and request.opens_page:
            cookies[self.key.cookie] = self.key.token
        token = request.token
        if self.open_training and request.opens_page and not token:
            cookies[VISITOR_COOKIE] = secrets.token_hex(TOKEN_LENGTH // 2)
        if not token:
            return Visitor(is_owner, request.address, is_at_home=is_at_home), cookies
        # Stored as hashes: a reader of the database or of a backup cannot pose as the visitor.
        token, network = (self.key.stands_for(each) for each in (token, request.address))
        return Visitor(is_owner, request.address, token, network, is_at_home), cookies

    def _cookie(self, request: ClientRequest, name: str, value: str) -> str:
        path = self.root_path or "/"
        text = f"{name}={value}; Path={path}; Max-Age={_YEAR}; HttpOnly; "
        if self.framed and request.is_secure:
            # For a frame on another site, whose own requests stay anonymous all the same.
            return text + "SameSite=None; Secure; Partitioned"
        return text + ("SameSite=Lax; Secure" if request.is_secure else "SameSite=Lax")

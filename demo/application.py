"""The application: the page, every other route, and the middleware in front of them."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from demo.draw.api_samples import samples
from demo.header.share import Share
from demo.page import build_page, look
from demo.web.access import Access
from demo.web.api_info import add_api_info
from demo.web.downloads import add_downloads
from demo.web.drawing_files import add_drawing_files
from demo.web.errors import MAX_UPLOAD, ErrorSentences
from demo.web.gate import Gate
from demo.web.gradio_calls import GradioCalls, hide_tracebacks, never_queue
from demo.web.headers import DropForgeable
from demo.web.health import add_health
from demo.web.limits import REQUESTS, RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.page_files import add_page_files
from demo.web.request_ids import RequestIds
from demo.web.root_path import StripRootPath
from demo.web.scripts import PreloadScripts, add_scripts
from demo.web.server_functions import ServerFunctions
from demo.web.turns import CALLS_AT_ONCE, PageTurns, Turns
from demo.web.uploads import Uploads, add_uploads
from model.service.owner_key import OwnerKey
from model.service.owner_links import OwnerLinks
from model.service.services import Services
from model.service.settings import Settings

MAX_SESSIONS = 100
"""Sessions that Gradio keeps in memory; the page stores nothing in them, but strangers can."""

GOOD_KEY = 20
"""Characters; a shorter key gets a warning."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Application:
    """What the server serves, and the links that it prints."""

    asgi: FastAPI
    page: gr.Blocks
    links: OwnerLinks
    share: Share

    @classmethod
    def build(cls, settings: Settings, services: Services) -> Application:
        """Puts everything together.

        Raises:
            ValueError: an invalid limit or key, or the key cannot be stored.
        """
        key = _owner_key(settings, services)
        links = OwnerLinks(services.home.owner_links)
        limits = Limits(
            {REQUESTS: settings.limit_requests, RUNS: settings.limit_runs}, settings.limits_in
        )
        metrics, share = Metrics(services.store), Share()
        access = Access(
            services.store,
            limits,
            open_training=settings.open_training,
            visitor_epochs=settings.visitor_epochs,
            metrics=metrics,
        )
        page = build_page(services, access, metrics, share)
        root_path = urlsplit(settings.root_path).path
        turns = Turns(CALLS_AT_ONCE)
        gate = functools.partial(
            Gate,
            key=key,
            links=links,
            limits=limits,
            metrics=metrics,
            open_training=settings.open_training,
            trust_local=_trusts_local(settings),
            root_path=root_path,
            framed=settings.is_on_space,
        )
        # The first one is the outermost.
        middleware = [
            Middleware(StripRootPath, root_path=root_path),
            Middleware(RequestIds, metrics=metrics),
            Middleware(ErrorSentences),
            Middleware(gate),
            Middleware(PageTurns),
            Middleware(ServerFunctions, page=page, limits=limits, turns=turns),
            Middleware(GradioCalls, page=page, limits=limits, turns=turns),
            Middleware(PreloadScripts),
            Middleware(DropForgeable),
            # In place of Gradio's, which lets every site read with the visitor's cookies.
            Middleware(CORSMiddleware),
        ]
        uploads = Uploads(services.home.uploads)
        asgi = FastAPI(openapi_url=None, middleware=middleware, lifespan=uploads.swept)
        add_health(asgi, services, metrics)
        add_scripts(asgi)
        add_page_files(asgi)
        add_downloads(asgi, services, access)
        add_drawing_files(asgi, services, access)
        add_uploads(asgi, uploads)
        add_api_info(asgi, page, settings.root_path, samples)
        _mount(asgi, page, settings.root_path)
        return cls(asgi, page, links, share)


def _owner_key(settings: Settings, services: Services) -> OwnerKey:
    if settings.owner_key is not None:
        given = settings.owner_key.get_secret_value()
        if len(given) < GOOD_KEY:
            log.warning(
                "SKETCHPAD_OWNER_KEY has %d characters: with fewer than %d it may be guessed",
                len(given),
                GOOD_KEY,
            )
        return OwnerKey(given)
    try:
        return OwnerKey.kept_in(services.home.folder)
    except OSError as error:
        raise ValueError(f"the owner's key cannot be stored: {error.strerror}") from error


def _trusts_local(settings: Settings) -> bool:
    """Whether the page is for this machine alone: then its user needs no key."""
    is_local = settings.host in ("127.0.0.1", "localhost", "::1")
    is_published = settings.share or settings.root_path or settings.owner_key is not None
    return is_local and not is_published


def _mount(asgi: FastAPI, page: gr.Blocks, root_path: str) -> None:
    page.state_session_capacity = MAX_SESSIONS
    gr.mount_gradio_app(
        asgi,
        page,
        path="/",
        root_path=root_path or None,
        max_file_size=MAX_UPLOAD,
        show_error=False,
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        **look(),
    )
    never_queue(page)
    hide_tracebacks(page)

"""The application: the page and every other route, behind one gate.

Knows what a request passes, and in which order; not the port that it came in by.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from urllib.parse import urlsplit

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from demo.header.share import Share
from demo.page import build_page, look
from demo.web.access import Access
from demo.web.downloads import add_files
from demo.web.errors import MAX_UPLOAD, Door
from demo.web.gate import Gate
from demo.web.gradio_calls import Programs, bound_memory, without_tracebacks
from demo.web.health import Numbered, Prefixed, add_operations
from demo.web.limits import REQUESTS, RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.server_functions import add_calls
from model.service.owner_key import OwnerKey
from model.service.services import Services
from model.service.settings import Settings

SESSIONS = 100
"""Sessions that Gradio keeps in memory; the page keeps nothing in them, and strangers can."""
WAITING = 200
"""Calls by programs that wait their turn in Gradio's queue; each takes a few kilobytes."""


@dataclass(frozen=True)
class Application:
    """What a server serves, and what it has to tell whoever started it."""

    asgi: FastAPI
    page: gr.Blocks
    key: OwnerKey
    share: Share

    @classmethod
    def build(cls, settings: Settings, services: Services) -> Application:
        """Puts everything together.

        Raises:
            ValueError: a limit or a key that is none, or the key cannot be kept.
        """
        key = _owner_key(settings, services)
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
        gate = functools.partial(
            Gate,
            key=key,
            limits=limits,
            metrics=metrics,
            open_training=settings.open_training,
            uploads=services.home.uploads,
            at_home=_is_at_home(settings),
            root_path=urlsplit(settings.root_path).path,
            framed=settings.is_on_space,
        )
        # The first one is the outermost.
        passed = [
            Middleware(Prefixed, prefix=urlsplit(settings.root_path).path),
            Middleware(Numbered, metrics=metrics),
            Middleware(Door),
            Middleware(gate),
            Middleware(Programs, page=page),
        ]
        asgi = FastAPI(openapi_url=None, middleware=passed)
        add_operations(asgi, services, metrics)
        add_files(asgi, services, access)
        add_calls(asgi, page)
        _mount(asgi, page, settings.root_path)
        return cls(asgi, page, key, share)


def _owner_key(settings: Settings, services: Services) -> OwnerKey:
    if settings.owner_key is not None:
        return OwnerKey(settings.owner_key.get_secret_value())
    try:
        return OwnerKey.kept_in(services.home.folder)
    except OSError as error:
        raise ValueError(f"the owner's key cannot be kept: {error.strerror}") from error


def _is_at_home(settings: Settings) -> bool:
    """Whether the page is for this machine alone: then nobody is asked for a key."""
    is_alone = settings.host in ("127.0.0.1", "localhost", "::1")
    is_shown = settings.share or settings.root_path or settings.owner_key is not None
    return is_alone and not is_shown


def _mount(asgi: FastAPI, page: gr.Blocks, root_path: str) -> None:
    page.state_session_capacity = SESSIONS
    page.queue(max_size=WAITING)
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
    bound_memory(page)
    without_tracebacks(page)

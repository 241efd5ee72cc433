"""The server: the application on one port, until the process is told to end.

Knows sockets and signals; nothing of what a request is about.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from urllib.parse import quote

import uvicorn

from demo.application import Application
from demo.web.connection import Connection
from model.service.services import Services
from model.service.settings import Settings

CONNECTIONS = 4_000
"""At once; each takes some ten kilobytes and a file of the process's."""
LAST_ANSWERS = 4
"""Seconds that answers which are on their way may take when the app is told to end."""
LAST_SECONDS = 9
"""Until it ends all the same: whoever hosts it kills it after ten."""

log = logging.getLogger(__name__)


class PortError(Exception):
    """The address cannot be listened on; the message says which, and what to do."""


def serve(settings: Settings, services: Services) -> None:
    """Serves the page until the process is told to end, by SIGTERM or Ctrl-C.

    Raises:
        PortError: the address cannot be listened on.
        ValueError: a setting that cannot be served with.
    """
    application = Application.build(settings, services)
    listening = _listen(settings.host, settings.port)
    _allow_connections()
    server = _Server(
        uvicorn.Config(
            application.asgi,
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            reset_contextvars=True,  # who asks is kept in one: no request may inherit another's
            forwarded_allow_ips=settings.proxies,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=LAST_ANSWERS,
        )
    )
    _leave_signals_to_the_server()
    asyncio.run(_run(server, listening, lambda: _announce(settings, application)))


class _Server(uvicorn.Server):
    """Ends in time, whatever it waits for."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        last = threading.Timer(LAST_SECONDS, _give_up)
        last.daemon = True
        last.start()


def _give_up() -> None:
    log.error(
        "not all could be put in order within %s s: a run may have to be resumed", LAST_SECONDS
    )
    for process in multiprocessing.active_children():
        process.kill()
    os._exit(1)


async def _run(
    server: uvicorn.Server, listening: socket.socket, announce: Callable[[], None]
) -> None:
    serving = asyncio.create_task(server.serve([listening]))
    while not (server.started or serving.done()):
        await asyncio.sleep(0.01)
    if server.started:
        announce()
    await serving


def _announce(settings: Settings, application: Application) -> None:
    here, key = settings.public_url, quote(application.key.text, safe="")
    print(f"Digit Sketchpad: {here}", flush=True)
    print(f"Its owner's link: {here}?key={key}", flush=True)
    if settings.share:
        # Not waited for: the page is there, and the link may take half a minute.
        threading.Thread(
            target=application.share.open, args=(settings.port, key), name="share", daemon=True
        ).start()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError:
        raise PortError(
            f"Port {port} on {host} cannot be used: another program has it, or "
            "the address is not of this machine. "
            f"Choose another, such as --port {port % 65535 + 1}."
        ) from None
    # Connections inherit it. Else the body of an answer, sent after its head, waits 40 ms for a
    # word from the other side; asyncio sees to that only for sockets that it has made itself.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _allow_connections() -> None:
    """As many open files as connections: many systems allow 1,024 unless asked."""
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * CONNECTIONS
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _leave_signals_to_the_server() -> None:
    """It ends by itself; the signal that it was told by must not end the process too, nor a second
    one what is being put in order then."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

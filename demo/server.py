"""The server: the application on one port, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import uvicorn

from demo.application import Application
from demo.web.connection import MAX_CONNECTIONS, Connection
from demo.web.headers import security_headers
from model.service.services import Services
from model.service.settings import Settings

RESPONSE_SECONDS = 4
"""Seconds for open responses to finish once the app is told to end."""
SHUTDOWN_SECONDS = 9
"""Seconds for the whole shutdown: container hosts kill the process after ten."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Of glibc's `mallopt`."""
_TRIM_SECONDS = 20.0

log = logging.getLogger(__name__)


class PortError(Exception):
    """The address cannot be bound; the message says which, and what to do."""


def _return_memory() -> None:
    """Has glibc give each large block back at once, instead of keeping it for the next."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, 256_000)
        libc.mallopt(_ARENA_MAX, 2)


async def _return_rest() -> None:
    """Has glibc give back what smaller blocks have left free, from time to time."""
    with suppress(OSError, AttributeError):
        trim = ctypes.CDLL(None).malloc_trim
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            await asyncio.to_thread(trim, 0)


def serve(settings: Settings, services: Services) -> None:
    """Serves the page until SIGTERM or Ctrl-C.

    Raises:
        PortError: the address cannot be bound.
        ValueError: an invalid setting.
    """
    _return_memory()
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
            headers=security_headers(framed=settings.is_on_space),
            reset_contextvars=True,  # the visitor is in one: no request may inherit another's
            forwarded_allow_ips=settings.proxies,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=RESPONSE_SECONDS,
        )
    )
    _ignore_signals()
    asyncio.run(_run(server, listening, lambda: _announce(settings, application)))


class _Server(uvicorn.Server):
    """Ends in time, whatever is still running."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        deadline = threading.Timer(SHUTDOWN_SECONDS, _exit_now)
        deadline.daemon = True
        deadline.start()


def _exit_now() -> None:
    log.error("shutdown did not finish within %s s: a run may have to be resumed", SHUTDOWN_SECONDS)
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
        # Disabled by app.py. What start-up made stays for good, so it is never scanned again.
        gc.freeze()
        gc.enable()
        announce()
    trimming = asyncio.create_task(_return_rest())
    await serving
    trimming.cancel()


def _announce(settings: Settings, application: Application) -> None:
    here, links = settings.public_url, application.links
    print(f"Digit Sketchpad: {here}", flush=True)
    # A container's own network is nobody else's.
    if settings.host in ("0.0.0.0", "::") and not Path("/.dockerenv").exists():
        print(f"On your network: http://{_own_address()}:{settings.port}/", flush=True)
    try:
        login, shared_login = links.new(), links.new() if settings.share else ""
    except OSError as error:
        log.error("there is no owner's link: %s", error.strerror or error)
        return
    print(f"Its owner's link, for one use: {here}?login={login}", flush=True)
    if settings.share:
        # In the background: the page is up, and the link may take half a minute.
        threading.Thread(
            target=application.share.open,
            args=(settings.local_host, settings.port, shared_login),
            name="share",
            daemon=True,
        ).start()


def _own_address() -> str:
    """This machine's address in its network; its name where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            towards.connect(("192.0.2.1", 9))  # sends nothing: picks the way out
        except OSError:
            return socket.gethostname()
        return str(towards.getsockname()[0])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError:
        raise PortError(
            f"Port {port} on {host} cannot be used: another program uses it, or the address does "
            f"not belong to this machine. Choose another, such as --port {port % 65535 + 1}."
        ) from None
    # Connections inherit it. Otherwise the body of a response, sent after its headers, waits 40 ms
    # for an ACK; asyncio sets it only on sockets of its own.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _allow_connections() -> None:
    """Raises the limit of open files, which is 1,024 by default on many systems."""
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * MAX_CONNECTIONS
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _ignore_signals() -> None:
    """Signals only reach the server, which shuts down; Python's own handlers would end the process
    before that, or interrupt it at a second signal."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

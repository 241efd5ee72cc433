"""Digit Sketchpad: settings -> services -> page -> launch; nothing else."""

from __future__ import annotations

import os
import sys

from model.service.services import ServiceError, Services
from model.service.settings import Settings

SESSIONS = 100
"""Sessions that Gradio keeps in memory; the page keeps nothing in them, and strangers can."""


def main(arguments: list[str]) -> int:
    """Serves the page until it is stopped; returns the process's exit code."""
    try:
        settings = Settings.load(arguments)
        services = Services.open(settings)
    except (ValueError, ServiceError) as error:
        return _give_up(error)
    try:
        return _serve(settings, services)
    finally:
        services.close()


def _serve(settings: Settings, services: Services) -> int:
    # Before Gradio is imported, which looks at both then.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(services.home.uploads)
    from starlette.middleware import Middleware

    from demo.access import MAX_UPLOAD, Door
    from demo.files import add_files
    from demo.page import build_page, look

    page = build_page(services)
    try:
        application, _, _ = page.launch(
            server_name=settings.host,
            server_port=settings.port,
            share=settings.share,
            root_path=settings.root_path,
            max_file_size=MAX_UPLOAD,
            app_kwargs={"middleware": [Middleware(Door)]},
            state_session_capacity=SESSIONS,
            run_history=False,
            # Else Gradio gives its first page three seconds, and a slow machine's app is refused.
            _frontend=False,
            ssr_mode=False,
            quiet=True,
            prevent_thread_lock=True,
            **look(),
        )
    except OSError:
        return _give_up(
            f"Port {settings.port} on {settings.host} cannot be used: another program has it, or "
            "the address is not of this machine. "
            f"Choose another, such as --port {settings.port % 65535 + 1}."
        )
    add_files(application, services)
    for address in filter(None, (page.local_url, page.share_url)):
        print(f"Digit Sketchpad: {address}", flush=True)
    page.block_thread()
    return 0


def _give_up(reason: object) -> int:
    print(f"app.py: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

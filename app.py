"""Digit Sketchpad: settings -> services -> server; nothing else."""

from __future__ import annotations

import gc
import os
import sys

from model.service import logs
from model.service.services import ServiceError, Services
from model.service.settings import Settings


def main(arguments: list[str]) -> int:
    """Serves the page until it is stopped; returns the process's exit code."""
    # Start-up makes next to no garbage, yet looking for it takes half a second; `serve` enables the
    # collector again.
    gc.disable()
    try:
        settings = Settings.load(arguments)
        logs.configure(settings.log_format)
        services = Services.open(settings)
    except (ValueError, ServiceError) as error:
        return _give_up(error)
    # Before the import of Gradio, which reads both.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # As programs know the files that they have uploaded; Gradio itself stores none.
    os.environ["GRADIO_TEMP_DIR"] = "uploads"
    from demo.stubs import skip_stubs

    skip_stubs()
    from demo.server import PortError, serve

    try:
        serve(settings, services)
    except (ValueError, PortError) as error:
        return _give_up(error)
    finally:
        services.close()
    return 0


def _give_up(reason: object) -> int:
    print(f"app.py: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Digit Sketchpad: settings -> services -> server; nothing else."""

from __future__ import annotations

import os
import sys

from model.service import logs
from model.service.services import ServiceError, Services
from model.service.settings import Settings


def main(arguments: list[str]) -> int:
    """Serves the page until it is stopped; returns the process's exit code."""
    try:
        settings = Settings.load(arguments)
        logs.configure(settings.log_format)
        services = Services.open(settings)
    except (ValueError, ServiceError) as error:
        return _give_up(error)
    # Before Gradio is imported, which looks at both then.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(services.home.uploads)
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

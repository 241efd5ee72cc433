"""The log: lines for the operator, as text or as JSON, with the number of the request.

Neither drawings nor visitors' addresses are ever logged.
"""

from __future__ import annotations

import logging
import os
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

FORMAT = "SKETCHPAD_LOG_FORMAT"
"""Environment variable that passes the format on to the worker process."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Number of the current request; empty outside of one."""


def configure(kind: str | None = None) -> None:
    """Sends the log to standard error, in that format: `text` or `json`."""
    if kind is not None:
        os.environ[FORMAT] = kind
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    if os.environ.get(FORMAT) == "json":
        names = "{asctime}{levelname}{name}{message}{request_id}"
        renamed = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter(names, style="{", rename_fields=renamed))
    else:
        handler.setFormatter(_Text("{asctime} {levelname} {message}", style="{"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("demo", "model"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # It warns of every malformed upload, of which any client can send thousands.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        number = request_id.get()
        return super().format(record) + (f" [{number}]" if number else "")


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True

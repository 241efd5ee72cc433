"""The sketchpad as a Gradio component: its HTML, CSS and scripts put together.

Knows how the browser's part is made; what a drawing means is the business of the calls it is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from demo.component import Scripted

HTML = Path(__file__).parent / "pad.html"
SCRIPTS = ("drawing", "paper", "asker", "answer", "network", "ghost", "pad")
"""In this order: the last one puts the others together."""

Call = Callable[[Any], Awaitable[dict[str, Any]]]


class Pad(Scripted):
    """A pad that asks the server while the pen moves and shows what comes back.

    Not `gr.Sketchpad`: that one answers only at pen-up, after half a second or more.

    Args:
        calls: what the scripts call by name on the server: `read_drawing`, which gets the strokes
            as JSON, `read_picture`, which gets a picture as a `data:` URL, and `in_use`, which
            says which network reads. Both of the first also take `{"network", "drawing"}`, for a
            visitor who draws with a network of their own.
        version: name of the network that reads, shown under the answer.
    """

    def __init__(self, calls: list[Call], version: str) -> None:
        super().__init__(HTML, SCRIPTS, calls, version=version)

"""The sketchpad as a Gradio component: its HTML, CSS and scripts put together.

Knows how the browser's part is made; what a drawing means is the business of the calls it is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import gradio as gr

from demo.component import NoStub

FOLDER = Path(__file__).parent / "pad"
SCRIPTS = ("drawing", "paper", "asker", "answer", "ghost", "pad")
"""In this order: the last one puts the others together."""

Call = Callable[[Any], Awaitable[dict[str, Any]]]


class Pad(gr.HTML, metaclass=NoStub):
    """A pad that asks the server while the pen moves and shows what comes back.

    Not `gr.Sketchpad`: that one answers only at pen-up, after half a second or more.

    Args:
        calls: what the scripts call by name on the server: `read_drawing`, which gets the strokes
            as JSON, and `read_picture`, which gets a picture as a `data:` URL. Whatever comes from
            a browser reaches them as it is; they answer and never raise.
        version: name of the network that reads, shown under the answer.
    """

    def __init__(self, calls: list[Call], version: str) -> None:
        super().__init__(
            html_template=_read("pad.html"),
            css_template=_read("pad.css"),
            js_on_load="\n".join(_read(f"{name}.js") for name in SCRIPTS),
            apply_default_css=False,
            server_functions=calls,
            version=version,
        )


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")

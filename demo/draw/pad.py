"""The sketchpad as a Gradio component."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from demo.component import DIALOG, Scripted
from demo.draw.sample_digits import sample_digits

HTML = Path(__file__).parent / "pad.html"

Call = Callable[[Any], Awaitable[dict[str, Any]]]


class Pad(Scripted):
    """A pad that asks the server while the pen moves and shows what comes back.

    Not `gr.Sketchpad`: that one answers only at pen-up, after half a second or more.

    Args:
        calls: server functions of the scripts: `read_drawing`, which takes strokes as JSON,
            `read_picture`, which takes a picture as a `data:` URL, and `in_use`, which names the
            network in use. The first two also take `{"network", "drawing"}`, from a visitor who
            has chosen a network.
        version: name of the network in use, shown under the answer.
        labels: what is shown for a network, by its name, where that is not its name.
    """

    def __init__(self, calls: list[Call], version: str, labels: dict[str, str]) -> None:
        super().__init__(
            HTML,
            calls,
            [HTML.with_name("answer.css"), DIALOG],
            version=version,
            labels=labels,
            samples=sample_digits(),
        )

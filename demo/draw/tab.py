"""Draw tab: the pad and the calls that it makes.

Knows that the pad takes a refusal for an answer; how ink is made and read is `answers`.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from demo.draw.answers import Answer, Answers, NoAnswerError
from demo.draw.pad import Pad


def draw_tab(answers: Answers) -> None:
    """Lays out the tab inside the open `gr.Blocks`."""

    async def read_drawing(given: Any) -> Answer:
        network, strokes = _parts(given)
        return await _for_pad(answers.drawing(strokes, network))

    async def read_picture(given: Any) -> Answer:
        network, data_url = _parts(given)
        return await _for_pad(answers.picture(data_url, network))

    async def in_use(_: Any) -> Answer:
        return {"model": answers.version}

    Pad([read_drawing, read_picture, in_use], version=answers.version)


def _parts(given: Any) -> tuple[str | None, Any]:
    """The network that a visitor draws with, None for the one in use, and what was drawn."""
    if isinstance(given, dict) and isinstance(given.get("network"), str):
        return given["network"], given.get("drawing")
    return None, given


async def _for_pad(reading: Awaitable[Answer]) -> Answer:
    """A pad that got no answer at all would take the server for lost and ask for ever."""
    try:
        return await reading
    except NoAnswerError as error:
        return {"text": "", "digits": [], "problem": str(error)}

"""Draw tab: the pad and the two calls that it makes.

Knows that the pad takes a refusal for an answer; how ink is made and read is `answers`.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from demo.answers import Answer, Answers, NoAnswerError
from demo.pad import Pad


def draw_tab(answers: Answers, version: str) -> None:
    """Lays out the tab inside the open `gr.Blocks`."""

    async def read_drawing(strokes: Any) -> Answer:
        return await _for_pad(answers.drawing(strokes))

    async def read_picture(data_url: Any) -> Answer:
        return await _for_pad(answers.picture(data_url))

    Pad([read_drawing, read_picture], version=version)


async def _for_pad(reading: Awaitable[Answer]) -> Answer:
    """A pad that got no answer at all would take the server for lost and ask for ever."""
    try:
        return await reading
    except NoAnswerError as error:
        return {"text": "", "digits": [], "problem": str(error)}

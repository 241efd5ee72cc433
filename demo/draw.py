"""Draw tab: the pad and the two calls that it makes.

Knows that the pad takes a refusal for an answer; how ink is made and read is `answers`.
"""

from __future__ import annotations

from typing import Any

from model.reading.ink import InkError

from demo.answers import Answers, picture_in
from demo.pad import Pad


def draw_tab(answers: Answers, version: str) -> None:
    """Lays out the tab inside the open `gr.Blocks`."""

    async def read_drawing(strokes: Any) -> dict[str, Any]:
        try:
            return await answers.drawing(strokes)
        except InkError as error:
            return _refusal(error)

    async def read_picture(data_url: Any) -> dict[str, Any]:
        try:
            return await answers.picture(picture_in(data_url))
        except InkError as error:
            return _refusal(error)

    Pad([read_drawing, read_picture], version=version)


def _refusal(error: InkError) -> dict[str, Any]:
    return {"text": "", "digits": [], "problem": str(error)}

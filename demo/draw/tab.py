"""Draw tab: the pad and the calls that its scripts make."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from demo.draw.answers import Answer, Answers, NoAnswerError
from demo.draw.pad import Pad


def draw_tab(answers: Answers) -> None:
    """Lays out the tab inside the open `gr.Blocks`."""

    async def read_drawing(payload: Any) -> Answer:
        network, strokes = _parts(payload)
        return await _for_pad(answers.drawing(strokes, network))

    async def read_picture(payload: Any) -> Answer:
        network, data_url = _parts(payload)
        return await _for_pad(answers.picture(data_url, network))

    async def in_use(_: Any) -> Answer:
        return {"model": answers.version}

    Pad([read_drawing, read_picture, in_use], version=answers.version, labels=answers.labels)


def _parts(payload: Any) -> tuple[str | None, Any]:
    """The network that the visitor has chosen, None for the one in use, and the drawing."""
    if isinstance(payload, dict) and isinstance(payload.get("network"), str):
        return payload["network"], payload.get("drawing")
    return None, payload


async def _for_pad(reading: Awaitable[Answer]) -> Answer:
    """An error status would look to the pad like a lost server, and it would ask for ever."""
    try:
        answer = await reading
        del answer["seen"]  # the pad takes each digit's
        return answer
    except NoAnswerError as error:
        return {"text": "", "digits": [], "problem": str(error)}

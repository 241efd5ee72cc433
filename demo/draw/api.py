"""The endpoints that programs call: `/read_strokes` and `/read_image`."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioRootModel
from gradio_client.utils import is_http_url_like

from demo.component import NoStub
from demo.draw.answers import Answer, Answers, NoAnswerError
from demo.draw.api_samples import PICTURE, SEVEN
from demo.web.uploads import file_of

NOT_A_FILE = (
    "Give read_image one uploaded picture file: handle_file(path) of gradio_client uploads it. "
    "Without the client, upload it first and send its path as gradio.FileData."
)
DELETED = "This picture has been deleted, as uploads are after ten minutes. Upload it again."


def endpoints(answers: Answers, uploads: Path) -> None:
    """Adds the endpoints to the open `gr.Blocks`; unqueued, as a reading takes milliseconds.

    Args:
        answers: read drawings and pictures.
        uploads: folder of the picture files that programs have uploaded.
    """

    async def read_strokes(strokes: Any) -> dict[str, Any]:
        """Reads one drawing.

        Strokes are a list of strokes, each a list of [x, y] points, x right and y down, in any
        one unit: where the digit stands and how large it is does not matter.
        """
        return await _for_program(answers.drawing(strokes))

    async def read_image(image: str) -> dict[str, Any]:
        """Reads one picture: dark ink on light or light on dark, of any size."""
        file = file_of(image, uploads)
        if file is None:
            raise _refusal(NOT_A_FILE)
        if not file.exists():
            raise _refusal(DELETED)
        return await _for_program(answers.picture(file))

    strokes = Strokes(label="strokes", visible=False)
    image = PictureFile(label="picture file", visible=False)
    image.data_model = AnyJson  # gr.File sets its own when it is made
    answer = gr.JSON(label="answer", visible=False)
    for call, component in ((read_strokes, strokes), (read_image, image)):
        gr.on([], call, inputs=component, outputs=answer, api_name=call.__name__, queue=False)


class AnyJson(GradioRootModel):
    """Unvalidated input: `PictureFile` checks it itself."""

    root: Any


class NothingFetched:
    """A component for which Gradio neither fetches an http address nor copies a file."""

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        if not isinstance(url_or_file_path, str) or is_http_url_like(url_or_file_path):
            raise _refusal(NOT_A_FILE)
        return url_or_file_path


class Strokes(NothingFetched, gr.JSON, metaclass=NoStub):
    """Any JSON; `ink` checks whether it is strokes."""

    is_plain = True
    """Gradio has nothing to do with a call that takes only such; see `GradioCalls`."""

    def get_block_name(self) -> str:
        return "json"  # the part of it that the browser has

    def api_info(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "number"}
        for _ in ("point", "stroke", "drawing"):
            schema = {"type": "array", "items": schema}
        return schema

    def example_payload(self) -> Any:
        return SEVEN


class PictureFile(NothingFetched, gr.File, metaclass=NoStub):
    """A file that a program uploaded; anything else is refused with a sentence.

    Gradio's own `gr.File` answers wrong input with an error without a sentence, and checks that a
    path is an upload's only if it comes with the right `meta`.
    """

    def get_block_name(self) -> str:
        return "file"  # the part of it that the browser has

    def preprocess(self, payload: AnyJson | None) -> str:
        try:
            return FileData(**payload.root).path  # type: ignore[union-attr]
        except (AttributeError, TypeError, ValueError):
            raise _refusal(NOT_A_FILE) from None

    def api_info(self) -> dict[str, Any]:
        schema = FileData.model_json_schema()
        del schema["description"]  # of Gradio's class
        return schema

    def example_payload(self) -> Any:
        return {"path": PICTURE, "meta": {"_type": "gradio.FileData"}}


async def _for_program(reading: Awaitable[Answer]) -> Answer:
    try:
        return await reading
    except NoAnswerError as error:
        raise _refusal(str(error)) from error


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)

"""Train tab: the form, and the run on show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio

from demo.actions import change_calls, reports_problems, sentence_for, watch_calls
from demo.component import ASK, BUTTONS, CHART, Scripted
from demo.summary import Json, rights
from demo.train.durations import Durations
from demo.train.form import (
    FieldError,
    checked_data,
    checked_drawings,
    checked_settings,
    described,
    described_drawings,
    drawing_levels,
)
from demo.web.access import Access
from demo.web.errors import MAX_DRAWING_FILE
from demo.web.visitor import current_visitor
from model.learning.recipes import find
from model.service.drawing_files import DrawingFiles
from model.service.services import Services

FOLDER = Path(__file__).parent


def train_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    calls = [*_form_calls(services, access), *watch_calls(services, access)]
    Scripted(
        FOLDER / "train.html",
        [*calls, *change_calls(services, access)],
        [FOLDER / "run.css", ASK, BUTTONS, CHART],
    )


def _form_calls(services: Services, access: Access) -> list[Any]:
    """`form`, `warm`, `train`, `train_all` and `delete_drawings`."""
    durations = Durations(services.store)
    files = DrawingFiles(services.home.drawings)

    @reports_problems
    def form(_: Any) -> Json:
        return described(access.max_epochs) | {
            "may": rights(access),
            "note": access.visitor_note,
            "speeds": durations.speeds(),
            "drawings": described_drawings(files.list() if access.may_train else []),
            "max_drawings": MAX_DRAWING_FILE,
        }

    # Starts the worker when somebody who may train opens the tab, not before.
    @reports_problems
    def warm(_: Any) -> None:
        if access.may_train:
            services.jobs.warm()

    def drawings_for(recipe: str, asked: Json) -> list[str]:
        if not find(recipe).learns_non_digits:
            return []
        return checked_drawings(asked.get("drawings"), files.list())

    async def train(payload: Any) -> Json:
        asked = payload if isinstance(payload, dict) else {}
        try:
            recipe = str(asked.get("recipe"))[:100]
            chosen = checked_settings(recipe, asked.get("settings"), access.max_epochs)
            source = checked_data(asked.get("digits"), asked.get("count"))
            find(recipe).settings(**chosen)  # invalid settings must not count as a run
            await access.check_run(chosen["epochs"])
            run = await anyio.to_thread.run_sync(
                lambda: services.jobs.submit(
                    recipe,
                    chosen,
                    source,
                    drawing_levels(asked.get("drawing")),
                    drawings=drawings_for(recipe, asked),
                    visitor=current_visitor().trains_as,
                )
            )
            await access.count_run()
        except FieldError as error:
            return {"problem": str(error), "field": error.field}
        except Exception as error:
            return {"problem": sentence_for(error, "starting a run")}
        return {"runs": [run.name], "left_out": []}

    @reports_problems
    def train_all(payload: Any) -> Json:
        asked = payload if isinstance(payload, dict) else {}
        source = checked_data(asked.get("digits"), asked.get("count"))
        runs, left_out = services.jobs.submit_all(
            source,
            drawing_levels(asked.get("drawing")),
            drawings=checked_drawings(asked.get("drawings"), files.list()),
        )
        return {"runs": [run.name for run in runs], "left_out": left_out}

    @reports_problems
    def delete_drawings(payload: Any) -> None:
        services.jobs.delete_drawings(payload if isinstance(payload, str) else "")

    return [form, warm, train, train_all, delete_drawings]

"""Train tab: the form, the network's layers, and the current run."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import anyio
import gradio as gr

from demo.actions import change_calls, sentence_for, watch_calls
from demo.component import BUTTONS, CHART, Scripted
from demo.train.form import (
    DATA,
    FIRST_RECIPE,
    NO_MNIST,
    checked_data,
    checked_settings,
    default_data,
    default_values,
    drawing_levels,
    setting_fields,
)
from demo.web.access import Access, log_change
from demo.web.visitor import current_visitor
from model.learning.data.datasets import STROKES, is_local, local_path
from model.learning.layers import INPUT_SHAPE, rows
from model.learning.recipe import Recipe, parameters
from model.learning.recipes import RECIPES, find
from model.service.database.schema import QUEUED, Run
from model.service.services import Services

HTML = Path(__file__).parent / "run.html"

EVENT: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
}
"""How Gradio carries out the form's events: at once, without a veil, hidden from programs."""

# The pad's drawing comes from the browser; the view of the run is told that a run is starting.
WITH_DRAWING = """(...values) => {
  const pad = window.digitSketchpad;
  window.dispatchEvent(new Event("sketchpad:train"));
  values[values.length - 1] = JSON.stringify(pad ? pad.strokes() : []);
  return values;
}"""


def train_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    recipe = find(FIRST_RECIPE)
    with gr.Row(elem_classes="setup"):
        with gr.Column(scale=5):
            name = gr.Dropdown(
                [(_recipe_label(each), each.name) for each in RECIPES.values()],
                value=FIRST_RECIPE,
                label="Recipe",
                filterable=False,
            )
            about = _text(_about(recipe), "about")
            data = gr.Radio(DATA, value=default_data(), label="Digits to learn from")
            _text(f"<p>{NO_MNIST}</p>", "about", visible=not is_local(local_path()))
            count = gr.Number(
                STROKES,
                label="How many digits to draw",
                precision=0,
                visible=default_data() == "strokes",
            )
            fields = setting_fields()
            with gr.Row(elem_classes="start"):
                train = gr.Button("Train", variant="primary", min_width=80)
                train_all = gr.Button("Train all recipes", min_width=160)
                reset = gr.Button("Reset", min_width=80)
            _text(access.visitor_note, "about visitors")
            notice = _text("", "notice")
        with gr.Column(scale=4):
            layers = gr.HTML(_layers(recipe), apply_default_css=False)
    for setting, value in default_values(recipe).items():
        fields[setting].value = value
    fields["dropout"].visible = recipe.dropout is not None
    drawing = gr.Textbox(visible=False)
    RunView(services, access)

    gr.on(
        [name.change, reset.click],
        _on_recipe,
        inputs=name,
        outputs=[about, layers, notice, *fields.values()],
        api_name="choose_recipe",
        **EVENT,
    )
    data.change(
        lambda digits: gr.update(visible=digits == "strokes"),
        inputs=data,
        outputs=count,
        api_name="choose_digits",
        **EVENT,
    )

    async def start(recipe_name: str, digits: str, how_many: Any, *values: Any) -> str:
        *settings, strokes = values
        try:
            chosen = checked_settings(recipe_name, dict(zip(fields, settings, strict=True)))
            source = checked_data(digits, how_many)
            find(recipe_name).settings(**chosen)  # invalid settings must not count as a run
            await access.check_run(chosen["epochs"])
            run = await anyio.to_thread.run_sync(
                lambda: services.jobs.submit(
                    recipe_name,
                    chosen,
                    source,
                    drawing_levels(strokes),
                    visitor=current_visitor().trains_as,
                )
            )
            await access.count_run()
            log_change("train", run.name)
            live = await anyio.to_thread.run_sync(services.store.live)
            return _place_in_queue(run, live)
        except Exception as error:
            return _notice(sentence_for(error, "starting a run"))

    train.click(
        start,
        inputs=[name, data, count, *fields.values(), drawing],
        outputs=notice,
        js=WITH_DRAWING,
        api_name="train",
        **EVENT,
    )

    def start_all(digits: str, how_many: Any, strokes: Any) -> str:
        try:
            source = checked_data(digits, how_many)
            runs, left_out = services.jobs.submit_all(source, drawing_levels(strokes))
        except Exception as error:
            return _notice(sentence_for(error, "starting all recipes"))
        for run in runs:
            log_change("train", run.name)
        return _all_queued(runs, left_out)

    train_all.click(
        start_all,
        inputs=[data, count, drawing],
        outputs=notice,
        js=WITH_DRAWING,
        api_name="train_all",
        **EVENT,
    )


class RunView(Scripted):
    """The run that every visitor sees, its charts, and its result."""

    def __init__(self, services: Services, access: Access) -> None:
        # Starts the worker when somebody who may train opens the tab, not before.
        def warm(_: Any) -> dict[str, Any]:
            if access.may_train:
                services.jobs.warm()
            return {}

        calls = [*watch_calls(services, access), *change_calls(services, access), warm]
        super().__init__(HTML, calls, [BUTTONS, CHART])


def _text(content: str, classes: str, *, visible: bool = True) -> gr.HTML:
    return gr.HTML(content, visible=visible, elem_classes=classes, apply_default_css=False)


def _on_recipe(name: str) -> list[Any]:
    recipe = find(name)
    values: list[Any] = [
        gr.update(value=value, visible=setting != "dropout" or recipe.dropout is not None)
        for setting, value in default_values(recipe).items()
    ]
    return [_about(recipe), _layers(recipe), "", *values]


def _place_in_queue(run: Run, live: list[Run]) -> str:
    queue = [each.name for each in live if each.status == QUEUED]
    place = queue.index(run.name) + 1 if run.name in queue else 1
    if place == 1 and len(queue) == len(live):
        return ""  # nothing is running: it starts now
    return _notice(f"{run.name} is queued: number {place} in line.")


def _all_queued(runs: list[Run], left_out: list[str]) -> str:
    sentence = f"Each recipe as it is, {len(runs)} runs: {', '.join(run.name for run in runs)}."
    if left_out:
        sentence += f" The queue had no room for {', '.join(left_out)}."
    return _notice(sentence)


def _recipe_label(recipe: Recipe) -> str:
    return f"{recipe.name}: {parameters(recipe):,} parameters"


def _notice(sentence: str) -> str:
    return f"<p role='status'>{html.escape(sentence[:1].upper() + sentence[1:])}</p>"


def _about(recipe: Recipe) -> str:
    return f"<p>{html.escape(recipe.description)}</p>"


def _layers(recipe: Recipe) -> str:
    def line(words: str, shape: tuple[int, ...], count: int) -> str:
        size = " × ".join(map(str, shape))
        numbers = f"{count:,}" if count else ""
        return f"<tr><th scope='row'>{words}</th><td>{size}</td><td>{numbers}</td></tr>"

    body = line("Input", INPUT_SHAPE, 0)
    body += "".join(line(row.words, row.shape, row.parameters) for row in rows(recipe.layers))
    return (
        "<table class='layers'><caption>The network, layer by layer</caption>"
        "<thead><tr><th scope='col'>layer</th><th scope='col'>output</th>"
        "<th scope='col'>parameters</th></tr></thead>"
        f"<tbody>{body}</tbody><tfoot><tr><th scope='row'>All</th><td></td>"
        f"<td>{parameters(recipe):,}</td></tr></tfoot></table>"
    )

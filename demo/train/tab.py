"""Train tab: what to train, the network's layers, and the run as it goes.

Knows the form; the run itself is watched by the scripts of `run/`.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
import numpy as np

from demo.actions import changing, log, watching
from demo.component import Scripted
from demo.runs import SETTING_NAMES
from demo.web.access import Access, tell_of, visitor
from demo.web.errors import BROKEN
from model.learning.data.datasets import MIN_STROKES, STROKES, is_local, local_path
from model.learning.hyperparameters import (
    MAX_DROPOUT,
    MAX_ROTATION,
    MAX_SHIFT,
    OPTIMIZERS,
)
from model.learning.layers import INPUT_SHAPE, rows
from model.learning.recipes import RECIPES, Recipe, find, parameters
from model.reading import ink
from model.service.database.connection import StoreError
from model.service.database.schema import QUEUED, Run
from model.service.services import Services

HTML = Path(__file__).parent / "run.html"
CHART = "../parts/chart"
SCRIPTS = ("../parts/page", CHART, "result", "probe", "run")
MAX_STROKES = 120_000
"""Of this form: a minute's drawing."""
MAX_BATCH = 1_024
"""Of this form: a step with more takes over a second, and so would stopping."""
FIRST = "sprint"
"""The recipe that the form opens with: it has learned before anybody has lost patience."""

DATA = [("MNIST: 60,000 handwritten digits", "mnist"), ("Built-in strokes: drawn here", "strokes")]
NO_MNIST = (
    "MNIST is not on this machine: it is downloaded (11 MB) when training starts. "
    "Without a network, train on the built-in strokes."
)

QUIETLY: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
}
"""How the form's events are carried out: at once, without a veil, and not shown to programs."""

# The pad's drawing comes from the browser that asks; the view of the run hears that it comes.
WITH_DRAWING = """(...values) => {
  const pad = window.digitSketchpad;
  window.dispatchEvent(new Event("sketchpad:train"));
  values[values.length - 1] = JSON.stringify(pad ? pad.strokes() : []);
  return values;
}"""


def train_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    recipe = find(FIRST)
    with gr.Row(elem_classes="setup"):
        with gr.Column(scale=5):
            name = gr.Dropdown(
                [(_choice(recipe), recipe.name) for recipe in RECIPES.values()],
                value=FIRST,
                label="Recipe",
                filterable=False,
            )
            about = gr.HTML(_about(recipe), elem_classes="about", apply_default_css=False)
            data = gr.Radio(DATA, value=_first_data(), label="Digits to learn from")
            gr.HTML(
                "" if is_local(local_path()) else f"<p>{NO_MNIST}</p>",
                visible=not is_local(local_path()),
                elem_classes="about",
                apply_default_css=False,
            )
            strokes = gr.Number(
                STROKES,
                label="How many digits to draw",
                precision=0,
                visible=_first_data() == "strokes",
            )
            with gr.Row():
                epochs = gr.Number(label="Epochs", precision=0, min_width=90)
                batch = gr.Number(label="Batch size", precision=0, min_width=90)
                rate = gr.Number(label="Learning rate", step=0.0001, min_width=90)
            optimizer, seed, dropout, share, shift, rotation = _more_fields()
            with gr.Row(elem_classes="start"):
                train = gr.Button("Train", variant="primary", min_width=80)
                train_all = gr.Button("Train all recipes", min_width=160)
                reset = gr.Button("Reset", min_width=80)
            gr.HTML(access.for_visitors, elem_classes="about visitors", apply_default_css=False)
            notice = gr.HTML("", elem_classes="notice", apply_default_css=False)
        with gr.Column(scale=4):
            layers = gr.HTML(_layers(recipe), apply_default_css=False)
    settings = dict(
        zip(
            SETTING_NAMES,
            (epochs, batch, rate, optimizer, dropout, share, shift, rotation, seed),
            strict=True,
        )
    )
    for setting, value in _defaults(recipe).items():
        settings[setting].value = value
    dropout.visible = recipe.dropout is not None
    drawing = gr.Textbox(visible=False)
    RunView(services, access)

    fields = list(settings.values())
    gr.on(
        [name.change, reset.click],
        _chosen,
        inputs=name,
        outputs=[about, layers, notice, *fields],
        api_name="choose_recipe",
        **QUIETLY,
    )

    data.change(
        lambda digits: gr.update(visible=digits == "strokes"),
        inputs=data,
        outputs=strokes,
        api_name="choose_digits",
        **QUIETLY,
    )

    async def start(recipe_name: str, digits: str, count: Any, *values: Any) -> str:
        *given, drawn = values
        try:
            chosen = _checked(recipe_name, dict(zip(settings, given, strict=True)))
            source = _data(digits, count)
            find(recipe_name).settings(**chosen)  # what cannot be trained with costs no run
            await access.hold_run(chosen["epochs"])
            run = await anyio.to_thread.run_sync(
                lambda: services.jobs.submit(
                    recipe_name, chosen, source, _drawn(drawn), visitor=visitor().trains_as
                )
            )
            await access.count_run()
            tell_of("train", run.name)
            live = await anyio.to_thread.run_sync(services.store.live)
            return _place_in_line(run, live)
        except (StoreError, ValueError, OverflowError) as error:
            return _sentence(str(error))
        except Exception:
            log.exception("a run could not be started")
            return _sentence(BROKEN)

    train.click(
        start,
        inputs=[name, data, strokes, *fields, drawing],
        outputs=notice,
        js=WITH_DRAWING,
        api_name="train",
        **QUIETLY,
    )
    _starts_all(train_all, services, [data, strokes, drawing], notice)


def _more_fields() -> tuple[gr.components.Component, ...]:
    """What few people change, folded away."""
    with gr.Accordion("More: optimizer, dropout, validation, augmentation", open=False):
        with gr.Row():
            optimizer = gr.Dropdown(
                list(OPTIMIZERS), label="Optimizer", filterable=False, min_width=160
            )
            seed = gr.Number(label="Seed", precision=0, min_width=160)
        with gr.Row():
            dropout = gr.Slider(0, MAX_DROPOUT, step=0.05, label="Dropout", min_width=160)
            share = gr.Slider(0, 0.9, step=0.05, label="Share held out to validate", min_width=160)
        with gr.Row():
            shift = gr.Slider(0, MAX_SHIFT, step=0.5, label="Shift, in pixels", min_width=160)
            rotation = gr.Slider(
                0, MAX_ROTATION, step=1, label="Rotation, in degrees", min_width=160
            )
    return optimizer, seed, dropout, share, shift, rotation


def _starts_all(
    button: gr.Button, services: Services, inputs: list[gr.components.Component], notice: gr.HTML
) -> None:
    """Has a button start one run of each recipe, on the digits that the form names."""

    def start_all(digits: str, count: Any, drawn: Any) -> str:
        try:
            runs, left = services.jobs.submit_all(_data(digits, count), _drawn(drawn))
        except (StoreError, ValueError) as error:
            return _sentence(str(error))
        except Exception:
            log.exception("the recipes could not be started")
            return _sentence(BROKEN)
        for run in runs:
            tell_of("train", run.name)
        return _all_queued(runs, left)

    button.click(
        start_all,
        inputs=inputs,
        outputs=notice,
        js=WITH_DRAWING,
        api_name="train_all",
        **QUIETLY,
    )


class RunView(Scripted):
    """The run that everyone sees, as it goes, and what became of it."""

    def __init__(self, services: Services, access: Access) -> None:
        # The worker is made ready when somebody looks at this tab, not before.
        def warm(_: Any) -> dict[str, Any]:
            services.jobs.warm()
            return {}

        calls = [*watching(services, access), *changing(services, access), warm]
        super().__init__(HTML, SCRIPTS, calls, [CHART])


def _chosen(name: str) -> list[Any]:
    recipe = find(name)
    values: list[Any] = [
        gr.update(value=value, visible=setting != "dropout" or recipe.dropout is not None)
        for setting, value in _defaults(recipe).items()
    ]
    return [_about(recipe), _layers(recipe), "", *values]


def _defaults(recipe: Recipe) -> dict[str, Any]:
    settings = recipe.settings()
    values = {name: getattr(settings, name) for name in SETTING_NAMES}
    return values | {"dropout": recipe.dropout or 0.0}


def _checked(name: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """What the form gave, without what the recipe has no use for.

    Raises:
        ValueError: a field is empty, or larger than this page allows.
    """
    if find(name).dropout is None:
        del chosen["dropout"]
    for setting, value in chosen.items():
        wanted = str if setting == "optimizer" else int | float
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ValueError(f"Give a value for {SETTING_NAMES[setting]}.")
    for setting in ("epochs", "batch_size", "seed"):
        chosen[setting] = int(chosen[setting])
    if chosen["batch_size"] > MAX_BATCH:
        raise ValueError(f"Batch size must be 1 to {MAX_BATCH:,} here.")
    return chosen


def _data(digits: Any, count: Any) -> str:
    """What the store calls the digits.

    Raises:
        ValueError: none were chosen, or too few or too many are to be drawn.
    """
    if digits == "mnist":
        return "mnist"
    if digits != "strokes":
        raise ValueError("Choose the digits to learn from.")
    if not isinstance(count, int | float) or not MIN_STROKES <= count <= MAX_STROKES:
        raise ValueError(f"Draw {MIN_STROKES} to {MAX_STROKES:,} digits.")
    return f"strokes:{int(count)}"


def _drawn(strokes: Any) -> bytes | None:
    """784 grey levels of what is on the visitor's pad; None where that is nothing."""
    try:
        image = ink.from_strokes(json.loads(strokes))
    except (ValueError, TypeError, RecursionError, ink.InkError):
        return None
    return np.rint(image * 255).astype(np.uint8).tobytes() if image.any() else None


def _place_in_line(run: Run, live: list[Run]) -> str:
    waiting = [waits.name for waits in live if waits.status == QUEUED]
    place = waiting.index(run.name) + 1 if run.name in waiting else 1
    if place == 1 and len(waiting) == len(live):
        return ""  # nothing goes on: it begins now
    return _sentence(f"{run.name} waits its turn: number {place} in line.")


def _all_queued(runs: list[Run], left: list[str]) -> str:
    said = f"Each recipe as it is, {len(runs)} runs: {', '.join(run.name for run in runs)}."
    if left:
        said += f" The queue had no room for {', '.join(left)}."
    return _sentence(said)


def _first_data() -> str:
    return "mnist" if is_local(local_path()) else "strokes"


def _choice(recipe: Recipe) -> str:
    return f"{recipe.name}: {parameters(recipe):,} parameters"


def _sentence(text: str) -> str:
    return f"<p role='status'>{html.escape(text[:1].upper() + text[1:])}</p>"


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

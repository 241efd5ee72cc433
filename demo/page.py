"""The page: header, tabs and theme, as one `gr.Blocks`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from demo.data.tab import data_tab
from demo.draw.answers import Answers
from demo.draw.api import endpoints
from demo.draw.tab import draw_tab
from demo.header.header import Header
from demo.header.share import Share
from demo.models.tab import models_tab
from demo.train.tab import train_tab
from demo.web.access import Access
from demo.web.metrics import Metrics
from demo.web.scripts import load_scripts
from model.service.services import Services

FOLDER = Path(__file__).parent
START = FOLDER / "header" / "start.js"

PAPER, PAPER_LIGHT, PAPER_DEEP, LINE = "#f6f5f1", "#fffefb", "#e7e4dc", "#cfcbc0"
INK, INK_QUIET, BLUE = "#1d1c1a", "#67635a", "#1c5aa8"
NIGHT, NIGHT_LIGHT, NIGHT_DEEP, NIGHT_LINE = "#171614", "#1f1e1b", "#2d2b27", "#47443d"
CHALK, CHALK_QUIET, BLUE_NIGHT = "#ece9e1", "#a39e92", "#86b6f2"


INTRODUCTIONS = {
    "draw": "Draw a digit. A small neural network, trained on 60,000 handwritten ones, reads it "
    "while you draw.",
    "train": "Watch a network learn to read: it guesses, is told the right answer, and adjusts "
    "itself, thousands of times over.",
    "models": "Every network trained here: how often each is right, what it gets wrong, and how "
    "they compare.",
    "data": "What the networks learn from: thousands of digits, each labelled with the number "
    "that it shows.",
}
"""A sentence at the top of each tab, by the tab's id, which is also its address (`#train`)."""


def build_page(services: Services, access: Access, metrics: Metrics, share: Share) -> gr.Blocks:
    """Lays out the page over open services, and puts the visitors' rights in front of its calls."""
    answers = Answers(services.serving, metrics)
    with gr.Blocks(title="Digit Sketchpad", analytics_enabled=False) as page:
        Header(share)
        with gr.Tabs():
            with _tab("draw"):
                draw_tab(answers)
            with _tab("train"):
                train_tab(services, access)
            with _tab("models"):
                models_tab(services, access)
            with _tab("data"):
                data_tab()
        endpoints(answers, services.home.uploads)
    access.guard(page)
    return page


@contextmanager
def _tab(name: str) -> Iterator[None]:
    with gr.Tab(name.capitalize(), id=name):
        sentence = f"<p>{INTRODUCTIONS[name]}</p>"
        gr.HTML(sentence, elem_classes="introduction", apply_default_css=False)
        yield


def look() -> dict[str, Any]:
    """Theme, style sheet and footer, as arguments of `mount_gradio_app`."""
    return {
        "theme": _theme(),
        "css_paths": [FOLDER / "page.css"],
        "head": f"<script>{START.read_text()}</script>{load_scripts().early_imports()}",
        "footer_links": ["api"],
    }


def _theme() -> gr.themes.Base:
    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "Consolas", "monospace"]
    return gr.themes.Base(font=system, font_mono=mono).set(
        body_background_fill=PAPER,
        body_background_fill_dark=NIGHT,
        body_text_color=INK,
        body_text_color_dark=CHALK,
        body_text_color_subdued=INK_QUIET,
        body_text_color_subdued_dark=CHALK_QUIET,
        background_fill_primary=PAPER_LIGHT,
        background_fill_primary_dark=NIGHT_LIGHT,
        background_fill_secondary=PAPER_DEEP,
        background_fill_secondary_dark=NIGHT_DEEP,
        border_color_primary=LINE,
        border_color_primary_dark=NIGHT_LINE,
        color_accent=BLUE,
        input_background_fill=PAPER_LIGHT,
        input_background_fill_dark=NIGHT_LIGHT,
        input_border_color=LINE,
        input_border_color_dark=NIGHT_LINE,
        input_border_width="1px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_padding="0px",
        block_shadow="none",
        button_primary_background_fill=BLUE,
        button_primary_background_fill_dark=BLUE_NIGHT,
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark=NIGHT,
    )

"""Models tab: every run and network, to measure, compare, make live, export or delete."""

from __future__ import annotations

from pathlib import Path

from demo.actions import change_calls, list_calls
from demo.component import ASK, BUTTONS, CHART, Scripted
from demo.web.access import Access
from model.service.services import Services

HTML = Path(__file__).parent / "models.html"
STYLES = (HTML.with_name("scorecard.css"), HTML.parents[1] / "train" / "run.css")
"""Of what the page of a run shows: its scorecard, and its result as on the Train tab."""


def models_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    ModelsView(services, access)


class ModelsView(Scripted):
    """A table of runs, a page for each, and their curves over each other."""

    def __init__(self, services: Services, access: Access) -> None:
        calls = [*list_calls(services, access), *change_calls(services, access)]
        super().__init__(HTML, calls, [ASK, BUTTONS, CHART, *STYLES])

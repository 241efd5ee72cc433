"""Models tab: every run and version, to measure, compare, put in use, export or delete."""

from __future__ import annotations

from pathlib import Path

from demo.actions import change_calls, list_calls
from demo.component import BUTTONS, CHART, Scripted
from demo.web.access import Access
from model.service.services import Services

HTML = Path(__file__).parent / "models.html"


def models_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    ModelsView(services, access)


class ModelsView(Scripted):
    """A table of runs with their actions, their scorecards, and their curves side by side."""

    def __init__(self, services: Services, access: Access) -> None:
        calls = [*list_calls(services, access), *change_calls(services, access)]
        super().__init__(HTML, calls, [BUTTONS, CHART])

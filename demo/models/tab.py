"""Models tab: every run and version, measured, compared, put in use, exported, deleted.

Knows which calls the scripts of `models/` make; what they do is in `actions`.
"""

from __future__ import annotations

from pathlib import Path

from demo.actions import changing, listing
from demo.component import Scripted
from demo.web.access import Access
from model.service.services import Services

HTML = Path(__file__).parent / "models.html"
CHART = "../parts/chart"
SCRIPTS = ("../parts/page", CHART, "scorecard", "table", "compare", "models")


def models_tab(services: Services, access: Access) -> None:
    """Lays out the tab inside the open `gr.Tab`."""
    ModelsView(services, access)


class ModelsView(Scripted):
    """A table of runs with what can be done to them, their scorecards and their curves compared."""

    def __init__(self, services: Services, access: Access) -> None:
        calls = [*listing(services, access), *changing(services, access)]
        super().__init__(HTML, SCRIPTS, calls, [CHART])

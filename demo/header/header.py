"""The page's header: title, *Share*, and the switch between light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo.actions import reports_problems
from demo.component import DIALOG, Scripted
from demo.header.share import Share

HTML = Path(__file__).parent / "header.html"


class Header(Scripted):
    """Title, *Share* and the theme's button."""

    def __init__(self, link: Share) -> None:
        @reports_problems
        def share(payload: Any) -> dict[str, Any]:
            return link.code(payload)

        super().__init__(HTML, [share], [DIALOG], inline=HTML.with_name("theme.js"))

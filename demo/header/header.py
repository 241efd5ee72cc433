"""The page's first line: its name, its link to share, light or dark.

Knows which call its scripts make; what a link looks like is `share`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo.actions import answering
from demo.component import Scripted
from demo.header.share import Share

HTML = Path(__file__).parent / "header.html"


class Header(Scripted):
    """Title, *Share* and the theme's button."""

    def __init__(self, link: Share) -> None:
        @answering
        def share(given: Any) -> dict[str, Any]:
            return link.code(given)

        super().__init__(HTML, ["theme", "share"], [share])

"""The public link: Gradio's tunnel to this machine, and its address as a QR code.

Knows the tunnel and codes; that it cannot be had is said, and nothing else ends.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

import segno

_MAX_LENGTH = 300
"""Characters of an address: a code of more is too fine for a phone across the table."""

log = logging.getLogger(__name__)


class Share:
    """The link, once there is one."""

    def __init__(self) -> None:
        self.url: str | None = None

    def open(self, port: int, key: str) -> None:
        """Asks for a link to a port of this machine, and prints it, or in one line why not.

        Args:
            key: the owner's, as it stands in an address.
        """
        from gradio.networking import setup_tunnel

        try:
            self.url = setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None)
        except Exception as error:  # no network, a blocked download, a wrong sum, a dead tunnel
            reason = " ".join(str(error).split()) or type(error).__name__
            print(f"There is no public link, the page is served here only: {reason}", flush=True)
            return
        print(f"Public link, for a week at most: {self.url}", flush=True)
        print(f"Its owner's link: {self.url}/?key={key}", flush=True)
        segno.make(self.url, micro=False).terminal(compact=True)

    def code(self, given: Any) -> dict[str, Any]:
        """What the page shows: the link, and its QR code as an SVG.

        Args:
            given: the address that the browser has, which is the link where there is no tunnel.
        """
        address = self.url or (given if isinstance(given, str) else "")
        try:
            parts = urlsplit(address[:_MAX_LENGTH])
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return {"problem": "This page has no address that could be shared."}
        url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        svg = segno.make(url, micro=False).svg_inline(
            omitsize=True, border=2, dark="#1d1c1a", light="#fffefb"
        )
        return {"url": url, "svg": svg, "is_public": self.url is not None}

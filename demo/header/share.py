"""The public link: Gradio's tunnel to this machine, and its address as a QR code."""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

import segno

_MAX_LENGTH = 300
"""Characters of an address: a longer one makes a code too fine for a phone across the table."""

log = logging.getLogger(__name__)


class Share:
    """The public link, once it is open."""

    def __init__(self) -> None:
        self.url: str | None = None

    def open(self, host: str, port: int, login: str) -> None:
        """Opens a link to a port of this machine and prints it, or in one line why it failed.

        Args:
            host: an address that the app listens on.
            login: the secret of an owner's link.
        """
        from gradio.networking import setup_tunnel

        try:
            self.url = setup_tunnel(host, port, secrets.token_urlsafe(32), None, None)
        except Exception as error:  # no network, blocked download, bad checksum, dead tunnel
            reason = " ".join(str(error).split()) or type(error).__name__
            print(f"There is no public link, the page is served here only: {reason}", flush=True)
            return
        print(f"Public link, for a week at most: {self.url}", flush=True)
        print(f"Its owner's link, for one use: {self.url}/?login={login}", flush=True)
        segno.make(self.url, micro=False).terminal(compact=True)

    def code(self, page_url: Any) -> dict[str, Any]:
        """The link and its QR code: `url`, `svg`, and `is_public`.

        Args:
            page_url: the page's address in the browser, which is the link without a tunnel.
        """
        address = self.url or (page_url if isinstance(page_url, str) else "")
        try:
            parts = urlsplit(address[:_MAX_LENGTH])
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return {"problem": "This page has no address to share."}
        url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        svg = segno.make(url, micro=False).svg_inline(
            omitsize=True, border=2, dark="#1d1c1a", light="#fffefb"
        )
        return {"url": url, "svg": svg, "is_public": self.url is not None}

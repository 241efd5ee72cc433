"""Links that open the page for its owner: each works once, within a day.

The key itself never stands in a link, since addresses stay in a browser's history.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import suppress
from pathlib import Path

DAY = 86_400.0
"""Seconds for which an unused link works."""


class OwnerLinks:
    """Unused links, known to all copies of the app that share a home folder.

    Args:
        folder: holds an empty file for each, named by a hash: whoever reads it cannot make a link.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> str:
        """The secret of a new link.

        Returns:
            43 characters that need no quoting in a URL.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for unused in self._folder.iterdir():
            with suppress(OSError):
                if _is_old(unused):
                    unused.unlink()
        secret = secrets.token_urlsafe(32)
        self._file(secret).touch(mode=0o600)
        return secret

    def redeem(self, secret: str) -> bool:
        """Uses a link up.

        Returns:
            Whether it was unused and no older than a day.
        """
        file = self._file(secret)
        try:
            is_old = _is_old(file)
            file.unlink()  # of two at once one fails
        except OSError:
            return False
        return not is_old

    def _file(self, secret: str) -> Path:
        return self._folder / hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _is_old(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > DAY

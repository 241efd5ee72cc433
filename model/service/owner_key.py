"""The owner's key: whoever has it may train, put networks in use and delete.

Knows where it lies; who shows it, and how, is the page's to see to.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import secrets
from pathlib import Path

FEWEST_CHARACTERS = 12
_FILE = "owner.key"


class OwnerKey:
    """The key, never shown by accident: neither printed nor logged with what holds it.

    Args:
        text: at least 12 characters.

    Raises:
        ValueError: it is too short to keep strangers out.
    """

    def __init__(self, text: str) -> None:
        if len(text) < FEWEST_CHARACTERS:
            raise ValueError(f"the owner's key must have at least {FEWEST_CHARACTERS} characters")
        self._text = text

    def __repr__(self) -> str:
        return "OwnerKey(...)"

    @classmethod
    def kept_in(cls, folder: Path) -> OwnerKey:
        """The key of a home folder, made when it is first asked for.

        It outlives the app, so that a link that was kept still opens, and copies of the app that
        share the folder have one key. Whoever deletes the file gets another.

        Raises:
            OSError: it cannot be read or written.
            ValueError: the file holds something else.
        """
        path = folder / _FILE
        if not path.exists():
            aside = folder / f".{_FILE}.{secrets.token_hex(4)}"
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(24))
            try:
                os.link(aside, path)  # unlike a rename, it never takes another copy's place
            except FileExistsError:
                pass  # another copy was quicker: its key it is
            except OSError:
                aside.replace(path)  # a disk that knows no links
            aside.unlink(missing_ok=True)
        return cls(path.read_text(encoding="ascii").strip())

    @property
    def text(self) -> str:
        """The key itself, for the owner's link."""
        return self._text

    @functools.cached_property
    def token(self) -> str:
        """What stands for it in a cookie: the key cannot be found from it."""
        return hmac.digest(self._text.encode(), b"digit-sketchpad-owner", hashlib.sha256).hex()

    @functools.cached_property
    def cookie(self) -> str:
        """Name of that cookie. Another app on the same machine, with another key, has another:
        browsers do not tell ports apart."""
        return f"sketchpad-owner-{hashlib.sha256(self.token.encode()).hexdigest()[:8]}"

    def stands_for(self, text: str) -> str:
        """What may be kept of a visitor's cookie or network, in 16 characters: nobody without the
        key can find it out."""
        return hmac.digest(self._text.encode(), text.encode(), hashlib.sha256).hex()[:16]

    def opens(self, given: str) -> bool:
        """Whether this is the key, told in a time that does not say how much of it is right."""
        return hmac.compare_digest(self._text.encode(), given.encode("utf-8", "replace"))

    def knows(self, token: str) -> bool:
        """Whether this is the key's token, told in the same way."""
        return hmac.compare_digest(self.token, token.encode("ascii", "replace").decode("ascii"))

"""The owner's key: whoever has it may train, put networks in use and delete."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import secrets
from pathlib import Path

MIN_CHARACTERS = 12
_FILE = "owner.key"


class OwnerKey:
    """The key, never shown by accident: neither printed nor logged with an object that holds it.

    Args:
        text: at least 12 characters.

    Raises:
        ValueError: it is too short to keep strangers out.
    """

    def __init__(self, text: str) -> None:
        if len(text) < MIN_CHARACTERS:
            raise ValueError(f"the owner's key must have at least {MIN_CHARACTERS} characters")
        self._text = text

    def __repr__(self) -> str:
        return "OwnerKey(...)"

    @classmethod
    def kept_in(cls, folder: Path) -> OwnerKey:
        """The key of a home folder, created on first use.

        It outlives the app, so that saved links keep working, and copies of the app that share the
        folder share it. Deleting the file makes a new one.

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
                pass  # another copy was quicker, and its key counts
            except OSError:
                aside.replace(path)  # a disk without links
            aside.unlink(missing_ok=True)
        return cls(path.read_text(encoding="ascii").strip())

    @property
    def text(self) -> str:
        """The key itself, for the owner's link."""
        return self._text

    @functools.cached_property
    def token(self) -> str:
        """Its stand-in for a cookie, from which the key cannot be computed."""
        return hmac.digest(self._text.encode(), b"digit-sketchpad-owner", hashlib.sha256).hex()

    @functools.cached_property
    def cookie(self) -> str:
        """Name of that cookie, different for another app on the same machine: browsers ignore
        ports."""
        return f"sketchpad-owner-{hashlib.sha256(self.token.encode()).hexdigest()[:8]}"

    def stands_for(self, text: str) -> str:
        """A pseudonym of 16 characters for a visitor's cookie or network, safe to store: nobody
        without the key can compute it."""
        return hmac.digest(self._text.encode(), text.encode(), hashlib.sha256).hex()[:16]

    def opens(self, given: str) -> bool:
        """Whether this is the key, compared in constant time."""
        return hmac.compare_digest(self._text.encode(), given.encode("utf-8", "replace"))

    def knows(self, token: str) -> bool:
        """Whether this is the key's token, compared in constant time."""
        return hmac.compare_digest(self.token, token.encode("ascii", "replace").decode("ascii"))

"""`python -m model link`: a new link that opens the page for its owner."""

from __future__ import annotations

import argparse

from model.cli.common import CommandError, place, settings_of_environment
from model.service.owner_links import OwnerLinks


def link(args: argparse.Namespace) -> int:
    """Prints a link that works once, within a day, on every copy of the app with that home."""
    home, _ = place(args)
    try:
        login = OwnerLinks(home.owner_links).new()
    except OSError as error:
        raise CommandError(f"{home.folder} cannot be written: {error.strerror}") from None
    print(f"{settings_of_environment().public_url}?login={login}")
    print(
        "It works once, within a day. If the page is elsewhere, append ?login=... to its address."
    )
    return 0

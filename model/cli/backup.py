"""The command line's commands backup and restore.

Knows arguments and what is printed; what a backup holds is `model.service.backup`'s to know.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from model.cli.read import CommandError
from model.cli.runs import place
from model.service.backup.restore import restore as put_back
from model.service.backup.save import save
from model.service.database.connection import connect
from model.service.home import Home


def backup(chosen: argparse.Namespace) -> int:
    """Saves all runs and networks in one file."""
    with _opened(chosen) as (engine, home):
        try:
            saved = save(engine, home, chosen.file)
        except OSError as error:
            raise CommandError(
                f"{chosen.file} cannot be written: {error.strerror or error}"
            ) from None
    for name, damage in saved.left_out.items():
        print(f"{name} is listed in it without its network: {damage}", file=sys.stderr)
    size = chosen.file.stat().st_size / 1e6
    print(f"saved {_counted(saved.runs, saved.versions)} in {chosen.file} ({size:.1f} MB)")
    return 0


def restore(chosen: argparse.Namespace) -> int:
    """Puts runs and networks back from such a file."""
    from model.learning.untrusted import check_folder  # TensorFlow: five seconds

    with _opened(chosen) as (engine, home):
        try:
            done = put_back(
                engine,
                home,
                chosen.file,
                check_folder,
                only_check=chosen.check,
                tell=lambda line: print(line, file=sys.stderr, flush=True),
            )
        except OSError as error:
            raise CommandError(
                f"{chosen.file} cannot be restored: {error.strerror or error}"
            ) from None
    if chosen.check:
        print(f"{chosen.file} is whole; not here: {', '.join(done.runs) or 'nothing of it'}")
    else:
        print(f"restored {_counted(len(done.runs), len(done.versions))} in {home.folder}")
    if done.known:
        print(f"here already, and left as they are: {', '.join(done.known)}")
    return 0


def _counted(runs: int, networks: int) -> str:
    return f"{runs} run{'s' * (runs != 1)} and {networks} network{'s' * (networks != 1)}"


@contextmanager
def _opened(chosen: argparse.Namespace) -> Iterator[tuple[Engine, Home]]:
    home, url = place(chosen)
    engine = connect(url)
    try:
        yield engine, home
    finally:
        engine.dispose()

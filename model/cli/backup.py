"""The commands `backup` and `restore`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model.cli.common import CommandError, place
from model.service.backup import restore as restoring
from model.service.backup.archive import Contents
from model.service.backup.save import save
from model.service.database.connection import connect


def backup(args: argparse.Namespace) -> int:
    """Saves all runs and networks in one file."""
    home, url = place(args)
    engine = connect(url)
    try:
        saved = save(engine, home, args.file)
        size = args.file.stat().st_size / 1e6
    except OSError as error:
        raise CommandError(f"{args.file} cannot be written: {error.strerror or error}") from None
    finally:
        engine.dispose()
    _warn_of_left_out(saved)
    print(f"saved {_counted(saved)} in {args.file} ({size:.1f} MB)")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Restores such a file into an empty home, or only checks it."""
    from model.learning.tensorflow_start import import_tensorflow

    import_tensorflow()
    from model.learning.untrusted import check_folder

    def check_network(folder: Path) -> None:
        print(f"checking {folder.name}", file=sys.stderr, flush=True)
        check_folder(folder)

    try:
        if args.check:
            found = restoring.check(args.file, check_network)
        else:
            home, url = place(args)
            engine = connect(url)
            try:
                found = restoring.restore(engine, home, args.file, check_network)
            finally:
                engine.dispose()
    except OSError as error:
        raise CommandError(f"{args.file} cannot be restored: {error.strerror or error}") from None
    _warn_of_left_out(found)
    if args.check:
        print(f"{args.file} is complete: {_counted(found)}")
    else:
        print(f"restored {_counted(found)} in {home.folder}")
    return 0


def _warn_of_left_out(contents: Contents) -> None:
    for name, damage in contents.left_out.items():
        print(f"{name} is listed without its network: {damage!r}", file=sys.stderr)


def _counted(contents: Contents) -> str:
    runs, networks = contents.runs, contents.networks
    return f"{runs} run{'s' * (runs != 1)} and {networks} network{'s' * (networks != 1)}"

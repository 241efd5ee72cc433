"""The command line's commands on runs and versions: runs, promote, rollback, export.

Knows the store and what is printed; each command gets argparse's namespace, returns an exit code.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from model.cli.read import CommandError
from model.reading.reader import Reader
from model.service.database.connection import StoreError
from model.service.database.schema import Run
from model.service.database.store import Store
from model.service.home import Home, HomeError
from model.service.serving import Serving
from model.service.settings import Settings
from model.service.versions import folder_of


@contextmanager
def opened(chosen: argparse.Namespace) -> Iterator[tuple[Store, Home]]:
    """The store and the home folder that the arguments, else the environment, name.

    Raises:
        CommandError: they cannot be used.
    """
    home, url = place(chosen)
    try:
        store = Store.open(url)
    except StoreError as error:
        raise CommandError(str(error)) from None
    try:
        yield store, home
    finally:
        store.close()


def place(chosen: argparse.Namespace) -> tuple[Home, str]:
    """The home folder and the database's URL that the arguments, else the environment, name.

    Raises:
        CommandError: a setting that is none, or a folder that cannot be written.
    """
    try:
        settings = Settings.load([])
        home = Home(chosen.home.expanduser() if chosen.home else settings.home)
    except (ValueError, HomeError) as error:
        raise CommandError(str(error)) from None
    return home, chosen.database or settings.database or home.database


def runs(chosen: argparse.Namespace) -> int:
    """Prints every run, newest first."""
    with opened(chosen) as (store, home):
        rows = [_row(run, home) for run in store.runs()]
        in_use = store.in_use() or f"{Reader(Settings.load([]).model).version} (comes with the app)"
    head = ("run", "status", "test accuracy", "seconds", "began", "")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    print(f"in use: {in_use}")
    return 0


def promote(chosen: argparse.Namespace) -> int:
    """Puts a run's version in use."""
    with _serving(chosen) as serving:
        serving.put_in_use(chosen.run)
        print(f"in use: {serving.reader.version}")
    return 0


def rollback(chosen: argparse.Namespace) -> int:
    """Puts the version in use that was in use before."""
    with _serving(chosen) as serving:
        serving.roll_back()
        print(f"in use: {serving.reader.version}")
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Copies a version's network in the format that was asked for."""
    with opened(chosen) as (store, home):
        folder = folder_of(store.run(chosen.run), home)
    out = chosen.out or Path(f"{folder.name}.{chosen.format}")
    if chosen.format == "onnx":
        from model.learning.export import add_onnx  # TensorFlow: five seconds

        add_onnx(folder)
    aside = out.with_name(f".{out.name}.partial")
    try:
        shutil.copyfile(folder / f"network.{chosen.format}", aside)
        aside.replace(out)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror or error}") from None
    print(f"saved {folder.name} as {out}")
    return 0


@contextmanager
def _serving(chosen: argparse.Namespace) -> Iterator[Serving]:
    with opened(chosen) as (store, home):
        serving = Serving(Reader(Settings.load([]).model), store, home)
        try:
            yield serving
        finally:
            serving.close()


def _row(run: Run, home: Home) -> Sequence[str]:
    damage = home.damage(run.name) if run.learned else ""
    return (
        run.name,
        run.status,
        "" if run.test_accuracy is None else f"{run.test_accuracy:.2%}",
        "" if run.seconds is None else f"{run.seconds:.0f}",
        ""
        if run.started_at is None
        else f"{datetime.fromtimestamp(run.started_at):%Y-%m-%d %H:%M}",
        damage or run.reason,
    )

"""`python -m model runs`, `promote`, `rollback` and `export`: runs, and the networks they left."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from model.cli.common import CommandError, opened, print_table, settings_of_environment
from model.reading.reader import Reader
from model.service.database.schema import Run
from model.service.home import Home
from model.service.serving import Serving
from model.service.versions import folder_of


def runs(args: argparse.Namespace) -> int:
    """Prints every run, newest first."""
    with opened(args) as (store, home):
        rows = [_row(run, home) for run in store.runs()]
        in_use = (
            store.in_use()
            or f"{Reader(settings_of_environment().model).version} (comes with the app)"
        )
    head = ("run", "status", "test accuracy", "seconds", "started", "")
    print_table(head, rows)
    print(f"live: {in_use}")
    return 0


def promote(args: argparse.Namespace) -> int:
    """Makes a run's network live."""
    with _serving(args) as serving:
        serving.put_in_use(args.run)
        print(f"live: {serving.reader.version}")
    return 0


def rollback(args: argparse.Namespace) -> int:
    """Makes the previous network live again."""
    with _serving(args) as serving:
        serving.roll_back()
        print(f"live: {serving.reader.version}")
    return 0


def export(args: argparse.Namespace) -> int:
    """Copies a run's network in the format of `--format`."""
    with opened(args) as (store, home):
        folder = folder_of(store.run(args.run), home)
    out = args.out or Path(f"{folder.name}.{args.format}")
    if args.format == "onnx":
        from model.learning.tensorflow_start import import_tensorflow

        import_tensorflow()
        from model.learning.export import add_onnx

        add_onnx(folder)
    partial = out.with_name(f".{out.name}.partial")
    try:
        shutil.copyfile(folder / f"network.{args.format}", partial)
        partial.replace(out)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror or error}") from None
    print(f"saved {folder.name} as {out}")
    return 0


@contextmanager
def _serving(args: argparse.Namespace) -> Iterator[Serving]:
    with opened(args) as (store, home):
        serving = Serving(Reader(settings_of_environment().model), store, home)
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

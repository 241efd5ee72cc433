"""What several commands share: the store, the home folder and the digits that arguments name."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.learning.data.datasets import Dataset
    from model.service.database.store import Store
    from model.service.home import Home
    from model.service.settings import Settings


class CommandError(Exception):
    """A command that cannot be carried out; the message is one line for whoever typed it."""


def settings_of_environment() -> Settings:
    """The app's settings from the environment (`SKETCHPAD_HOME`, ...).

    Raises:
        CommandError: an invalid value.
    """
    from model.service.settings import Settings

    try:
        return Settings.load([])
    except ValueError as error:
        name, colon, reason = str(error).partition(":")
        raise CommandError(f"SKETCHPAD_{name.upper()}{colon}{reason}") from None


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[tuple[Store, Home]]:
    """The store and the home folder that the arguments name, else the environment.

    Raises:
        CommandError: an invalid setting, or a home folder that cannot be written.
        StoreError: the database cannot be used.
    """
    from model.service.database.store import Store

    home, url = place(args)
    store = Store.open(url)
    try:
        yield store, home
    finally:
        store.close()


def place(args: argparse.Namespace) -> tuple[Home, str]:
    """The home folder and the database's URL that the arguments name, else the environment.

    Raises:
        CommandError: an invalid setting, or a home folder that cannot be written.
    """
    from model.service.home import Home, HomeError

    settings = settings_of_environment()
    try:
        home = Home(args.home.expanduser() if args.home else settings.home)
    except HomeError as error:
        raise CommandError(str(error)) from None
    return home, args.database or settings.database or home.database


def named_digits(data: str | None) -> str:
    """The store's name for the digits of `--data`, by which another process finds them too."""
    if data is None or data.partition(":")[0] == "strokes":
        return data or "mnist"
    return str(Path(data).absolute())


def digits(data: str | None, drawings: Sequence[str] = ()) -> Dataset:
    """Loads the digits of `--data`, else those of MNIST_PATH, else Keras's.

    Args:
        data: a file's name, `strokes`, `strokes:N`, or None.
        drawings: files of drawings to train on too.

    Raises:
        DataError: they cannot be loaded.
    """
    from model.learning.data.datasets import load, strokes_count

    kind, _, count = (data or "").partition(":")
    if kind == "strokes":
        train = strokes_count(count)
        print(f"drawing {train + train // 6} digits from built-in strokes ...", flush=True)
    return load(data or "mnist", drawings)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under a head, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())

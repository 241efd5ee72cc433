"""What the command line's commands do: ask the other modules, print what they say.

Knows files and text; each command gets argparse's namespace and returns an exit code.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from model.learning.hyperparameters import Settings
from model.learning.recipe import Recipe, parameters
from model.learning.recipes import RECIPES
from model.reading.reader import Reader

if TYPE_CHECKING:
    from model.learning.data.datasets import Dataset


class CommandError(Exception):
    """A command that cannot be carried out; the message is one line for whoever typed it."""


def train(chosen: argparse.Namespace) -> int:
    """Trains a recipe, shows how it goes, and saves the network."""
    from model.cli.runs import opened
    from model.cli.train import run  # brings matplotlib: not for --help

    recipe = RECIPES[chosen.recipe]
    own = {field.name: getattr(chosen, field.name) for field in fields(Settings)}
    try:
        settings = recipe.settings(**own)
    except ValueError as error:
        raise CommandError(str(error)) from None
    named = named_digits(chosen.data)
    data = digits(chosen.data)
    with opened(chosen) as service:
        return run(recipe, settings, (named, data), service, out=chosen.out, show=chosen.show)


def sweep(chosen: argparse.Namespace) -> int:
    """Trains every combination of recipes and settings, and prints a table of them."""
    from model.cli.sweep import sweep as run

    return run(chosen)


def evaluate(chosen: argparse.Namespace) -> int:
    """Reads every test digit and prints how well that went."""
    import numpy as np

    from model.learning.evaluation.accuracy import evaluate as count  # brings scikit-learn

    reader = Reader(chosen.model)
    data = digits(chosen.data)
    readings = reader.read(data.x_test.astype(np.float32) / np.float32(255))
    result = count(data.y_test, np.array([reading.best_guess for reading in readings]))
    low, high = result.interval
    print(f"{reader.version} on {result.images} test digits of {data.source}")
    print(
        f"accuracy {result.accuracy:.2%} ({result.correct} of {result.images}; "
        f"95 % interval {low:.2%} to {high:.2%})"
    )
    for digit, recall in enumerate(result.recall):
        print(f"  {digit}: " + ("no image" if recall is None else f"{recall:.2%}"))
    for digit, guess, times in result.confusions(5):
        print(f"  {digit} read as {guess}: {times}")
    return 0


def score(chosen: argparse.Namespace) -> int:
    """Measures a network and prints its scorecard."""
    from model.cli.score import run  # brings scikit-learn

    with redirect_stdout(sys.stderr):  # what is printed on the way is no part of the card
        data = digits(chosen.data)
    return run(chosen, data)


def read(chosen: argparse.Namespace) -> int:
    """Reads the digit in each file; a file that cannot be read does not stop the others."""
    from model.reading import ink

    reader = Reader(chosen.model)
    failed = False
    for path in chosen.files:
        try:
            image = ink.from_image(path)
        except (ink.InkError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            print(f"{path}: {reason or 'cannot be read'}", file=sys.stderr)
            failed = True
            continue
        if not image.any():
            print(f"{path}: nothing drawn")
            continue
        (reading,) = reader.read(image[None])
        if reading.digit is None:
            print(f"{path}: not a digit (best guess {reading.best_guess})")
        else:
            print(f"{path}: {reading.digit}  {reading.confidence:.1%}")
    return int(failed)


def recipes(_: argparse.Namespace) -> int:
    """Prints what each recipe is made of."""
    for recipe in RECIPES.values():
        print(_recipe(recipe))
    return 0


def _recipe(recipe: Recipe) -> str:
    lines = (
        f"{recipe.name}: {parameters(recipe):,} parameters",
        f"  layers    {recipe.layers_text}",
        f"  compiled  {recipe.compile_text}",
        f"  fitted    {recipe.fit_text}",
        f"  {recipe.description}",
        f'  source: "{recipe.source}"',
        "",
    )
    return "\n".join(lines)


def named_digits(given: str | None) -> str:
    """What a store calls the digits that were asked for, so that another process finds them."""
    if given is None or given.partition(":")[0] == "strokes":
        return given or "mnist"
    return str(Path(given).absolute())


def digits(given: str | None) -> Dataset:
    """The digits that were asked for: the argument, else MNIST_PATH, else Keras's.

    Args:
        given: a file's name, `strokes`, `strokes:N`, or None.

    Raises:
        DataError: they cannot be had.
    """
    from model.learning.data.datasets import load, strokes_count

    kind, _, count = (given or "").partition(":")
    if kind == "strokes":
        train = strokes_count(count)
        print(f"drawing {train + train // 6} digits from built-in strokes ...", flush=True)
    return load(given or "mnist")

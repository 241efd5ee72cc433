"""Trains the recipes through the command line and prints the table of docs/TRAINING.md.

Run as `python -m tests.benchmarks.recipes_table --data FILE [--recipes ...] [--out DIR]`; one
seed each, so a difference inside the intervals says nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from model.learning.recipe import parameters
from model.learning.recipes import RECIPES, find
from tests.benchmarks.machine import machine

_HEADER = (
    "recipe",
    "parameters",
    "fitted",
    "trained on",
    "last validation accuracy",
    "test accuracy (95 % interval)",
    "seconds",
)


def main() -> None:
    """Trains, reads the cards, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a local mnist.npz")
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--out", type=Path, help="folder that keeps the networks")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = chosen.out or Path(temporary)
        cards = [_train(name, chosen.data, out / name) for name in chosen.recipes]
    print(_row(*_HEADER))
    print(_row(*("---" if name in _HEADER[:1] else "---:" for name in _HEADER)))
    for card in cards:
        print(_row(*_cells(card)))
    print(f"\nOne seed each ({cards[0]['seed']}). {machine()}")


def _train(name: str, data: Path, folder: Path) -> dict[str, Any]:
    """The card of one recipe, trained in a process of its own as a user would."""
    command = [sys.executable, "-m", "model", "train", "--recipe", name]
    # Its progress goes to standard error: standard output is for the table alone.
    subprocess.run(
        [*command, "--data", str(data), "--out", str(folder)], check=True, stdout=sys.stderr
    )
    card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return card


def _cells(card: dict[str, Any]) -> tuple[str, ...]:
    recipe = find(card["recipe"])
    validation = card["validation_accuracy"]
    low, high = card["test_accuracy_95"]
    return (
        f"`{recipe.name}`",
        f"{parameters(recipe):,}",
        f"{card['settings']['epochs']} epochs, batches of {card['settings']['batch_size']}",
        card["trained_on"],
        "" if validation is None else f"{validation:.2%}",
        f"{card['test_accuracy']:.2%} ({low:.2%} to {high:.2%})",
        f"{card['seconds']:.0f}",
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()

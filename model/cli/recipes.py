"""`python -m model recipes`: what each recipe is made of."""

from __future__ import annotations

import argparse

from model.learning.recipe import parameters
from model.learning.recipes import RECIPES


def recipes(_: argparse.Namespace) -> int:
    """Prints each recipe's layers, its settings and its source."""
    for recipe in RECIPES.values():
        print(f"{recipe.name}: {parameters(recipe):,} parameters")
        print(f"  layers    {recipe.layers_text}")
        print(f"  compiled  {recipe.compile_text}")
        print(f"  fitted    {recipe.fit_text}")
        print(f"  {recipe.description}")
        print(f'  source: "{recipe.source}"\n')
    return 0

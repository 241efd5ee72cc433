"""Saves and loads a network's scorecard, `score.json` in its model folder."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from model.learning.evaluation.scorecard import Scorecard
from model.reading.reader import sha256

NAME = "score.json"


def load(folder: Path) -> Scorecard | None:
    """The scorecard of a model folder's network; None if there is none.

    A damaged one, or one of another network, counts as none: measuring again replaces it.
    """
    try:
        card = TypeAdapter(Scorecard).validate_json((folder / NAME).read_bytes())
        return card if card.network == sha256(folder / "network.tflite") else None
    except (OSError, ValidationError):
        return None


def save(folder: Path, card: Scorecard) -> Scorecard:
    """Saves a scorecard beside its network, completely or not at all.

    It keeps the earlier results of drawings that were not measured this time.

    Returns:
        The card as saved.

    Raises:
        OSError: the folder cannot be written.
    """
    if earlier := load(folder):
        drawn = {part.digits.name for part in card.drawn}
        others = {part.name for part in card.refusal}
        card = replace(
            card,
            drawn=(*card.drawn, *(old for old in earlier.drawn if old.digits.name not in drawn)),
            refusal=(*card.refusal, *(old for old in earlier.refusal if old.name not in others)),
        )
    partial = folder / f".{secrets.token_hex(4)}.{NAME}"
    try:
        partial.write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / NAME)
    finally:
        partial.unlink(missing_ok=True)
    return card

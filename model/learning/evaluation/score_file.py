"""Where a network's scorecard is kept: `score.json` in its model folder.

Knows that file; a card of another network than the one beside it counts as none.
"""

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
    """The scorecard of a model folder's network; None where it was not measured.

    One that is damaged or tells of another network counts as none: measuring again mends it.
    """
    try:
        card = TypeAdapter(Scorecard).validate_json((folder / NAME).read_bytes())
        return card if card.network == sha256(folder / "network.tflite") else None
    except (OSError, ValidationError):
        return None


def save(folder: Path, card: Scorecard) -> Scorecard:
    """Keeps a scorecard beside its network, all of it or nothing.

    Sets of drawings that were measured earlier, and not this time, stay on it.

    Returns:
        The card as it is kept.

    Raises:
        OSError: the folder cannot be written.
    """
    if earlier := load(folder):
        drawn = {part.digits.name for part in card.drawn}
        junk = {part.name for part in card.refusal}
        card = replace(
            card,
            drawn=(*card.drawn, *(old for old in earlier.drawn if old.digits.name not in drawn)),
            refusal=(*card.refusal, *(old for old in earlier.refusal if old.name not in junk)),
        )
    aside = folder / f".{secrets.token_hex(4)}.{NAME}"
    try:
        aside.write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
        aside.replace(folder / NAME)
    finally:
        aside.unlink(missing_ok=True)
    return card

"""`python -m model read`: the digit in each picture file."""

from __future__ import annotations

import argparse
import sys

from model.reading import ink
from model.reading.reader import SHIPPED, Reader


def read(args: argparse.Namespace) -> int:
    """Prints the digit in each file; an unreadable file does not stop the others."""
    reader = Reader(args.model or SHIPPED)
    failed = False
    for path in args.files:
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

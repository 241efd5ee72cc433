"""`python -m model read`: the digit or number in each picture file."""

from __future__ import annotations

import argparse
import sys

from model.reading.errors import InkError
from model.reading.numbers import read_picture, text_of
from model.reading.reader import SHIPPED, Reader


def read(args: argparse.Namespace) -> int:
    """Prints the digit or number in each file, and its lowest confidence.

    An unreadable file does not stop the others.
    """
    reader = Reader(args.model or SHIPPED)
    failed = False
    for path in args.files:
        try:
            digits = read_picture(reader, path)
        except (InkError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            print(f"{path}: {reason or 'cannot be read'}", file=sys.stderr)
            failed = True
            continue
        if not digits:
            print(f"{path}: nothing drawn")
        elif len(digits) == 1 and digits[0].reading.digit is None:
            print(f"{path}: not a digit (best guess {digits[0].reading.best_guess})")
        else:
            print(f"{path}: {text_of(digits)}  {min(d.reading.confidence for d in digits):.1%}")
    return int(failed)

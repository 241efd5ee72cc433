"""Whole numbers: strings of one writer's digits, as strokes and as pictures, read whole.

Run as `python -m tests.benchmarks.numbers --strokes FILE [--writers 23 30] [--letters FILE]
[--count 500] [--model DIR]`: FILE is a set of digits with `writers`, as in the measuring data;
`--writers` keeps a range of them. Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.learning.data.stroke_sets import Drawing, StrokeSet, load
from model.reading import ink
from model.reading.numbers import read_picture, read_strokes, text_of
from model.reading.reader import SHIPPED, Reader
from tests.benchmarks.machine import machine
from tests.support.number_line import on_paper, side_by_side

MAX_LENGTH = 8
GAPS = (0.05, 0.5)
"""Heights of the line."""
PENS = (4.0, 9.0)
"""Pixels; a line is 90 high."""


def _lists(strokes: Drawing) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in strokes]


class Numbers:
    """Reads strings and single drawings.

    Args:
        reader: the network.
        drawn: digits.
        writers: (n,) who drew each.
        seed: of strings, sizes, gaps and pens.
    """

    def __init__(self, reader: Reader, drawn: StrokeSet, writers: Sequence[str], seed: int) -> None:
        self._reader, self._drawn = reader, drawn
        self._rng = np.random.default_rng(seed)
        self._of_writer: dict[str, list[int]] = {}
        for i, writer in enumerate(writers):
            if len(drawn.labels[i]) == 1:
                self._of_writer.setdefault(writer, []).append(i)

    def strings(self, count: int, *, pictures: bool) -> tuple[int, int]:
        """How many of `count` strings are read whole, and of how many each digit is read alone."""
        whole = alone = 0
        writers = list(self._of_writer)
        for _ in range(count):
            own = self._of_writer[writers[self._rng.integers(len(writers))]]
            chosen = self._rng.choice(own, self._rng.integers(1, MAX_LENGTH + 1))
            drawings = [self._drawn.drawings[i] for i in chosen]
            pen, gap = self._rng.uniform(*PENS), self._rng.uniform(*GAPS)
            line = side_by_side(drawings, gap, self._rng)
            labels = [self._drawn.labels[i] for i in chosen]
            whole += self._read(line, pen, pictures) == "".join(labels)
            alone += all(
                self._read(side_by_side([drawing], 0), pen, pictures) == label
                for drawing, label in zip(drawings, labels, strict=True)
            )
        return whole, alone

    def _read(self, line: Drawing, pen: float, pictures: bool) -> str:
        if pictures:
            return text_of(read_picture(self._reader, on_paper(line, pen=pen)))
        return text_of(read_strokes(self._reader, _lists(line)))

    def split(self) -> tuple[int, int]:
        """How many single drawings are read as several digits, and of how many."""
        places = [i for own in self._of_writer.values() for i in own]
        texts = [
            text_of(read_strokes(self._reader, _lists(self._drawn.drawings[i]))) for i in places
        ]
        return sum(len(text) > 1 for text in texts), len(texts)

    def milliseconds(self, length: int, repeats: int = 100) -> float:
        """Median time to read a string of so many digits."""
        places = [i for own in self._of_writer.values() for i in own]
        times = []
        for _ in range(repeats):
            chosen = self._rng.choice(places, length)
            line = _lists(side_by_side([self._drawn.drawings[i] for i in chosen], 0.2, self._rng))
            began = time.perf_counter()
            read_strokes(self._reader, line)
            times.append(time.perf_counter() - began)
        return 1000 * float(np.median(times))


def letters_passed(reader: Reader, drawn: StrokeSet) -> tuple[float, float, int]:
    """Shares of letters that pass as one digit, and that pass as a number; and of how many."""
    letters = [
        drawing
        for drawing, label, is_shaped in zip(
            drawn.drawings, drawn.labels, drawn.digit_shaped(), strict=True
        )
        if len(label) > 1 and not is_shaped
    ]
    as_one = [reader.read(ink.from_strokes(_lists(letter))[None])[0].digit for letter in letters]
    as_number = [text_of(read_strokes(reader, _lists(letter))) for letter in letters]
    passed_as_one = sum(digit is not None for digit in as_one)
    passed = sum("?" not in text for text in as_number)
    return passed_as_one / len(letters), passed / len(letters), len(letters)


def main() -> None:
    """Reads and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True)
    parser.add_argument("--writers", type=int, nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument("--letters", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    chosen = parser.parse_args()
    reader, drawn = Reader(chosen.model), load(chosen.strokes)
    with np.load(chosen.strokes) as content:
        writers = [str(writer).split("-")[0] for writer in content["writers"].tolist()]
    everyone = Numbers(reader, drawn, writers, seed=1)
    kept = StrokeSet(drawn.name, drawn.drawings, drawn.labels)
    if chosen.writers:
        first, last = chosen.writers
        own = [i for i, writer in enumerate(writers) if first <= int(writer) <= last]
        kept = StrokeSet(
            drawn.name,
            tuple(drawn.drawings[i] for i in own),
            tuple(drawn.labels[i] for i in own),
        )
        writers = [writers[i] for i in own]
    numbers = Numbers(reader, kept, writers, seed=2)
    print(f"Strings of 1 to {MAX_LENGTH} digits of {drawn.name}, read by {reader.version}")
    print(f"\n{machine()}\n\n| | figure |\n|---|---|")
    for name, pictures in (("strokes", False), ("pictures", True)):
        whole, alone = numbers.strings(chosen.count, pictures=pictures)
        print(f"| read whole, as {name} | {whole / chosen.count:.1%} |")
        print(
            f"| each digit read right alone, as {name} | {alone / chosen.count:.1%} |", flush=True
        )
    split, count = everyone.split()
    print(f"| single digits read as several | {split} of {count:,} ({split / count:.2%}) |")
    if chosen.letters:
        one, several, count = letters_passed(reader, load(chosen.letters))
        print(f"| letters that pass as one digit | {one:.1%} of {count:,} |")
        print(f"| letters that pass as one digit or several | {several:.1%} |")
    for length in (1, MAX_LENGTH):
        print(f"| time for {length} | {numbers.milliseconds(length):.1f} ms |")


if __name__ == "__main__":
    main()

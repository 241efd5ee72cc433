"""A drawing or a picture -> the digits of a number, from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.reading.additions import (
    Strokes,
    plausible_rests,
    without_far_dots,
    without_frame,
    without_underline,
)
from model.reading.cutting import Pieces
from model.reading.dots import joined_pieces, joined_strokes
from model.reading.grouping import (
    MAX_DIGITS,
    MAX_PARTS,
    ROWS,
    Group,
    choose,
    in_one,
    line_height,
    part_of,
    traced,
)
from model.reading.paper import lift
from model.reading.picture import Source, colours_of
from model.reading.pieces import of_the_digit
from model.reading.reader import Reader
from model.reading.strokes import points_of, render
from model.reading.verdict import Reading

_CUT = 3.0
"""Price of a boundary through ink, as `grouping` has them."""


@dataclass(frozen=True)
class Digit:
    """One digit of a number."""

    reading: Reading
    image: NDArray[np.float32]
    """(28, 28) in [0, 1]: what the network was given."""
    box: tuple[float, float, float, float]
    """x, y, width and height: in the unit of the drawing, or shares of the picture's sides."""
    strokes: tuple[int, ...] = ()
    """Indices of its strokes in the drawing."""


def read_strokes(reader: Reader, strokes: object) -> list[Digit]:
    """Reads a drawing: one digit, or up to twelve side by side on one line.

    Args:
        reader: the network.
        strokes: a list of strokes, each a list of [x, y], x right and y down, in any unit;
            untrusted JSON.

    Returns:
        From left to right; none without a point.

    Raises:
        InkError: not strokes, or far too many; the message is for the sender.
    """
    drawn = points_of(strokes)
    if not drawn:
        return []
    lines = joined_strokes(drawn) or [[i] for i in range(len(drawn))]
    drawn = [np.concatenate([drawn[i] for i in line]) for line in lines]
    groups = _of_strokes(reader, drawn)
    # `points_of` leaves out strokes without a point.
    indices = [i for i, stroke in enumerate(strokes) if stroke]  # type: ignore[arg-type, var-annotated]
    return [
        Digit(
            group.reading,
            group.image,
            _box([drawn[i] for i in group.parts]),
            tuple(indices[i] for part in group.parts for i in lines[part]),
        )
        for group in groups
    ]


def _of_strokes(reader: Reader, drawn: Strokes) -> list[Group]:
    """Groups of strokes, without those that are no part of a digit."""
    if not 1 < len(drawn) <= MAX_PARTS:
        return _grouped(reader, drawn, range(len(drawn)))
    kept = without_far_dots(drawn)
    for without in (without_frame, without_underline):
        places = without([drawn[i] for i in kept])
        if places and _are_digits(others := _grouped(reader, drawn, [kept[i] for i in places])):
            return others
    return _grouped(reader, drawn, kept)


def _are_digits(groups: Sequence[Group]) -> bool:
    return all(group.reading.digit is not None for group in groups)


def _grouped(reader: Reader, drawn: Strokes, kept: Sequence[int]) -> list[Group]:
    """Groups of the strokes at these places."""

    def draw(chosen: tuple[int, ...]) -> NDArray[np.float32]:
        return render([drawn[kept[i]] for i in chosen])

    if 1 < len(kept) <= MAX_PARTS:
        everything = np.concatenate([drawn[i] for i in kept])
        top, height = float(everything[:, 1].min()), line_height(everything)
        parts = [part_of(traced(drawn[i], height / ROWS), top, height) for i in kept]
        groups = choose(parts, draw, reader.read)
    else:
        groups = [in_one(len(kept), draw, reader.read)]
    return [replace(group, parts=tuple(kept[i] for i in group.parts)) for group in groups]


def read_picture(reader: Reader, source: Source) -> list[Digit]:
    """Reads a picture: one digit, or up to twelve side by side on one line.

    Args:
        reader: the network.
        source: a path, the bytes of a file, an open binary file, or a Pillow image.

    Returns:
        From left to right; none where the paper is blank. Digits that touch are cut apart where
        each part is then read as a digit.

    Raises:
        InkError: not a picture, damaged or far too large; the message is for the sender.
    """
    ink = of_the_digit(joined_pieces(lift(colours_of(source))))
    if not ink.any():
        return []
    pieces = Pieces(ink)
    whole = _of_pieces(reader, pieces, range(len(pieces)))
    # A frame around a digit may itself be read as one, a 0: it is looked for first.
    if 1 < len(pieces) <= MAX_PARTS and (not _are_digits(whole) or len(whole) == 1):
        for rest in plausible_rests(pieces.edges):
            groups = _of_pieces(reader, pieces, rest)
            if _are_digits(groups):
                whole = groups
                break
    groups = []
    for group in whole:
        parts = group.parts
        if group.reading.digit is None and group.image.any() and len(parts) <= MAX_PARTS:
            parts = tuple(part for piece in parts for part in pieces.cut(piece))
            cut_apart = _of_pieces(reader, pieces, parts, boundary=_CUT)
            if _are_digits(cut_apart):
                groups += cut_apart
                continue
        groups.append(replace(group, parts=parts))
    return [
        Digit(group.reading, group.image, pieces.box(group.parts))
        for group in groups[:MAX_DIGITS]
        if group.image.any()  # dots too far apart leave nothing to read
    ]


def text_of(digits: Sequence[Digit]) -> str:
    """The number as text, with `?` for each digit that is refused."""
    return "".join("?" if d.reading.digit is None else str(d.reading.digit) for d in digits)


def _of_pieces(
    reader: Reader, pieces: Pieces, numbers: Sequence[int], boundary: float | None = None
) -> list[Group]:
    """Groups of the pieces with these numbers."""

    def draw(chosen: tuple[int, ...]) -> NDArray[np.float32]:
        return pieces.draw([numbers[i] for i in chosen])

    if not 1 < len(numbers) <= MAX_PARTS:
        groups = [in_one(len(numbers), draw, reader.read)]
    else:
        parts = [part_of(pieces.pixels(i), pieces.top, pieces.height) for i in numbers]
        groups = choose(parts, draw, reader.read, boundary)
    return [replace(each, parts=tuple(numbers[i] for i in each.parts)) for each in groups]


def _box(inks: Sequence[NDArray[np.float64]]) -> tuple[float, float, float, float]:
    points = np.concatenate(inks)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right - left, bottom - top

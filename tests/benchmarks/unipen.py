"""Files in the UNIPEN format: pen components, and the segments of them that are characters.

The format is described in Guyon et al., "UNIPEN project of on-line data exchange and recognizer
benchmarks" (1994). What that leaves unsaid is at `_drawn`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from model.learning.errors import DataError

Point = tuple[float, float]
MAX_INCLUDES = 8
"""Files that include one another, at most."""
_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")
_SEGMENT = re.compile(r'\.SEGMENT\s+\S+\s+(\S+)\s+\S+\s+"(.*)"')
_KEYWORDS = re.compile(r"\n[ \t]*(?=\.[A-Z])")
_KINDS = ("CHARACTER", "DIGIT")


class Component(NamedTuple):
    """What the pen did between two changes of its state."""

    is_down: bool
    points: list[Point]
    """x to the right and y upwards, in the tablet's units."""


class Range(NamedTuple):
    """Components from the first to the last, both included, and where these two are cut."""

    first: int
    first_point: int | None
    last: int
    last_point: int | None
    """The last point that belongs to it; None where the component is not cut."""


@dataclass
class Segment:
    """One character, as a file names it."""

    label: str
    ranges: list[Range]
    comment: str = ""
    """Of the `.COMMENT` that follows it."""


@dataclass
class _File:
    components: list[Component] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


class Character(NamedTuple):
    """One labelled drawing."""

    label: str
    strokes: list[list[Point]]
    """x to the right and y upwards, each of one point at least."""
    comment: str


class Unipen:
    """Reads the files of one distribution; each included one is read once.

    Args:
        text_of: the text of an included file by its name; None where there is none.
    """

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._included: dict[str, _File] = {}

    def characters(self, name: str, text: str) -> list[Character]:
        """The characters of a file, but for those with nothing drawn.

        Args:
            name: of the file, for errors.
            text: its content.

        Raises:
            DataError: not in the UNIPEN format; the message says where.
        """
        file = self._parse(name, text)
        return [
            Character(segment.label, strokes, segment.comment)
            for segment, strokes in zip(file.segments, _drawn(file), strict=True)
            if strokes
        ]

    def _parse(self, name: str, text: str, depth: int = 0) -> _File:
        file, number = _File(), 0
        for part in _KEYWORDS.split(f"\n{text}"):
            line, _, rest = part.partition("\n")
            try:
                match line.split():
                    case [".PEN_DOWN" | ".PEN_UP" as state, *_]:
                        file.components.append(Component(state == ".PEN_DOWN", _points(rest)))
                    case [".SEGMENT", kind, *_] if kind in _KINDS:
                        file.segments.append(_segment(line))
                    case [".COMMENT", *_] if file.segments:
                        segment = file.segments[-1]
                        segment.comment = segment.comment or line.partition("T")[2]
                    case [".INCLUDE", included, *_] if depth < MAX_INCLUDES:
                        found = self._include(included, depth + 1)
                        file.components += found.components
                        file.segments += found.segments
            except ValueError:
                raise DataError(
                    f"{name} is not in the UNIPEN format: see line {number}, "
                    f"{line.strip()[:60]!r}, and the numbers after it"
                ) from None
            number += part.count("\n") + 1
        return file

    def _include(self, name: str, depth: int) -> _File:
        if name not in self._included:
            text = self._text_of(name)
            self._included[name] = _File() if text is None else self._parse(name, text, depth)
        return self._included[name]


def _points(text: str) -> list[Point]:
    """One of each line, the first two of whose numbers are x and y.

    Raises:
        ValueError: something else.
    """
    numbers = list(map(float, text.split()))
    columns = len(text.lstrip().partition("\n")[0].split())
    if numbers and (columns < 2 or len(numbers) % columns):
        raise ValueError(text)
    return list(zip(numbers[::columns], numbers[1::columns], strict=True)) if numbers else []


def _segment(line: str) -> Segment:
    found = _SEGMENT.match(line)
    if found is None:
        raise ValueError(line)
    return Segment(found[2], [_range(part) for part in found[1].split(",")])


def _range(text: str) -> Range:
    """Of `3`, `3-5` or `3:10-4:2`, where numbers after a colon are points.

    Raises:
        ValueError: not a range.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first, last = int(found[1]), int(found[3] or found[1])
    first_point, last_point = (None if text is None else int(text) for text in found.group(2, 4))
    return Range(first, first_point, last, last_point)


COUNTED: tuple[Callable[[Component], bool], ...] = (
    lambda component: bool(component.points),
    lambda component: True,
    lambda component: component.is_down,
)
"""Components that have a number, in each way of counting that files follow."""


def _drawn(file: _File) -> list[list[list[Point]]]:
    """The strokes of each segment.

    Segments name components by numbers from 0. Whether components without points and those of a
    lifted pen have a number too differs from file to file: right is the way under which the
    fewest segments have nothing drawn, the earliest in `COUNTED` where several do.
    """
    ways: list[list[list[list[Point]]]] = []
    for is_counted in COUNTED:
        counted = [component for component in file.components if is_counted(component)]
        ways.append([_strokes(counted, segment.ranges) for segment in file.segments])
    return min(ways, key=lambda drawings: sum(not strokes for strokes in drawings))


def _strokes(components: Sequence[Component], ranges: Sequence[Range]) -> list[list[Point]]:
    strokes = []
    for first, first_point, last, last_point in ranges:
        for number, (is_down, points) in enumerate(components[first : last + 1], first):
            start = first_point if number == first else None
            end = None if number != last or last_point is None else last_point + 1
            if is_down and points[start:end]:
                strokes.append(points[start:end])
    return strokes

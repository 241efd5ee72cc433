"""A scorecard: how well one network reads, as data and as rows of labelled figures.

`dataclasses.asdict` turns it into JSON, `pydantic.TypeAdapter(Scorecard)` reads that back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from model.learning.evaluation.calibration import Bin

SHAPED_AS_DIGITS = "drawn as digits are"
"""The kind of letters shaped like digits, reported separately; as kept in saved scorecards."""

BY_DIGIT = "digit by digit, %"
"""Label of the row with a figure for each digit, which a page shows as a table."""

LOOK_ALIKES = "look-alikes (O, l, S)"
"""What `SHAPED_AS_DIGITS` is called where people read it."""

REJECTS = 'Whether it can answer "not a digit". If not, it names a digit for any drawing.'
ACCURACY = (
    "How many digits it read right, counting its most likely digit even where it rejected one. "
    "With other digits of the same kind, the figure would most likely stay within the 95% "
    "confidence interval."
)
WRONGLY_REJECTED = 'Real digits that it called "not a digit".'
CALIBRATION = (
    "How far its confidence is from the truth, on average. With 0%, exactly 80 of 100 readings "
    "of 80% confidence are right."
)
PERTURBED = (
    "The same drawings, turned or painted as pictures. The points are the difference in accuracy "
    "to the drawings as they were."
)
AUROC = (
    "How often a non-digit looks less like a digit to it than a digit does: 1 is always, 0.5 is "
    "chance."
)

_CONFUSIONS = 6


@dataclass(frozen=True)
class Digits:
    """How one set of digits was read; every image counts, refused or not."""

    name: str
    images: int
    accuracy: float
    """Share with the right best guess, in [0, 1]."""
    interval: tuple[float, float]
    """95% interval of the accuracy (Wilson 1927)."""
    by_digit: tuple[float | None, ...]
    """For each digit the share of its images read right; None without images."""
    confusions: tuple[tuple[int, int, int], ...]
    """All mistakes as (digit, prediction, count), most common first."""
    refused: float
    """Share refused as non-digits, in [0, 1]."""
    calibration_error: float
    """Expected calibration error, in [0, 1]."""
    reliability: tuple[Bin, ...]


@dataclass(frozen=True)
class Perturbed:
    """The same drawings perturbed in a way that should make no difference."""

    way: str
    images: int
    accuracy: float
    interval: tuple[float, float]
    difference: float
    """To the accuracy on the same drawings unperturbed."""


@dataclass(frozen=True)
class Drawn:
    """A set of drawn digits, plain and perturbed."""

    digits: Digits
    changed: tuple[Perturbed, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of non-digit."""

    name: str
    drawings: int
    refused: float
    """Share refused, in [0, 1]."""


@dataclass(frozen=True)
class Separation:
    """How well the score of refusal separates a set of digits from non-digits."""

    digits: str
    """Name of the set of digits."""
    auroc: float
    """Area under the ROC curve: how often a non-digit scores higher than a digit."""
    auroc_without_shaped: float | None
    """Without letters shaped like digits; None if there are none, or nothing else."""


@dataclass(frozen=True)
class Refusal:
    """How one set of non-digits is refused."""

    name: str
    drawings: int
    told: tuple[Separation, ...]
    kinds: tuple[Kind, ...]
    """Each drawing is of one kind; letters shaped like digits are a kind of their own."""


@dataclass(frozen=True)
class Scorecard:
    """All measurements of one network, as it is served."""

    version: str
    network: str
    """SHA-256 of the measured `network.tflite`, in hexadecimal."""
    measured: str
    """The date of the last measurement, such as 2026-11-21."""
    parameters: int | None
    """None if its model card does not say."""
    size: int
    """Bytes of `network.tflite`."""
    milliseconds: float
    """Median time of one reading on one thread."""
    refuses: bool
    """Whether it can refuse; old networks cannot."""
    test: Digits
    drawn: tuple[Drawn, ...]
    refusal: tuple[Refusal, ...]


@dataclass(frozen=True)
class Figure:
    """A number with its unit."""

    value: float
    decimals: int
    unit: str = ""
    signed: bool = False
    """Whether a plus sign is shown too."""

    def text(self, *, minus: str = "-") -> str:
        """The number as it is shown, with a minus sign of the caller's choice."""
        sign = "+" if self.signed else ""
        number = f"{self.value:{sign},.{self.decimals}f}".replace("-", minus)
        if self.unit == "%":
            return number + self.unit
        return f"{number} {self.unit}" if self.unit else number


@dataclass(frozen=True)
class Row:
    """A label with its figures and the words between them."""

    label: str
    parts: tuple[Figure | str, ...]
    meaning: str = ""
    """The label explained in a sentence or two; empty where it speaks for itself."""

    def text(self, *, minus: str = "-") -> str:
        """The parts as one line; see `Figure.text`."""
        return "".join(
            part if isinstance(part, str) else part.text(minus=minus) for part in self.parts
        )


@dataclass(frozen=True)
class Section:
    """A titled part of a scorecard."""

    title: str
    rows: tuple[Row, ...]
    digits: Digits | None = None
    """The measurements behind it, if it is about a set of digits."""


def sections(card: Scorecard) -> list[Section]:
    """The sections of a scorecard, in the order in which they are shown."""
    unknown = card.parameters is None
    about = (
        Row("parameters", ("unknown" if unknown else Figure(card.parameters or 0, 0),)),
        Row("size", (Figure(card.size / 1e6, 2, "MB"),)),
        Row("time per reading", (Figure(card.milliseconds, 3, "ms"), " (median, one thread)")),
        Row("rejects non-digits", ("yes" if card.refuses else "no",), REJECTS),
    )
    test = card.test
    return [
        Section(card.version, about),
        Section(f"{test.name}, {test.images:,} test digits", tuple(_of_digits(test)), test),
        *(
            Section(
                f"{part.digits.name}, {part.digits.images:,} drawn digits",
                (*_of_digits(part.digits), *_of_perturbed(part)),
                part.digits,
            )
            for part in card.drawn
        ),
        *(
            Section(f"{part.name}, {part.drawings:,} non-digits", tuple(_of_refusal(part)))
            for part in card.refusal
        ),
    ]


def as_text(card: Scorecard) -> str:
    """A scorecard as lines for a terminal."""
    parts = sections(card)
    width = max(len(row.label) for part in parts for row in part.rows)
    return "\n\n".join(
        "\n".join([part.title, *(f"  {row.label:{width}}  {row.text()}" for row in part.rows)])
        for part in parts
    )


def _of_digits(read: Digits) -> Iterable[Row]:
    by_digit: list[Figure | str] = []
    for digit, share in enumerate(read.by_digit):
        by_digit += [
            f" {digit}:" if digit else "0:",
            "-" if share is None else Figure(100 * share, 1),
        ]
    confusions = ", ".join(
        f"{digit} as {prediction} ({count})"
        for digit, prediction, count in read.confusions[:_CONFUSIONS]
    )
    yield Row("accuracy", _accuracy(read.accuracy, read.interval), ACCURACY)
    yield Row(BY_DIGIT, tuple(by_digit))
    yield Row("most common mistakes", (confusions or "none",))
    yield Row("wrongly rejected", (_percent(read.refused),), WRONGLY_REJECTED)
    yield Row("calibration error", (_percent(read.calibration_error),), CALIBRATION)


def _of_perturbed(part: Drawn) -> Iterable[Row]:
    for changed in part.changed:
        if changed is part.changed[0] and changed.images < part.digits.images:
            unchanged = _percent(changed.accuracy - changed.difference)
            yield Row(f"{changed.images:,} of them, unchanged", (unchanged,), PERTURBED)
        points = Figure(100 * changed.difference, 2, "points", signed=True)
        figures = (*_accuracy(changed.accuracy, changed.interval), ", ", points)
        yield Row(changed.way, figures, PERTURBED)


def _of_refusal(part: Refusal) -> Iterable[Row]:
    for separation in part.told:
        parts: tuple[Figure | str, ...] = (Figure(separation.auroc, 4),)
        if separation.auroc_without_shaped is not None:
            without = Figure(separation.auroc_without_shaped, 4)
            parts += ("; ", without, f" excluding {LOOK_ALIKES}")
        yield Row(f"AUROC against {separation.digits}", parts, AUROC)
    for kind in part.kinds:
        name = LOOK_ALIKES if kind.name == SHAPED_AS_DIGITS else kind.name
        yield Row(f"rejected, {name}", (_percent(kind.refused, 1), f" of {kind.drawings:,}"))


def _accuracy(accuracy: float, interval: tuple[float, float]) -> tuple[Figure | str, ...]:
    low, high = map(_percent, interval)
    return (_percent(accuracy), " (", _percent(0.95, 0), " interval ", low, " to ", high, ")")


def _percent(share: float, decimals: int = 2) -> Figure:
    return Figure(100 * share, decimals, "%")

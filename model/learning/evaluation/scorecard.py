"""A scorecard: what is known of how well one network reads, as data and as text.

Knows figures and how they are worded; how they are measured is `scoring`. All of it is plain
numbers: `dataclasses.asdict` makes JSON of it, `pydantic.TypeAdapter(Scorecard)` reads that back.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.learning.evaluation.calibration import Bin

SHAPED_AS_DIGITS = "drawn as digits are"
"""The kind of what is labelled a letter and looks like a digit: reported apart."""

_WORST = 3
_CONFUSIONS = 6


@dataclass(frozen=True)
class Digits:
    """How one set of digits was read; every one of them counts, refused or not."""

    name: str
    images: int
    accuracy: float
    """Share whose best guess is right, in [0, 1]."""
    interval: tuple[float, float]
    """95 % interval of it (Wilson 1927)."""
    by_digit: tuple[float | None, ...]
    """For each digit the share of its images read right; None where it has none."""
    confusions: tuple[tuple[int, int, int], ...]
    """All mistakes as (digit, read as, times), commonest first."""
    refused: float
    """Share that the network refuses to call a digit, in [0, 1]."""
    calibration_error: float
    """Expected calibration error, in [0, 1]."""
    reliability: tuple[Bin, ...]


@dataclass(frozen=True)
class Changed:
    """The same drawings made in another way, which should make no difference."""

    way: str
    images: int
    accuracy: float
    interval: tuple[float, float]
    difference: float
    """To the accuracy of the same drawings as they were drawn."""


@dataclass(frozen=True)
class Drawn:
    """A set of drawn digits, as drawn and in other ways."""

    digits: Digits
    changed: tuple[Changed, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of what is no digit."""

    name: str
    drawings: int
    refused: float
    """Share that is refused, in [0, 1]."""


@dataclass(frozen=True)
class Told:
    """How well the score of refusal tells a set of digits from what is no digit."""

    digits: str
    """Name of the set."""
    auroc: float
    """Area under the ROC curve: how often something else scores higher than a digit."""
    auroc_without_shaped: float | None
    """The same without what is drawn as digits are; None where that is nothing, or all."""


@dataclass(frozen=True)
class Refusal:
    """How one set of what is no digit is refused."""

    name: str
    drawings: int
    told: tuple[Told, ...]
    kinds: tuple[Kind, ...]
    """Each drawing in one kind; what is drawn as digits are is a kind of its own."""


@dataclass(frozen=True)
class Scorecard:
    """All that is measured of one network, as it is served."""

    version: str
    network: str
    """SHA-256 of `network.tflite`, in hexadecimal: which network this is the card of."""
    measured: str
    """The day it was measured, such as 2026-11-21; of more than one the last."""
    parameters: int | None
    """None where its card does not say."""
    size: int
    """Bytes of `network.tflite`."""
    milliseconds: float
    """Median time of one reading, on one thread."""
    refuses: bool
    """Whether it ever refuses; older ones do not."""
    test: Digits
    drawn: tuple[Drawn, ...]
    refusal: tuple[Refusal, ...]


@dataclass(frozen=True)
class Section:
    """Part of a scorecard in words."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """What, and its figures."""


def sections(card: Scorecard) -> list[Section]:
    """A scorecard in words, part by part."""
    parameters = "not in the card" if card.parameters is None else f"{card.parameters:,}"
    about = (
        ("parameters", parameters),
        ("network.tflite", f"{card.size / 1e6:.2f} MB"),
        ("one reading", f"{card.milliseconds:.3f} ms, median, one thread"),
        ("refuses", "what scores over its threshold" if card.refuses else "nothing, ever"),
    )
    test = Section(f"{card.test.name}, {card.test.images:,} test digits", _of_digits(card.test))
    drawn = [
        Section(
            f"{part.digits.name}, {part.digits.images:,} drawn digits",
            (*_of_digits(part.digits), *map(_of_change, part.changed)),
        )
        for part in card.drawn
    ]
    refusal = [
        Section(f"{part.name}, {part.drawings:,} drawings of no digit", _of_refusal(part))
        for part in card.refusal
    ]
    return [Section(card.version, about), test, *drawn, *refusal]


def as_text(card: Scorecard) -> str:
    """A scorecard as lines for a terminal."""
    parts = sections(card)
    width = max(len(what) for part in parts for what, _ in part.rows)
    return "\n\n".join(
        "\n".join([part.title, *(f"  {what:{width}}  {figures}" for what, figures in part.rows)])
        for part in parts
    )


def _of_digits(read: Digits) -> tuple[tuple[str, str], ...]:
    each = " ".join(
        f"{digit}:{'-' if share is None else f'{100 * share:.1f}'}"
        for digit, share in enumerate(read.by_digit)
    )
    confusions = ", ".join(
        f"{digit} as {guess} ({times})" for digit, guess, times in read.confusions[:_CONFUSIONS]
    )
    return (
        ("read right", _accuracy(read.accuracy, read.interval)),
        ("digit by digit, %", each),
        ("commonest mistakes", confusions or "none"),
        ("wrongly refused", f"{read.refused:.2%}"),
        ("calibration error", f"{read.calibration_error:.2%}"),
    )


def _of_change(change: Changed) -> tuple[str, str]:
    points = f"{100 * change.difference:+.2f} points"
    return change.way, f"{_accuracy(change.accuracy, change.interval)}, {points}"


def _of_refusal(part: Refusal) -> tuple[tuple[str, str], ...]:
    told = [
        (
            f"AUROC against {told.digits}",
            f"{told.auroc:.4f}"
            + (
                ""
                if told.auroc_without_shaped is None
                else f"; {told.auroc_without_shaped:.4f} without those {SHAPED_AS_DIGITS}"
            ),
        )
        for told in part.told
    ]
    kinds = [
        (f"refused, {kind.name}", f"{kind.refused:.1%} of {kind.drawings:,}") for kind in part.kinds
    ]
    return (*told, *kinds)


def _accuracy(accuracy: float, interval: tuple[float, float]) -> str:
    return f"{accuracy:.2%} (95 % interval {interval[0]:.2%} to {interval[1]:.2%})"

"""The scorecard of a network that is known: every figure counted once more, by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from model.learning.data import stroke_sets
from model.learning.data.datasets import Dataset
from model.learning.data.stroke_sets import StrokeSet
from model.learning.errors import DataError
from model.learning.evaluation.painting import WAYS
from model.learning.evaluation.scorecard import (
    BY_DIGIT,
    SHAPED_AS_DIGITS,
    Figure,
    Row,
    Scorecard,
    Section,
    as_text,
    sections,
)
from model.learning.evaluation.scoring import score
from model.reading.ink import from_strokes
from model.reading.reader import SHIPPED, Reader
from tests.support.digits import DIGITS, SCRIBBLE, Stroke
from tests.support.strokes_file import write

OTHERS = {
    "Latin/O": DIGITS[0],  # what looks like a digit
    "Latin/X": [[(0.0, 0.0), (1.0, 1.0)], [(1.0, 0.0), (0.0, 1.0)]],
    "scribble/1": SCRIBBLE,
    "scribble/2": [[(y, x) for x, y in SCRIBBLE[0]]],
}


def strokes(path: Path, drawings: Sequence[Sequence[Stroke]], labels: Sequence) -> StrokeSet:
    return stroke_sets.load(write(path, drawings, labels))


def texts(section: Section) -> dict[str, str]:
    """Label -> figures."""
    return {row.label: row.text() for row in section.rows}


@pytest.fixture(scope="module")
def card(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    """Of the network that refuses much ink; the last two drawn digits are labelled wrong."""
    folder = tmp_path_factory.mktemp("strokes")
    drawn = [*DIGITS.values(), SCRIBBLE, DIGITS[4], DIGITS[4]]
    return score(
        SHIPPED,
        digits,
        [strokes(folder / "drawn.npz", drawn, [*DIGITS, 8, 9, 9])],
        [strokes(folder / "others.npz", list(OTHERS.values()), list(OTHERS))],
    )


def test_test_digits_are_all_read_by_the_served_file(card: Scorecard, digits: Dataset) -> None:
    images = digits.x_test.astype(np.float32) / np.float32(255)
    readings = Reader(SHIPPED).read(images)
    right = np.array([r.best_guess for r in readings]) == digits.y_test
    assert card.test.name == digits.source
    assert card.test.images == len(readings) == 70
    assert card.test.accuracy == right.mean()
    assert card.test.refused == np.mean([r.digit is None for r in readings])
    assert sum(b.images for b in card.test.reliability) == 70
    sure = np.mean([r.confidence for r in readings])
    assert abs(sure - right.mean()) <= card.test.calibration_error + 1e-9


def test_drawn_digits_their_mistakes_and_refusals(card: Scorecard) -> None:
    (drawn,) = card.drawn
    assert (drawn.digits.name, drawn.digits.images) == ("drawn.npz", 13)
    assert drawn.digits.refused == pytest.approx(1 / 13)
    assert drawn.digits.confusions[0] == (9, 4, 2)
    assert drawn.digits.by_digit[4] == 1
    assert drawn.digits.by_digit[9] == pytest.approx(1 / 3)
    low, high = drawn.digits.interval
    assert low < drawn.digits.accuracy < high


def test_other_ways_are_compared_with_the_same_drawings(card: Scorecard) -> None:
    (drawn,) = card.drawn
    assert [change.way for change in drawn.changed] == list(WAYS)
    for change in drawn.changed:
        assert change.images == 13
        assert change.difference == pytest.approx(change.accuracy - drawn.digits.accuracy)


def test_what_is_no_digit_is_counted_by_kind_and_look_alikes_apart(card: Scorecard) -> None:
    (part,) = card.refusal
    assert (part.name, part.drawings) == ("others.npz", 4)
    kinds = {kind.name: (kind.drawings, kind.refused) for kind in part.kinds}
    assert kinds == {"Latin": (1, 1), "scribble": (2, 1), SHAPED_AS_DIGITS: (1, 0)}
    assert list(kinds)[-1] == SHAPED_AS_DIGITS


def test_the_auroc_is_how_often_another_scores_higher(card: Scorecard) -> None:
    reader = Reader(SHIPPED)

    def scores(drawings: Sequence[Sequence[Stroke]]) -> list[float]:
        images = np.stack([from_strokes(drawing) for drawing in drawings])
        return [reading.refusal for reading in reader.read(images)]

    of_digits = scores([*DIGITS.values(), SCRIBBLE, DIGITS[4], DIGITS[4]])
    of_others = scores(list(OTHERS.values()))
    higher = [(o > d) + (o == d) / 2 for o in of_others for d in of_digits]
    (told,) = (told for told in card.refusal[0].told if told.digits == "drawn.npz")
    assert told.auroc == pytest.approx(np.mean(higher))
    assert told.auroc_without_shaped == pytest.approx(np.mean(higher[len(of_digits) :]))


def test_size_parameters_and_time(card: Scorecard) -> None:
    served = json.loads((SHIPPED / "card.json").read_text(encoding="utf-8"))
    assert card.version == served["version"]
    assert card.refuses
    assert card.parameters == served["parameters"]
    assert card.size == (SHIPPED / "network.tflite").stat().st_size
    assert 0.001 < card.milliseconds < 20


def test_it_is_json_and_comes_back(card: Scorecard) -> None:
    text = json.dumps(asdict(card), allow_nan=False)
    assert TypeAdapter(Scorecard).validate_json(text) == card


def test_the_rows_have_every_figure(card: Scorecard) -> None:
    about, test, drawn, others = map(texts, sections(card))
    assert about["parameters"] == f"{card.parameters:,}"
    low, high = card.test.interval
    assert test["accuracy"] == f"{card.test.accuracy:.2%} (95% interval {low:.2%} to {high:.2%})"
    assert drawn["most common mistakes"].startswith("9 as 4 (2)")
    assert drawn["wrongly rejected"] == "7.69%"
    assert drawn[BY_DIGIT].endswith(" 8:50.0 9:33.3")
    assert list(drawn)[-len(WAYS) :] == list(WAYS)
    assert not any("unchanged" in label for label in drawn)  # the differences are to the accuracy
    assert others["rejected, scribble"] == "100.0% of 2"
    assert others["rejected, look-alikes (O, l, S)"] == "0.0% of 1"
    text = as_text(card)
    for section in sections(card):
        assert section.title in text
        for row in section.rows:
            assert f"{row.label} " in text, row.label
            assert row.text() in text, row.label


def test_a_figure_is_shown_with_the_signs_of_the_caller() -> None:
    row = Row("x", ("a-b ", Figure(-1.5, 2, "points", signed=True), ", ", Figure(1234.5, 1, "%")))
    assert row.text() == "a-b -1.50 points, 1,234.5%"
    assert row.text(minus="\N{MINUS SIGN}") == "a-b \N{MINUS SIGN}1.50 points, 1,234.5%"
    assert Figure(2, 0, signed=True).text() == "+2"


def test_a_network_of_old_is_scored_too(digits: Dataset, tmp_path: Path) -> None:
    only_o = strokes(tmp_path / "o.npz", [DIGITS[0]], ["O"])
    old = Path(shutil.copytree(SHIPPED, tmp_path / "old"))
    entries = json.loads((old / "card.json").read_text(encoding="utf-8"))
    del entries["refusal"]
    (old / "card.json").write_text(json.dumps(entries))
    card = score(
        old, replace(digits, x_test=digits.x_test[:9], y_test=digits.y_test[:9]), [], [only_o]
    )
    assert not card.refuses
    assert texts(sections(card)[0])["rejects non-digits"] == "no"
    assert texts(sections(card)[1])[BY_DIGIT].endswith("9:-")
    assert card.refusal[0].told[0].auroc_without_shaped is None
    assert "excluding" not in as_text(card)


def test_some_pictures_are_evenly_out_of_the_set(digits: Dataset, tmp_path: Path) -> None:
    """Of ten drawings, all labelled 1, every second is a 1."""
    drawn = strokes(tmp_path / "x.npz", [DIGITS[1], DIGITS[8]] * 5, [1] * 10)
    said: list[str] = []
    card = score(SHIPPED, digits, [drawn], pictures=5, on_progress=said.append)
    assert {change.images for change in card.drawn[0].changed} == {5}
    assert card.drawn[0].digits.accuracy == 0.5
    assert {change.accuracy for change in card.drawn[0].changed} == {1.0}
    assert {change.difference for change in card.drawn[0].changed} == {0.0}
    assert sum("5 drawings" in line for line in said) == len(WAYS)
    rows = texts(sections(card)[2])
    assert rows["accuracy"].startswith("50.00%")
    *_, unchanged, first = list(rows)[: -len(WAYS) + 1]
    assert (unchanged, rows[unchanged]) == ("5 of them, unchanged", "100.00%")
    assert first == next(iter(WAYS))
    assert rows[first].startswith("100.00% (95% ")
    assert rows[first].endswith(", +0.00 points")


def test_letters_are_no_drawn_digits(digits: Dataset, tmp_path: Path) -> None:
    letters = strokes(tmp_path / "x.npz", [DIGITS[0]], ["Latin/O"])
    with pytest.raises(DataError, match=r"x\.npz is not a set of digits"):
        score(SHIPPED, digits, [letters])

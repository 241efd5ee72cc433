"""Sets of drawings: what goes in comes out, and what is no such set is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.learning.data import stroke_sets
from model.learning.data.stroke_sets import load, unit
from model.learning.errors import DataError
from tests.support.digits import DIGITS
from tests.support.strokes_file import arrays_of, write
from tests.support.tables import case

Arrays = dict[str, NDArray]


def test_drawings_come_out_as_they_went_in(tmp_path: Path) -> None:
    dot = [[(3.0, 4.0)]]
    path = write(tmp_path / "drawn.npz", [*DIGITS.values(), dot], [*DIGITS, 7])
    loaded = load(path)
    assert loaded.name == "drawn.npz"
    assert loaded.digits().tolist() == [*DIGITS, 7]
    for ours, theirs in zip(loaded.drawings, [*DIGITS.values(), dot], strict=True):
        assert len(ours) == len(theirs)
        for stroke, points in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(stroke, points, rtol=1e-6)
    with pytest.raises(DataError, match="not a set of digits: one is labelled 'O'"):
        load(write(tmp_path / "one.npz", [dot], ["O"])).digits()


def test_kinds_and_what_is_shaped_as_a_digit(tmp_path: Path) -> None:
    labels = ["Latin/O", "Latin/g", "Korean/character22", "Korean/character02", "scribble"]
    loaded = load(write(tmp_path / "x.npz", [DIGITS[0]] * 5, labels))
    assert loaded.kinds() == ("Latin", "Latin", "Korean", "Korean", "scribble")
    assert loaded.digit_shaped().tolist() == [True, False, True, False, False]


def test_a_set_of_both_has_a_part_of_digits_and_one_of_non_digits(tmp_path: Path) -> None:
    path = write(tmp_path / "x.npz", [DIGITS[0], DIGITS[1], DIGITS[2]], ["0", "Latin/g", "2"])
    both = load(path)
    digits, others = both.part(of_digits=True), both.part(of_digits=False)
    assert digits.labels == ("0", "2")
    np.testing.assert_allclose(digits.drawings[1][0], DIGITS[2][0], rtol=1e-6)
    assert (others.labels, len(others.drawings)) == (("Latin/g",), 1)
    assert others.part(of_digits=True) == others, "it has none: whoever reads it may say so"


def test_the_unit_square_holds_the_drawing_in_its_middle() -> None:
    wide, tall = ([np.array(p, float)] for p in ([(5, 5), (9, 6)], [(1, 1), (2, 11)]))
    np.testing.assert_allclose(unit(wide)[0], [(0, 0.375), (1, 0.625)])
    np.testing.assert_allclose(unit(tall)[0], [(0.45, 0), (0.55, 1)])
    np.testing.assert_allclose(unit([np.array([(3.0, 4.0)])])[0], [(0.5, 0.5)])


def replaced(**arrays: Any) -> Callable[[Arrays], Arrays]:
    return lambda good: good | {name: np.array(value) for name, value in arrays.items()}


def without(name: str) -> Callable[[Arrays], Arrays]:
    return lambda good: {key: value for key, value in good.items() if key != name}


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    for change, rule in (
        (without("labels"), "lacks labels"),
        (replaced(points=np.zeros((5, 3))), r"points must be \(P, 2\), received \(5, 3\)"),
        (replaced(points=[["a", "b"]] * 5), "points must be numbers"),
        (replaced(points=[[1, np.nan]] * 5), "points must be finite"),
        (replaced(points=[[1, 2e9]] * 5), "points must be finite"),
        (
            replaced(stroke_starts=[0, 2, 4]),
            "rise from 0 to the number of points, 5, received 0 to",
        ),
        (replaced(stroke_starts=[0, 0, 5]), "not always rising"),
        (replaced(stroke_starts=[1, 2, 5]), "received 1 to 5"),
        (replaced(stroke_starts=[0.0, 2.0, 5.0]), "stroke_starts must be .* integers"),
        (replaced(drawing_starts=[0]), "drawing_starts must be .* n at least 2"),
        (replaced(drawing_starts=[0, 1]), "the number of strokes, 2"),
        (replaced(labels=[3, 4]), "one for each of 1 drawings"),
        (replaced(labels=[0.5]), "labels must be integers or text"),
        (replaced(labels=[None]), "damaged or not a set of strokes"),
    ):
        with case(rule):
            good = arrays_of([[[(0, 0), (1, 1)], [(0, 1), (1, 0), (2, 2)]]], [4])
            path = tmp_path / "set.npz"
            np.savez(path, **change(good))  # type: ignore[arg-type]
            with pytest.raises(DataError, match=rule) as refusal:
                load(path)
            assert "set.npz" in str(refusal.value)


def test_a_set_that_is_too_large_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "set.npz", [[[(0, 0)], [(1, 1)]]] * 3, [1, 2, 3])
    for limit, most, rule in (
        ("MAX_UNPACKED", 100, r"set\.npz is too large: [\d,]+ bytes of 100"),
        ("MAX_DRAWINGS", 2, "a file may have 2 drawings, received 3"),
        ("MAX_STROKES", 5, "a file may have 5 strokes, received 6"),
    ):
        with case(limit), monkeypatch.context() as patched:
            patched.setattr(stroke_sets, limit, most)
            for read in (load, stroke_sets.labels_of):
                with pytest.raises(DataError, match=rule):
                    read(path)
    assert stroke_sets.labels_of(path) == ["1", "2", "3"]


def test_a_file_of_another_kind_or_none_at_all(tmp_path: Path) -> None:
    for name, rule in (("notes.npz", "damaged"), ("one.npy", "damaged"), ("absent", "missing")):
        with case(name):
            (tmp_path / "notes.npz").write_text("not strokes")
            np.save(tmp_path / "one.npy", np.zeros(3))
            with pytest.raises(DataError, match=rule):
                load(tmp_path / name)
            with pytest.raises(DataError, match="damaged"):
                load(tmp_path)

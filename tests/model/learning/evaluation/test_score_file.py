"""A scorecard beside its network: kept whole, refused where it tells of another network."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model.learning.evaluation import score_file
from model.learning.evaluation.calibration import Bin
from model.learning.evaluation.scorecard import Digits, Drawn, Refusal, Scorecard
from model.reading.reader import SHIPPED, Reader, sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder without a scorecard."""
    copy = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (copy / "score.json").unlink()
    return copy


def read(name: str, accuracy: float = 0.9) -> Digits:
    return Digits(
        name=name,
        images=10,
        accuracy=accuracy,
        interval=(0.5, 0.99),
        by_digit=(1.0, None) * 5,
        confusions=((9, 4, 1),),
        refused=0.0,
        calibration_error=0.1,
        reliability=(Bin(0.9, 1.0, 10, 0.95, accuracy),),
    )


def card(folder: Path, *drawn: Digits, junk: tuple[str, ...] = ()) -> Scorecard:
    return Scorecard(
        version="x-1",
        network=sha256(folder / "network.tflite"),
        measured="2026-11-21",
        parameters=None,
        size=1,
        milliseconds=0.1,
        refuses=True,
        test=read("MNIST"),
        drawn=tuple(Drawn(each, ()) for each in drawn),
        refusal=tuple(Refusal(name, 1, (), ()) for name in junk),
    )


def test_what_is_kept_comes_back(folder: Path) -> None:
    files = set(folder.iterdir())
    kept = card(folder, read("pen"), junk=("letters",))
    assert score_file.save(folder, kept) == kept
    assert score_file.load(folder) == kept
    assert {path.name for path in set(folder.iterdir()) - files} == {"score.json"}


def test_there_is_none_where_none_was_measured_or_it_is_damaged(folder: Path) -> None:
    assert score_file.load(folder) is None
    score_file.save(folder, card(folder))
    content = (folder / "score.json").read_text()
    for damaged in (content[:-20], "[]", content.replace('"images": 10', '"images": "ten"')):
        (folder / "score.json").write_text(damaged)
        assert score_file.load(folder) is None


def test_the_card_of_another_network_is_none(folder: Path) -> None:
    score_file.save(folder, card(folder, read("pen")))
    with (folder / "network.tflite").open("ab") as network:
        network.write(b"x")
    assert score_file.load(folder) is None
    # Nor does anything of it get onto the new network's.
    assert score_file.save(folder, card(folder)).drawn == ()


def test_sets_that_were_measured_earlier_stay(folder: Path) -> None:
    score_file.save(folder, card(folder, read("pen", 0.5), read("own"), junk=("letters",)))
    again = replace(card(folder, read("pen", 0.7), junk=("signs",)), measured="2026-12-01")
    kept = score_file.save(folder, again)
    assert kept == score_file.load(folder)
    assert [(p.digits.name, p.digits.accuracy) for p in kept.drawn] == [("pen", 0.7), ("own", 0.9)]
    assert [part.name for part in kept.refusal] == ["signs", "letters"]
    assert kept.measured == "2026-12-01"


def test_a_card_that_cannot_be_written_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = score_file.save(folder, card(folder, read("pen")))

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        score_file.save(folder, replace(old, version="y-1"))
    monkeypatch.undo()
    assert score_file.load(folder) == old
    assert not list(folder.glob(".*"))


def test_the_shipped_network_comes_with_its_own_scorecard() -> None:
    """Whoever changes the network measures it again: `python -m model score` with the sets."""
    shipped = score_file.load(SHIPPED)
    assert shipped is not None
    assert shipped.version == Reader().version
    assert shipped.test.name == "MNIST"
    assert shipped.drawn
    assert shipped.refusal

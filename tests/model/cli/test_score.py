"""`python -m model score`: a table, JSON, a picture, and a sentence for what cannot be scored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from model.__main__ import main
from model.learning.evaluation import score_file
from model.learning.recipes import find
from model.reading.reader import SHIPPED, Reader
from model.service.database.store import Store
from model.service.home import Home
from tests.support.digits import DIGITS
from tests.support.pictures import drawn_on_paper
from tests.support.strokes_file import write


@pytest.fixture
def stroke_sets(tmp_path: Path) -> tuple[Path, Path]:
    """Ten drawn digits, and two drawings that are none."""
    crosses = [[[(0.0, 0.0), (1.0, 1.0)], [(1.0, 0.0), (0.0, 1.0)]]] * 2
    return (
        write(tmp_path / "drawn.npz", list(DIGITS.values()), list(DIGITS)),
        write(tmp_path / "crosses.npz", crosses, ["Latin/X", "Latin/x"]),
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network without a scorecard."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "own"))
    (folder / "score.json").unlink()
    return folder


def test_score_prints_a_table_or_json_and_draws_the_diagram(
    tmp_path: Path,
    stroke_sets: tuple[Path, Path],
    model: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    drawn, crosses = map(str, stroke_sets)
    diagram = tmp_path / "reliability.png"
    sheet = tmp_path / "errors.png"
    own = ["score", "--model", str(model), "--data", "strokes:60"]
    sets = ["--strokes", drawn, "--not-digits", crosses, "--pictures", "2"]
    pictures = ["--reliability", str(diagram), "--errors", str(sheet)]
    assert main([*own, *sets, "--json", *pictures]) == 0
    said = capfd.readouterr()
    card = json.loads(said.out)
    assert "drawing 70 digits" in said.err
    assert card["version"] == Reader().version
    assert (card["test"]["images"], card["drawn"][0]["digits"]["images"]) == (10, 10)
    assert card["drawn"][0]["changed"][0]["images"] == 2
    assert card["refusal"][0]["kinds"] == [{"name": "Latin", "drawings": 2, "refused": 1.0}]
    with Image.open(diagram) as picture:
        assert picture.width > 1.5 * picture.height  # one for each set of digits

    assert "drawn.npz: 0 of 10 misread" in said.err
    assert sheet.stat().st_size > 1_000
    # It is kept beside the network, every figure of it.
    assert json.loads((model / "score.json").read_text()) == card

    # Without a set of anybody's, built-in drawings are read; what was measured before stays.
    assert main([*own, "--pictures", "1"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == card["version"]
    assert any(line.startswith("built-in strokes, 10 test digits") for line in lines)
    assert any(line.startswith("built-in strokes, 2,000 drawn digits") for line in lines)
    assert any(line.startswith("built-in strokes, 550 non-digits") for line in lines)
    kept = score_file.load(model)
    assert kept is not None
    assert [part.digits.name for part in kept.drawn] == ["built-in strokes", "drawn.npz"]


def test_the_network_of_a_run_is_scored_by_its_name(
    tmp_path: Path,
    stroke_sets: tuple[Path, Path],
    model: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SKETCHPAD_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    store = Store.open(home.database)
    for learned in (True, False):
        run = store.add("sprint", find("sprint").settings(), "mnist", origin="x", worker="w")
        store.finish(
            run, "finished" if learned else "failed", "", {"accuracy": 0.9} if learned else None
        )
    store.close()
    shutil.copytree(model, home.version("sprint-1"))
    read = ["--data", "strokes:60", "--strokes", str(stroke_sets[0]), "--pictures", "1"]
    assert main(["score", "sprint-1", *read]) == 0
    assert score_file.load(home.version("sprint-1")) is not None
    assert score_file.load(model) is None
    capfd.readouterr()
    assert main(["score", "sprint-2", *read]) == 1
    assert "sprint-2 has no network" in capfd.readouterr().err
    assert main(["score", "sprint-3", *read]) == 1
    assert "There is no run 'sprint-3'" in capfd.readouterr().err


def test_a_scorecard_that_cannot_be_kept_is_printed_all_the_same(
    stroke_sets: tuple[Path, Path],
    model: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(score_file, "save", refuse)
    read = ["--data", "strokes:60", "--strokes", str(stroke_sets[0]), "--pictures", "1"]
    assert main(["score", "--model", str(model), *read]) == 0
    said = capfd.readouterr()
    assert "the scorecard is not saved: Read-only file system" in said.err
    assert "accuracy  " in said.out


def test_score_of_what_cannot_be_scored(
    tmp_path: Path,
    stroke_sets: tuple[Path, Path],
    model: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    drawn, crosses = stroke_sets
    own = ["--model", str(model), "--data", "strokes:60"]

    def refused(*arguments: object) -> str:
        assert main(["score", *own, *map(str, arguments)]) == 1
        return capfd.readouterr().err.splitlines()[-1]

    absent = tmp_path / "absent.npz"
    assert "absent.npz: that file is missing" in refused("--strokes", absent)
    assert "crosses.npz is not a set of digits" in refused("--strokes", crosses)
    assert "at least 1, received 0" in refused("--pictures", 0)
    (tmp_path / "file").touch()
    for picture in ("--reliability", "--errors"):
        unwritable = tmp_path / "file" / "x.png"
        assert "x.png cannot be written" in refused("--strokes", drawn, picture, unwritable)
    assert score_file.load(model) is None


def test_read_says_of_what_is_no_digit_that_it_is_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a threshold under which nothing passes."""
    model = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    card = json.loads((model / "card.json").read_text())
    card["refusal"]["threshold"] = -1000
    (model / "card.json").write_text(json.dumps(card))
    drawn_on_paper(7).save(tmp_path / "seven.png")
    assert main(["read", str(tmp_path / "seven.png"), "--model", str(model)]) == 0
    assert capfd.readouterr().out.endswith("seven.png: not a digit (best guess 7)\n")

"""`python -m model score`: a table, JSON, a picture, and a sentence for what cannot be scored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from model.__main__ import main
from model.reading.reader import Reader
from tests.digits import DIGITS
from tests.pictures import drawn_on_paper
from tests.strokes_file import write


@pytest.fixture
def stroke_sets(tmp_path: Path) -> tuple[Path, Path]:
    """Ten drawn digits, and two drawings that are none."""
    crosses = [[[(0.0, 0.0), (1.0, 1.0)], [(1.0, 0.0), (0.0, 1.0)]]] * 2
    return (
        write(tmp_path / "drawn.npz", list(DIGITS.values()), list(DIGITS)),
        write(tmp_path / "crosses.npz", crosses, ["Latin/X", "Latin/x"]),
    )


def test_score_prints_a_table_or_json_and_draws_the_diagram(
    tmp_path: Path, stroke_sets: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    drawn, crosses = map(str, stroke_sets)
    diagram = tmp_path / "reliability.png"
    sets = ["--data", "strokes:60", "--strokes", drawn, "--not-digits", crosses, "--pictures", "2"]
    assert main(["score", *sets, "--json", "--reliability", str(diagram)]) == 0
    said = capfd.readouterr()
    card = json.loads(said.out)
    assert "drawing 70 digits" in said.err
    assert card["version"] == Reader().version
    assert (card["test"]["images"], card["drawn"][0]["digits"]["images"]) == (10, 10)
    assert card["drawn"][0]["changed"][0]["images"] == 2
    assert card["refusal"][0]["kinds"] == [{"name": "Latin", "drawings": 2, "refused": 0.0}]
    with Image.open(diagram) as picture:
        assert picture.width > 1.5 * picture.height  # one for each set of digits

    assert main(["score", *sets[:2]]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == card["version"]
    assert any(line.startswith("built-in strokes, 10 test digits") for line in lines)


def test_score_of_what_cannot_be_scored(
    tmp_path: Path, stroke_sets: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: object) -> str:
        assert main(["score", "--data", "strokes:60", *map(str, arguments)]) == 1
        return capfd.readouterr().err.splitlines()[-1]

    _, crosses = stroke_sets
    absent = tmp_path / "absent.npz"
    assert "absent.npz: that file is missing" in refused("--strokes", absent)
    assert "crosses.npz is no set of digits" in refused("--strokes", crosses)
    assert "at least 1, received 0" in refused("--pictures", 0)
    (tmp_path / "file").touch()
    assert "x.png cannot be written" in refused("--reliability", tmp_path / "file" / "x.png")


def test_read_says_of_what_is_no_digit_that_it_is_none(
    tmp_path: Path, refusing_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a threshold under which nothing passes."""
    model = Path(shutil.copytree(refusing_model, tmp_path / "model"))
    card = json.loads((model / "card.json").read_text())
    card["refusal"]["threshold"] = -1000
    (model / "card.json").write_text(json.dumps(card))
    drawn_on_paper(7).save(tmp_path / "seven.png")
    assert main(["read", str(tmp_path / "seven.png"), "--model", str(model)]) == 0
    assert capfd.readouterr().out.endswith("seven.png: not a digit (best guess 7)\n")

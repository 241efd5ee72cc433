"""`python -m model`: trains, evaluates and reads for real; each error is one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.__main__ import MODULES, main
from model.cli.arguments import EXPORT_FORMATS
from model.cli.train import STOPPING
from model.learning.recipes import RECIPES
from model.reading.reader import Reader
from model.service.database.store import Store
from model.service.home import Home
from model.service.versions import FORMATS
from tests.model.cli.conftest import picture, train
from tests.model.service.history import learned
from tests.support.digits import DIGITS
from tests.support.number_line import on_paper, side_by_side
from tests.support.serving import command
from tests.support.strokes_file import write

ROOT = Path(__file__).parents[3]
PICTURES = ("digits.png", "curves.png", "guesses.png")
MODEL = ("network.keras", "network.tflite", "card.json")


def test_train_shows_and_saves_everything(
    tmp_path: Path, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    settings = ("--epochs", 12, "--batch-size", 8, "--learning-rate", 0.002, "--seed", 5)
    arguments = train(data, "--recipe", "compact", *settings, "--out", out)
    assert main([*arguments, "--validation-share", "0.25"]) == 0
    said = capfd.readouterr().out
    assert {path.name for path in out.iterdir()} == {*PICTURES, *MODEL}
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert card["settings"] == {
        "epochs": 12,
        "batch_size": 8,
        "learning_rate": 0.002,
        "validation_share": 0.25,
        "optimizer": "adam",
        "dropout": None,
        "shift": 0.0,
        "rotation": 0.0,
    }
    assert card["seed"] == 5
    assert card["version"] == "compact-1"
    # The progress bar, a line for each epoch, and where the pictures are.
    assert "8/8" in said
    for epoch in card["history"]:
        assert f"epoch {epoch['epoch']} of 12: loss {epoch['loss']:.4f}, accuracy" in said
    assert all(str(out / name) in said for name in PICTURES)
    assert f"test accuracy {card['test_accuracy']:.2%}" in said

    assert main(["evaluate", "--model", str(out), "--data", str(data)]) == 0
    said = capfd.readouterr().out
    assert f"accuracy {card['test_accuracy']:.2%}" in said
    assert "of 70;" in said

    assert main(train(data, "--recipe", "compact", "--out", out)) == 1
    assert "already contains a model" in capfd.readouterr().err


def test_runs_are_listed_put_in_use_rolled_back_and_exported(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("MNIST_PATH", str(data))
    home = Home(tmp_path / "home")
    store = Store.open(home.database)
    learned(store, home, "compact")
    store.close()
    assert main(["train", "--recipe", "compact", "--epochs", "1", "--show"]) == 0
    assert capfd.readouterr().out.count("no picture viewer found here") == 3
    assert Reader(home.version("compact-2")).version == "compact-2"

    def said(*arguments: object) -> str:
        assert main(list(map(str, arguments))) == 0
        return capfd.readouterr().out

    listed = said("runs").splitlines()
    assert [line.split()[:2] for line in listed[1:3]] == [
        ["compact-2", "finished"],
        ["compact-1", "finished"],
    ]
    assert said("promote", "compact-1") == "live: compact-1\n"
    assert said("promote", "compact-2") == "live: compact-2\n"
    assert said("rollback") == "live: compact-1\n"
    assert said("runs").splitlines()[-1] == "live: compact-1"
    assert said("rollback").startswith(f"live: {Reader().version}")
    for kind in ("keras", "tflite", "onnx"):
        out = tmp_path / f"network.{kind}"
        assert "saved compact-2" in said("export", "compact-2", "--format", kind, "--out", out)
        assert out.stat().st_size > 10_000


def test_ctrl_c_stops_and_keeps_what_was_learned(tmp_path: Path) -> None:
    """Of built-in strokes, which need no file, and of somebody's drawings."""
    out = tmp_path / "out"
    mine = write(tmp_path / "mine.npz", [DIGITS[3], DIGITS[7], DIGITS[4]], ["3", "7", "a/A"])
    chosen = ["--recipe", "compact", "--epochs", "1000", "--data", "strokes:600"]
    process = command("train", *chosen, "--drawings", str(mine), "--out", str(out))
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "epoch 2 of 1000" in line:
            break
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate()
    assert process.returncode == 0
    assert errors.strip() == STOPPING, "TensorFlow and LiteRT are quiet"
    assert "600 training and 100 test digits" in printed
    assert "mine.npz: 2 digits and 1 other drawings" in printed
    assert "stopped: what was learned so far is kept" in said
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert card["stopped"] is True
    assert 2 <= len(card["history"]) < 1000
    assert Reader(out).version == card["version"]
    # Each digit with two pens; ten outputs have no use for the A.
    assert card["trained_on"] == "built-in strokes, drawings of mine.npz, 604 images"
    assert card["test_accuracy"] > 0.3
    with closing(Store.open(Home(tmp_path / "home").database)) as store:
        assert store.run(card["version"]).drawings == [str(mine)], "it is resumed with them"


def test_missing_drawings_are_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    missing = ["--drawings", str(tmp_path / "none.npz")]
    assert main(["train", "--recipe", "compact", "--data", "strokes:600", *missing]) == 1
    assert "that file is missing" in capfd.readouterr().err


def loaded_by(*commands: list[str]) -> tuple[set[str], str]:
    """What a fresh process loads that runs these commands, and what it prints as errors."""
    code = f"""
import sys
from model.__main__ import MODULES, main
from model.cli.arguments import EXPORT_FORMATS
for command in {commands!r}:
    try:
        assert main(command) == 0
    except SystemExit as end:
        assert end.code == 0
print("loaded", *sys.modules)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split("loaded ")[1].split()}, done.stderr


def test_a_command_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    large = {"tensorflow", "keras", "sklearn", "matplotlib", "gradio", "sqlalchemy", "pydantic"}
    loaded, _ = loaded_by([], ["train", "--help"], ["score", "--help"], ["recipes"])
    assert loaded & (large | {"numpy", "ai_edge_litert"}) == set()
    loaded, errors = loaded_by(["read", str(picture(tmp_path / "seven.png", 7))])
    assert loaded & large == set()
    assert errors == "", "LiteRT is quiet"


def test_recipes_names_each_with_its_parameters(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    said = capfd.readouterr().out
    assert all(f"{name}: " in said for name in RECIPES)
    assert "dropout: 34,826 parameters" in said
    assert "30% of the training images held out" in said


def test_read_prints_each_digit_or_number_with_its_confidence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = [picture(tmp_path / f"{digit}.png", digit) for digit in range(10)]
    number = side_by_side([[np.array(s) for s in DIGITS[digit]] for digit in (3, 5, 7, 1)], 0.2)
    on_paper(number).save(tmp_path / "number.png")
    assert main(["read", *map(str, files), str(tmp_path / "number.png")]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [*map(str, range(10)), "3571"]
    assert all(line.endswith("%") for line in lines)


def test_read_continues_after_an_unreadable_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.png").write_text("not a picture")
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    three = picture(tmp_path / "three.png", 3)
    files = [tmp_path / "absent.png", tmp_path / "notes.png", tmp_path, tmp_path / "blank.png"]
    assert main(["read", *map(str, files), str(three)]) == 1
    said = capfd.readouterr()
    assert f"{tmp_path / 'blank.png'}: nothing drawn" in said.out
    assert f"{three}: 3" in said.out
    for name in files[:3]:
        assert f"{name}: " in said.err
    assert "Traceback" not in said.err


def test_without_a_command_the_commands_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = [line.split(maxsplit=1) for line in capfd.readouterr().out.splitlines() if line]
    described = {line[0]: line[1] for line in lines if len(line) == 2}
    for name in MODULES:
        assert len(described.get(name, "")) > 10, name


def test_every_format_of_a_version_can_be_exported() -> None:
    assert EXPORT_FORMATS == FORMATS


@pytest.mark.skipif(os.name == "nt", reason="pipes of a POSIX shell")
def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "model", "recipes"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait() == 1
    assert errors == b""


def test_the_shipped_network_reads_mnist_as_its_card_says(
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = os.environ.get("MNIST_PATH")
    if not path:
        pytest.skip("needs MNIST: set MNIST_PATH to a local mnist.npz")
    assert main(["evaluate", "--data", path]) == 0
    claimed = Reader().card["test_accuracy"]
    assert claimed > 0.985
    assert f"accuracy {claimed:.2%}" in capfd.readouterr().out

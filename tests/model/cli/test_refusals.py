"""Commands that cannot be carried out: each error is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.__main__ import main
from tests.model.cli.conftest import Refused, train


def test_impossible_commands_on_runs(refused: Refused) -> None:
    for arguments, reason in (
        (("promote", "compact-9"), "no run 'compact-9'"),
        (("promote", "../../etc"), "no run '../../etc'"),
        (("export", "compact-9"), "no run 'compact-9'"),
        (("rollback",), "Nothing to roll back to"),
        (("runs", "--database", "nonsense"), "not a database URL"),
        (("runs", "--database", "sqlite:////nowhere/at/all.db"), "cannot be used"),
        (("runs", "--database", "oracle://x"), "needs the Python package oracledb"),
    ):
        assert reason in refused(*arguments), arguments


def test_an_invalid_number_of_strokes(refused: Refused) -> None:
    for number in ("0", "-5", "many", "99999999"):
        said = refused("train", "--recipe", "compact", "--data", f"strokes:{number}")
        assert number in said, number


def test_invalid_settings_of_a_run(data: Path, refused: Refused) -> None:
    for setting, value, rule in (
        ("--epochs", 0, "epochs must be between 1 and 1,000, received 0"),
        ("--batch-size", 5000, "batch size must be between 1 and 4,096, received 5000"),
        ("--learning-rate", "nan", "learning rate must be a finite number above 0, received nan"),
        (
            "--validation-share",
            1.5,
            "validation share must be at least 0 and below 1, received 1.5",
        ),
        ("--seed", -1, "seed must be between 0 and 4,294,967,295, received -1"),
    ):
        said = refused(*train(data, "--recipe", "basic", setting, value))
        assert said.endswith(rule), setting


def test_invalid_settings_in_the_environment(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "backup.zip"
    commands = (
        ("train", "--recipe", "compact", "--data", "strokes:600"),
        ("sweep", "--recipe", "compact", "--data", "strokes:600"),
        ("score", "compact-1", "--data", "strokes:600"),
        ("runs",),
        ("promote", "compact-1"),
        ("rollback",),
        ("export", "compact-1"),
        ("backup", archive),
        ("restore", archive),
    )
    invalid = {
        "PORT": "abc",
        "SHARE": "perhaps",
        "OPEN_TRAINING": "perhaps",
        "VISITOR_EPOCHS": "0",
        "DISK": "-1",
        "PROXIES": "nobody",
        "ROOT_PATH": "a b",
        "LOG_FORMAT": "xml",
    }
    for name, value in invalid.items():
        with monkeypatch.context() as environment:
            environment.setenv(f"SKETCHPAD_{name}", value)
            for arguments in commands if name == "PORT" else commands[1:4]:
                said = refused(*arguments)
                assert said.startswith(f"python -m model: SKETCHPAD_{name}: "), (name, arguments)
                assert said.endswith(f"received {value!r}"), (name, arguments)


def test_digits_that_are_not_there(tmp_path: Path, refused: Refused) -> None:
    out = tmp_path / "out"
    absent = refused(*train(tmp_path / "absent.npz", "--recipe", "basic", "--out", out))
    assert "absent.npz: that file is missing" in absent
    (tmp_path / "notes.txt").write_text("not digits")
    wrong = refused("evaluate", "--data", tmp_path / "notes.txt")
    assert "damaged or not MNIST" in wrong
    assert not out.exists()


def test_models_that_are_not_there(tmp_path: Path, data: Path, refused: Refused) -> None:
    assert "card.json is missing" in refused("evaluate", "--model", tmp_path, "--data", data)
    (tmp_path / "card.json").write_text('{"version": "x"}')
    (tmp_path / "network.tflite").write_bytes(b"no network")
    assert "network.tflite is damaged" in refused("read", "x.png", "--model", tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path, data: Path, refused: Refused) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        said = refused(*train(data, "--recipe", "compact", "--out", out))
        assert f"{out} cannot be written: " in said


def test_a_run_that_diverges(tmp_path: Path, data: Path, refused: Refused) -> None:
    arguments = ("--recipe", "compact", "--learning-rate", "1e30", "--out", tmp_path / "out")
    said = refused(*train(data, *arguments))
    assert "the loss became" in said
    assert not any(
        (tmp_path / "out" / name).exists()
        for name in ("network.keras", "network.tflite", "card.json")
    )


def test_usage_errors_exit_with_2(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["train"], ["train", "--recipe", "resnet"], ["read"], ["unknown"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2, arguments
        assert "usage: python -m model" in capfd.readouterr().err, arguments

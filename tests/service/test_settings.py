"""Settings from arguments and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.service.settings import Settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SKETCHPAD_{name.upper()}", raising=False)


def test_defaults_serve_this_machine_only() -> None:
    settings = Settings.load([])
    assert (settings.host, settings.port, settings.share) == ("127.0.0.1", 7860, False)


def test_home_is_a_real_folder_name() -> None:
    assert Settings.load([]).home == Path.home() / ".digit-sketchpad"


def test_environment_counts_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPAD_PORT", "9000")
    assert Settings.load([]).port == 9000
    assert Settings.load(["--port", "8000"]).port == 8000


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPAD_MODEL", "")
    assert Settings.load([]).model == Settings.model_fields["model"].default


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "7860.5"])
def test_a_port_that_is_none_is_named_with_its_value(value: str) -> None:
    with pytest.raises(ValueError, match=rf"port: .*received '{value}'"):
        Settings.load(["--port", value])

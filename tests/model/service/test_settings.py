"""Settings from arguments and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.service import settings as module
from model.service.settings import Settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SKETCHPAD_{name.upper()}", raising=False)
    monkeypatch.delenv("SPACE_ID", raising=False)


def test_defaults_serve_this_machine_only() -> None:
    settings = Settings.load([])
    assert (settings.host, settings.port, settings.share) == ("127.0.0.1", 7860, False)


def test_home_is_a_real_folder_name() -> None:
    assert Settings.load([]).home == Path.home() / ".digit-sketchpad"


def test_arguments_override_environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPAD_PORT", "9000")
    assert Settings.load([]).port == 9000
    assert Settings.load(["--port", "8000"]).port == 8000


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPAD_MODEL", "")
    assert Settings.load([]).model == Settings.model_fields["model"].default


def refused(setting: str, value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        pytest.fail(f"--{setting} {value!r}: {Settings.load([f'--{setting}', value])}")


def test_invalid_values_are_refused_and_shown() -> None:
    for value in ("0", "65536", "-1", "http", "7860.5"):
        refused("port", value, rf"port: .*received '{value}'")
    for value in ("digits", "//host/x", "/a b", "/a?b", "/<script>", "ftp://a/b"):
        refused("root-path", value, r"root_path: .*such as /digits, .*received")
    for value in ("localhost", "10.0.0.0/33", "1.2.3.4,"):
        refused("proxies", value, r"proxies: .*addresses")


def test_a_root_path_is_a_path_or_an_address() -> None:
    rows = {
        "": "", "/": "", "/digits": "/digits", "/a/b.c/": "/a/b.c", "http://[::1]": "http://[::1]",
        "https://host.org:8443/digits/": "https://host.org:8443/digits",
    }  # fmt: skip
    for given, kept in rows.items():
        assert Settings.load(["--root-path", given]).root_path == kept, given


def test_a_space_is_served_to_everyone_from_its_lasting_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path)
    settings = Settings.load([])
    assert (settings.host, settings.home) == ("0.0.0.0", tmp_path / "digit-sketchpad")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path / "nowhere")
    assert Settings.load([]).home == Path.home() / ".digit-sketchpad"


def test_on_a_space_visitors_cannot_forge_their_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setenv("SPACE_HOST", "somebody-digits.hf.space")
    settings = Settings.load([])
    assert "*" not in settings.proxies
    assert settings.public_url == "https://somebody-digits.hf.space/"


def test_the_address_for_others() -> None:
    rows = {
        "": "http://127.0.0.1:7860/",
        "--host ::1 --port 1": "http://[::1]:1/",
        "--host 0.0.0.0": "http://127.0.0.1:7860/",
        "--root-path /digits": "http://127.0.0.1:7860/digits/",
        "--root-path https://host.org/digits": "https://host.org/digits/",
    }
    for arguments, url in rows.items():
        assert Settings.load(arguments.split()).public_url == url, arguments


def test_a_key_is_not_taken_from_the_command_line() -> None:
    with pytest.raises(ValueError, match="in the environment"):
        Settings.load(["--owner-key", "secret"])


def test_settings_made_on_a_space_are_not_overruled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setenv("SKETCHPAD_HOST", "127.0.0.2")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path)
    settings = Settings.load(["--home", str(tmp_path / "mine")])
    assert (settings.host, settings.home) == ("127.0.0.2", tmp_path / "mine")

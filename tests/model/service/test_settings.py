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


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("/", ""), ("/digits", "/digits"), ("/a/b.c/", "/a/b.c"),
     ("https://host.org:8443/digits/", "https://host.org:8443/digits"), ("http://[::1]", "http://[::1]")],
)  # fmt: skip
def test_a_root_path_is_a_path_or_an_address(given: str, kept: str) -> None:
    assert Settings.load(["--root-path", given]).root_path == kept


@pytest.mark.parametrize("given", ["digits", "//host/x", "/a b", "/a?b", "/<script>", "ftp://a/b"])
def test_what_is_neither_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"root_path: .*such as /digits, .*received"):
        Settings.load(["--root-path", given])


def test_a_space_is_served_to_everyone_from_its_lasting_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path)
    settings = Settings.load([])
    assert (settings.host, settings.home) == ("0.0.0.0", tmp_path / "digit-sketchpad")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path / "nowhere")
    assert Settings.load([]).home == Path.home() / ".digit-sketchpad"


def test_on_a_space_a_visitor_does_not_choose_their_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setenv("SPACE_HOST", "somebody-digits.hf.space")
    settings = Settings.load([])
    assert "*" not in settings.proxies
    assert settings.public_url == "https://somebody-digits.hf.space/"


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ([], "http://127.0.0.1:7860/"),
        (["--host", "::1", "--port", "1"], "http://[::1]:1/"),
        (["--host", "0.0.0.0"], "http://127.0.0.1:7860/"),
        (["--root-path", "/digits"], "http://127.0.0.1:7860/digits/"),
        (["--root-path", "https://host.org/digits"], "https://host.org/digits/"),
    ],
)
def test_where_others_see_the_page(arguments: list[str], url: str) -> None:
    assert Settings.load(arguments).public_url == url


@pytest.mark.parametrize("given", ["localhost", "10.0.0.0/33", "1.2.3.4,"])
def test_proxies_that_are_no_addresses(given: str) -> None:
    with pytest.raises(ValueError, match=r"proxies: .*addresses"):
        Settings.load(["--proxies", given])


def test_a_key_is_not_taken_from_the_command_line() -> None:
    with pytest.raises(ValueError, match="in the environment"):
        Settings.load(["--owner-key", "secret"])


def test_what_is_chosen_on_a_space_is_not_overruled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/digits")
    monkeypatch.setenv("SKETCHPAD_HOST", "127.0.0.2")
    monkeypatch.setattr(module, "SPACE_DISK", tmp_path)
    settings = Settings.load(["--home", str(tmp_path / "mine")])
    assert (settings.host, settings.home) == ("127.0.0.2", tmp_path / "mine")

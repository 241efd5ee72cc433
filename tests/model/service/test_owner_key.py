"""The owner's key: kept, shared by copies, never shown by accident."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from model.service.owner_key import OwnerKey


def test_it_outlives_the_app_and_is_the_owners_alone_to_read(tmp_path: Path) -> None:
    key = OwnerKey.kept_in(tmp_path)
    assert OwnerKey.kept_in(tmp_path).text == key.text
    assert len(key.text) >= 32
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.unlink()
    assert OwnerKey.kept_in(tmp_path).text != key.text


def kept(folder: Path) -> str:
    return OwnerKey.kept_in(folder).text


def test_copies_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(kept, [tmp_path] * 32))) == 1


def test_it_is_never_printed_with_what_holds_it() -> None:
    key = OwnerKey("a secret of somebody's")
    assert "secret" not in f"{key} {key!r} {[key]}"
    assert "secret" not in key.token + key.cookie


def test_it_knows_itself_and_its_token_only() -> None:
    key = OwnerKey("a secret of somebody's")
    assert key.opens("a secret of somebody's")
    assert not any(map(key.opens, ("", "a secret", key.token, "ü", "\ud800")))
    assert key.knows(key.token)
    assert not any(map(key.knows, ("", key.text, key.token[1:], "ü")))


def test_a_key_that_is_too_short() -> None:
    for text in ("", "short", "x" * 11):
        with pytest.raises(ValueError, match="at least 12 characters"):
            pytest.fail(f"{text!r} became {OwnerKey(text)}")


def test_a_file_that_holds_no_key(tmp_path: Path) -> None:
    (tmp_path / "owner.key").write_text("")
    with pytest.raises(ValueError, match="at least 12 characters"):
        OwnerKey.kept_in(tmp_path)

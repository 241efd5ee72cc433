"""The owner's key: kept, shared by copies, never shown by accident."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from model.service.owner_key import OwnerKey


def test_the_key_outlives_the_app_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    key = OwnerKey.kept_in(tmp_path)
    assert OwnerKey.kept_in(tmp_path).text == key.text
    assert len(key.text) >= 32
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.unlink()
    assert OwnerKey.kept_in(tmp_path).text != key.text


def kept(folder: Path) -> str:
    return OwnerKey.kept_in(folder).text


def test_copies_started_at_once_share_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(kept, [tmp_path] * 32))) == 1


def test_the_key_is_never_printed() -> None:
    key = OwnerKey("a secret of somebody's")
    assert "secret" not in f"{key} {key!r} {[key]}"
    assert "secret" not in key.token + key.cookie


def test_only_the_key_and_its_token_are_accepted() -> None:
    key = OwnerKey("a secret of somebody's")
    assert key.opens("a secret of somebody's")
    assert not any(map(key.opens, ("", "a secret", key.token, "ü", "\ud800")))
    assert key.knows(key.token)
    assert not any(map(key.knows, ("", key.text, key.token[1:], "ü")))


def test_a_short_key_is_refused() -> None:
    for text in ("", "short", "x" * 11):
        with pytest.raises(ValueError, match="at least 12 characters"):
            pytest.fail(f"{text!r} became {OwnerKey(text)}")


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "owner.key").write_text("")
    with pytest.raises(ValueError, match="at least 12 characters"):
        OwnerKey.kept_in(tmp_path)

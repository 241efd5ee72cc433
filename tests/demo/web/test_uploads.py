"""The folder of uploads by itself: what takes too long over HTTP, or needs a smaller folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from demo.web import uploads
from demo.web.uploads import (
    FILE_BYTES,
    MAX_UPLOADS_BYTES,
    PUSHED_OUT,
    Receiver,
    UploadError,
    Uploads,
    file_of,
)

BOUNDARY = "b0undary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
END = f"\r\n--{BOUNDARY}--\r\n"


def receive(folder: Uploads, content: bytes) -> str:
    receiver = Receiver(folder, FORM)
    try:
        receiver.write(HEAD.encode() + content + END.encode())
        return receiver.finish()
    finally:
        receiver.close()


@pytest.fixture
def folder(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path)


def test_a_hundred_thousand_uploads_never_fill_it(folder: Uploads) -> None:
    most = MAX_UPLOADS_BYTES // FILE_BYTES
    for number in range(100_000):
        path = receive(folder, b"picture")
        if number % 10_000 == 0:
            folder.sweep()
            file = file_of(path, folder.folder)
            assert file is not None
            assert file.read_bytes() == b"picture"
            assert len(os.listdir(folder.folder)) <= most
    assert most - 100 < len(os.listdir(folder.folder)) <= most


def test_the_oldest_make_room_even_unfinished_ones(
    folder: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOADS_BYTES", 3 * FILE_BYTES + 3_000)
    slow = Receiver(folder, FORM)
    slow.write(HEAD.encode() + bytes(1_000))
    first, second, third = (receive(folder, bytes(1_000)) for _ in range(3))
    with pytest.raises(UploadError, match=PUSHED_OUT) as refusal:
        slow.write(bytes(1_000))
    assert refusal.value.status == 507
    slow.close()
    for path in (first, second, third):
        assert (folder.folder / path.removeprefix("uploads/")).exists(), path
    receive(folder, bytes(2_000))
    left = {file.name for file in folder.folder.iterdir()}
    assert third.removeprefix("uploads/") in left
    assert len(left) == 2


def test_copies_of_the_app_count_each_others_files(
    folder: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOADS_BYTES", 10 * (FILE_BYTES + 1_000))
    other = Uploads(folder.folder)
    for _ in range(9):
        receive(folder, bytes(1_000))
    other.sweep()
    for _ in range(9):
        receive(other, bytes(1_000))
    assert len(list(folder.folder.iterdir())) == 10
    folder.sweep()
    receive(folder, bytes(1_000))
    assert len(list(folder.folder.iterdir())) == 10


def test_files_of_any_age_but_young_are_deleted(folder: Uploads) -> None:
    ages: dict[float, bool] = {0: True, 500: True, 600: False, 6_000: False, -30: True, -600: False}
    for age, is_kept in ages.items():
        file = folder.folder / "file"
        file.touch()
        made = time.time() - age
        os.utime(file, (made, made))
        folder.sweep()
        assert file.exists() == is_kept, age


def test_a_body_may_come_byte_by_byte(folder: Uploads) -> None:
    receiver = Receiver(folder, FORM)
    for byte in (HEAD + "a\r\n--b" + END).encode():
        receiver.write(bytes([byte]))
    file = file_of(receiver.finish(), folder.folder)
    receiver.close()
    assert file is not None
    assert file.read_bytes() == b"a\r\n--b"

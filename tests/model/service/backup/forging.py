"""Edits an extracted backup and packs it again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.reading.reader import Reader, check
from tests.model.service.history import write_card

Change = Callable[[Path], None]
"""Edits an extracted backup."""


def packed(folder: Path, *, sums: bool = True, method: int = zipfile.ZIP_STORED) -> Path:
    """The folder as an archive, with correct sums in its manifest if it has a valid one."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        sums = sums and isinstance(manifest, dict)
    except (FileNotFoundError, RecursionError):
        sums = False
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    if sums:
        manifest["files"] = {
            name: {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
            for name, path in zip(names, paths, strict=True)
            if name != "manifest.json"
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", method) as made:
        for name, path in zip(names, paths, strict=True):
            made.write(path, name)
    return file


def check_network(folder: Path) -> None:
    """The part of the real check that needs no TensorFlow."""
    check(folder)
    Reader(folder)


def edit_manifest(**entries: Any) -> Change:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return change


def edit_row(table: str, **entries: Any) -> Change:
    """Changes a table's first row."""

    def change(folder: Path) -> None:
        path = folder / "tables" / f"{table}.jsonl"
        first, *rest = path.read_text().splitlines()
        path.write_text("\n".join([json.dumps(json.loads(first) | entries), *rest, ""]))

    return change


def write(name: str, content: bytes | str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def edit_card(**entries: Any) -> Change:
    return lambda folder: write_card(folder / "models" / "sprint-1", **entries)

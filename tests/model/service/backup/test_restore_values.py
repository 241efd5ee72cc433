"""Values out of range in the rows of a backup: each is refused by itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from model.service.backup.rows import TABLES, read
from tests.model.service.backup.test_restore_hostile import edit_row

NO_TIME = (None, True, "1", -1.0, 1e300, float("nan"), float("inf"))
NO_SHARE = (2, -0.1, "1", float("nan"))
OUT_OF_RANGE: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("runs", "id", (-1, 0, "1", 2**40, 999_999_999, 1.0)),
    ("runs", "recipe", ("../../x", "/etc", "a\0b", "a" * 101, None)),
    ("runs", "created_at", NO_TIME),
    ("runs", "queued_at", NO_TIME),
    ("runs", "started_at", NO_TIME[1:]),
    ("runs", "ended_at", NO_TIME[1:]),
    ("runs", "earlier_seconds", NO_TIME),
    ("runs", "heartbeat", (-1, 2**31, 1.5)),
    ("runs", "stop_requested", (1, None, "true")),
    ("runs", "status", ("<b>", "", "queued\n")),
    ("runs", "phase", ("a\0", "a" * 30_000, 5)),
    ("runs", "data", ("strokes:x", "strokes:-1", 5)),
    ("runs", "settings", ({}, {"epochs": "5", "batch_size": 1}, [])),
    ("runs", "result", ({"x": float("nan")}, [], {}, {"accuracy": 2}, "x")),
    ("runs", "result", ({"accuracy": 0.5, "interval": [0]}, {"accuracy": 0.5, "images": -1})),
    ("runs", "drawing", ("AAAA", "?", 5)),
    ("runs", "test_accuracy", NO_SHARE),
    ("runs", "more", (1,)),
    ("epochs", "epoch", (0, 1_001, 1.5)),
    ("epochs", "loss", (float("nan"), None, "1")),
    ("epochs", "accuracy", NO_SHARE),
    ("epochs", "val_accuracy", NO_SHARE),
    ("epochs", "seconds", NO_TIME),
    ("epochs", "probe", ([0.1] * 9, [float("inf")] * 10, "x")),
    ("points", "epoch", (0, 1_001)),
    ("points", "batch", (-1, 2**31)),
    ("points", "batches", (0, -1, None)),
    ("points", "loss", (float("inf"),)),
    ("points", "at", NO_TIME),
    ("uses", "version", ("../x", 5, "Sprint-1")),
    ("uses", "at", NO_TIME),
    ("uses", "undone", (0, None)),
)
"""Table, column, and values it must not have."""


def test_values_out_of_range_are_refused(apart: Path) -> None:
    tables = {table.name: table for table in TABLES}
    for name, column, values in OUT_OF_RANGE:
        for value in values:
            copy = Path(shutil.copytree(apart / "tables", apart / "copy" / "tables")).parent
            edit_row(name, **{column: value})(copy)
            try:
                found = list(read(copy / "tables", tables[name]))
            except ValueError as error:
                why = str(error)
                assert f"line 1 of {name}.jsonl: '{column}" in why, (name, column, value, why)
            else:
                pytest.fail(f"{name}.{column} may be {value!r}: {found[0]}")
            shutil.rmtree(copy)

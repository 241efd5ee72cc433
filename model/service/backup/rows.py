"""The rows in a backup: a line of JSON each, the same for every database, each value checked.

A column added by a migration needs a default in the schema, and a renamed one an entry in
`_OLD_NAMES`: then older backups can still be restored.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)
from sqlalchemy import Connection, Table, select

from model.learning.hyperparameters import MAX_EPOCHS, Settings
from model.service.database import schema
from model.service.home import RUN_NAME

TABLES = tuple(table for table in schema.Base.metadata.sorted_tables if table.name != "revision")
"""Each after those that it refers to; the counter of changes is every database's own."""
_STATUSES = (*schema.LIVE, *schema.RESUMABLE, schema.FINISHED, schema.DIVERGED)
_MAX_LINE = 20_000_000
"""Bytes: a hundred times a run's result."""
_OLD_NAMES = {
    "created_at": "created", "queued_at": "queued", "started_at": "started", "ended_at": "ended",
    "earlier_seconds": "before", "heartbeat": "beat", "stop_requested": "stop",
    "files_deleted": "cleared",
}  # fmt: skip
"""Of columns before the schema 0003."""

Share = Annotated[float, Field(ge=0, le=1)]
Time = Annotated[float, Field(ge=0, lt=1e11)]
"""Seconds, since 1970 or between two moments, for three thousand years."""
Count = Annotated[int, Field(ge=0, lt=2**31)]
Text = Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]
RunName = Annotated[str, Field(pattern=f"^{RUN_NAME}$")]
_Number = Annotated[int, Field(ge=1, lt=900_000_000)]
"""Leaves room for later runs: their names have at most nine figures."""


class Checked(BaseModel):
    """Takes the entries it names, of exactly their types; no number is infinite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, val_json_bytes="base64"
    )


class _Result(Checked):
    """What pages and commands read of a run's result."""

    model_config = ConfigDict(extra="allow")

    accuracy: Share
    images: Count = 0
    correct: Count = 0
    interval: tuple[Share, Share] = (0.0, 0.0)
    confusion: list[list[Count]] = []
    digits: list[dict[str, Any]] = []
    mistakes: list[dict[str, Any]] = []
    source: Text = ""
    trained_on: Count = 0
    seconds: Time = 0.0


class Card(Checked):
    """What pages show of a model card."""

    model_config = ConfigDict(extra="allow")

    version: Text
    test_accuracy: Share | None = None
    parameters: Count | None = None


class Progress(Checked):
    """Of a checkpoint, as Keras writes it."""

    epoch: Annotated[int, Field(ge=0, le=MAX_EPOCHS)]
    batch: Count


def _check_result(result: dict[str, Any]) -> dict[str, Any]:
    _Result.model_validate_json(json.dumps(result, allow_nan=False))
    return result


def _check_data(data: str) -> str:
    kind, _, count = data.partition(":")
    if kind == "strokes" and count and not (count.isascii() and count.isdigit()):
        raise ValueError(f"not a number of drawings: {count[:40]!r}")
    return data


_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("id", "run_id"), _Number),
    **dict.fromkeys(("created_at", "queued_at", "started_at", "ended_at", "at"), Time),
    **dict.fromkeys(("seconds", "earlier_seconds"), Time),
    **dict.fromkeys(("accuracy", "val_accuracy", "test_accuracy"), Share),
    **dict.fromkeys(("batch", "heartbeat"), Count),
    "batches": Annotated[Count, Field(ge=1)],
    "epoch": Annotated[int, Field(ge=1, le=MAX_EPOCHS)],
    "recipe": Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", max_length=100)],
    "settings": Settings,
    "data": Annotated[Text, AfterValidator(_check_data)],
    "drawings": Annotated[list[Text], Field(max_length=100)],
    "status": Annotated[str, Field(pattern=f"^({'|'.join(_STATUSES)})$")],
    "drawing": Annotated[bytes, Field(min_length=28 * 28, max_length=28 * 28)],
    "result": Annotated[dict[str, Any], AfterValidator(_check_result)],
    "probe": Annotated[list[float], Field(min_length=10, max_length=11)],
    "version": RunName,
}
"""Ranges of columns, whichever table has them; of others the type is enough."""


def _checking(table: Table) -> type[BaseModel]:
    """A model of the rows of a table: its columns, their types and ranges."""
    fields: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type.python_type
        kind = _COLUMNS.get(column.name, Text if kind is str else kind)
        default = ... if column.default is None else column.default.arg  # type: ignore[attr-defined]
        fields[column.name] = (kind | None if column.nullable else kind, default)
    aliases = AliasGenerator(
        validation_alias=lambda name: AliasChoices(name, _OLD_NAMES.get(name, name))
    )
    base = type("Row", (Checked,), {"model_config": ConfigDict(alias_generator=aliases)})
    return create_model(table.name, __base__=base, **fields)


_MODELS = {table: _checking(table) for table in TABLES}


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table's rows in the order of their keys, each as a line of JSON."""
    ordered = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=1_000).execute(ordered).mappings():
        plain = {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in row.items()
        }
        yield f"{json.dumps(plain)}\n".encode()


def read(folder: Path, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table out of the folder of an extracted backup.

    Raises:
        ValueError: an invalid row, or two with one key; the message names file and line.
        OSError: the file cannot be read.
    """
    path, last = folder / f"{table.name}.jsonl", (0,)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE + 1), b""), 1):
            try:
                if len(line) > _MAX_LINE:
                    raise ValueError("it is too long")
                row = _MODELS[table].model_validate_json(line, strict=True).model_dump()
                key = tuple(row[column.name] for column in table.primary_key)
                if key <= last:
                    raise ValueError(f"its key {key} does not follow {last}")
                if "batches" in row and row["batch"] > row["batches"]:
                    raise ValueError(f"it is batch {row['batch']} of {row['batches']}")
            except ValueError as error:
                raise ValueError(f"line {number} of {path.name}: {problem_of(error)}") from error
            last = key
            yield row


def problem_of(error: Exception) -> str:
    """What is wrong, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = " ".join(map(str, first["loc"]))[:60]
    return f"{where!r}: {first['msg']}" if where else first["msg"]

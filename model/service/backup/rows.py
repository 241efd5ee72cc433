"""The store's rows as lines of JSON, the same from any database and into any other.

Knows columns and their types; not what a run is.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    select,
)

from model.service.database.migrations.upgrade import upgrade
from model.service.database.schema import Base

TABLES = tuple(t for t in Base.metadata.sorted_tables if t.name != "revision")
"""Each after those that it points to; a counter of changes is every database's own."""
AT_ONCE = 1_000
"""Rows that are read or written together."""
_MAX_LENGTH = 20_000_000
"""Bytes of a line: a run's result has a hundredth of that."""


def lines_of(connection: Connection, table: Table) -> Iterator[str]:
    """A table's rows in the order of their keys, each as JSON."""
    chosen = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(chosen).mappings():
        yield json.dumps({name: _plain(value) for name, value in row.items()})


def stage(connection: Connection, folder: Path, revision: str) -> None:
    """Puts rows from files into an empty database, as of that revision, and moves it forward.

    So rows of an older schema become what this version of the app knows.

    Args:
        connection: to a database of the caller's own, in a transaction.
        folder: holds a file of each table's lines.
        revision: a migration's name, no newer than the newest.

    Raises:
        ValueError: a row that is none; the message says in which file and what is wrong.
        SQLAlchemyError: rows that do not go together.
        OSError: a file cannot be read.
    """
    upgrade(connection, revision)
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name in ("alembic_version", "revision"):
            continue
        rows: list[dict[str, Any]] = []
        for row in _parsed(folder / f"{table.name}.jsonl", table):
            rows.append(row)
            if len(rows) == AT_ONCE:
                connection.execute(insert(table), rows)
                rows = []
        if rows:
            connection.execute(insert(table), rows)
    upgrade(connection)


def _parsed(path: Path, table: Table) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_MAX_LENGTH + 1):
            number += 1
            try:
                row = json.loads(line) if len(line) <= _MAX_LENGTH else None
                if not isinstance(row, dict) or row.keys() != set(table.c.keys()):
                    raise ValueError("it has other columns")
                yield {name: _checked(table.c[name], value) for name, value in row.items()}
            except (ValueError, RecursionError) as error:
                raise ValueError(f"line {number} of {path.name} is no row: {error}") from error


def _plain(value: Any) -> Any:
    """What JSON has no word for: bytes."""
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _checked(column: Column[Any], value: Any) -> Any:
    """A value as the column takes it, in every database: some let anything in, others refuse.

    Raises:
        ValueError: it takes no such value.
    """
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.name} is missing")
        return None
    if isinstance(column.type, JSON):
        json.dumps(value, allow_nan=False)  # PostgreSQL refuses what is no JSON to the letter
        return value
    if isinstance(column.type, LargeBinary):
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, binascii.Error):
            raise ValueError(f"{column.name} is no base64") from None
    for kind, holds in _HOLDS.items():
        if isinstance(column.type, kind) and holds(value):
            return value
    raise ValueError(f"{column.name} cannot be {str(value)[:40]!r}")


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or "\0" in value:
        return False
    value.encode()  # half a pair of UTF-16 is no text: a ValueError
    return True


_HOLDS: dict[type, Callable[[Any], bool]] = {
    Boolean: lambda value: isinstance(value, bool),
    Integer: lambda value: type(value) is int and abs(value) < 2**31,
    Float: lambda value: type(value) in (int, float) and math.isfinite(value),
    String: _is_text,
}

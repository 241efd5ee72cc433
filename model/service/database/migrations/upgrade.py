"""Runs Alembic on a connection that is open: no alembic.ini, no command line.

Knows where the versions lie; which one is the newest is Alembic's to say.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; `connection` is what its environment works on."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def revisions() -> set[str]:
    """The names of all there are."""
    scripts = ScriptDirectory.from_config(config())
    return {script.revision for script in scripts.walk_revisions()}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Moves the schema forward, inside the transaction that the caller began."""
    command.upgrade(config(connection), revision)

"""Columns get the field's names; a counter shows whether a list of runs has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RENAMED = {
    "created": "created_at",
    "queued": "queued_at",
    "started": "started_at",
    "ended": "ended_at",
    "before": "earlier_seconds",
    "beat": "heartbeat",
    "stop": "stop_requested",
    "cleared": "files_deleted",
}


def upgrade() -> None:
    for old, new in _RENAMED.items():
        op.alter_column("runs", old, new_column_name=new)
    table = op.create_table(
        "revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "number": 1}])

"""Runs of visitors, and networks that were deleted to make room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("visitor", sa.String, nullable=False, server_default=""))
    op.add_column(
        "runs", sa.Column("cleared", sa.Boolean, nullable=False, server_default=sa.false())
    )

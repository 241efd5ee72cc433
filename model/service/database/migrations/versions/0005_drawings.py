"""Runs may be trained on sets of drawings too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("drawings", sa.JSON, nullable=False, server_default="[]"))

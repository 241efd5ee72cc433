"""Migrations of the database's tables, one file for each (Alembic)."""

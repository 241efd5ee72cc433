"""How the database's tables came to be, one file for each change (Alembic)."""

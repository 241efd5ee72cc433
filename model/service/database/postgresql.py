"""PostgreSQL's connections: with timeouts, so that a silent server blocks nobody.

Imported only for a PostgreSQL URL: psycopg is not installed everywhere.
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event

CONNECT = 3
"""Seconds to wait for a connection."""
STATEMENT = 5
"""Seconds after which the server cancels a statement, also one that waits for its turn to write."""
ANSWER = 6.0
"""Seconds to wait for an answer: longer than the server, which may be frozen or out of reach."""
IDLE = 10
"""Seconds after which the server ends an idle transaction."""
TURN = 280028
"""Number of the advisory lock that writing transactions hold."""


def engine(url: URL, *, patient: bool = False) -> Engine:
    """An engine whose connections time out, and whose writing transactions take turns.

    Args:
        url: of any PostgreSQL driver; options in its query win.
        patient: whether a statement may take any time, as upgrades of the schema may.
    """
    limits = f"-c idle_in_transaction_session_timeout={IDLE}s"
    if not patient:
        limits += f" -c statement_timeout={STATEMENT}s"
    ours = {"connect_timeout": CONNECT, "options": limits, "application_name": "digit-sketchpad"}
    made = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in ours.items() if name not in url.query},
        # A connection that was idle during a restart of the server is replaced before use.
        pool_pre_ping=True,
        pool_timeout=STATEMENT,
    )
    if not patient:
        event.listen(made, "do_connect", _connect)
    event.listen(made, "begin", _take_turn)
    return made


class _Impatient(psycopg.Connection[Any]):
    """Ends itself when an answer does not come."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = ANSWER) -> Any:
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.errors._WaitTimeout:
            # A late answer must not be taken for the answer to the next query.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {timeout:g} seconds") from None


def _connect(_: Any, __: Any, arguments: Any, keywords: Any) -> Any:
    return _Impatient.connect(*arguments, **keywords)


def _take_turn(connection: Any) -> None:
    # As in SQLite: whoever counts the queue and then adds to it does so alone.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")

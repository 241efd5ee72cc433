"""Every test of the store again, on PostgreSQL; and PostgreSQL's URLs."""

from __future__ import annotations

import pytest

from model.service.database.connection import StoreError
from model.service.database.store import Store
from tests.model.service.database.test_charts_and_uses import *  # noqa: F403
from tests.model.service.database.test_migrations import *  # noqa: F403 - the tests themselves
from tests.model.service.database.test_store import *  # noqa: F403

URL = "postgresql+psycopg://"


@pytest.mark.parametrize("name", ["postgresql://", "postgres://", "postgresql+psycopg2://"])
def test_every_usual_url_scheme_is_accepted(database: str, name: str) -> None:
    store = Store.open(database.replace(URL, name))
    assert store.runs() == []
    store.close()


def test_options_in_the_url_are_left_alone(database: str) -> None:
    store = Store.open(f"{database}?application_name=mine&options=-c%20work_mem%3D8MB")
    with store._engine.connect() as connection:
        asked = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("application_name", "work_mem", "statement_timeout")
        ]
    assert asked == ["mine", "8MB", "0"]
    store.close()


def test_a_wrong_password_is_reported_and_not_shown(database: str) -> None:
    start, _, rest = database.removeprefix(URL).partition("@")
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        Store.open(f"{URL}{start.partition(':')[0]}:secret@{rest}")
    assert "secret" not in str(caught.value)

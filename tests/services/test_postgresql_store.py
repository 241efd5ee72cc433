"""Every test of the store again, on PostgreSQL."""

from __future__ import annotations

from tests.service.test_store import *  # noqa: F403 - the tests themselves

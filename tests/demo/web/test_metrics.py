"""The error metric: errors in the log, and nothing else."""

from __future__ import annotations

import logging

from demo.web.metrics import Metrics
from model.service.database.store import Store
from model.service.home import Home


def test_errors_in_the_log_are_counted_and_warnings_are_not(home: Home) -> None:
    store = Store.open(home.database)
    metrics = Metrics(store)
    assert b"\nsketchpad_errors_total 0.0\n" in metrics.text()
    log = logging.getLogger("demo.web.errors")
    log.warning("rate limits are off")
    log.error("measuring ended")
    try:
        raise ValueError
    except ValueError:
        log.exception("a drawing could not be read")
    assert b"\nsketchpad_errors_total 2.0\n" in metrics.text()
    store.close()


def test_one_log_handler_serves_all_metrics(home: Home) -> None:
    store = Store.open(home.database)
    first = Metrics(store)
    handlers = list(logging.getLogger().handlers)
    logging.getLogger("demo.web.errors").error("before the second")
    second = Metrics(store)
    assert logging.getLogger().handlers == handlers
    assert b"\nsketchpad_errors_total 1.0\n" in first.text()
    assert b"\nsketchpad_errors_total 0.0\n" in second.text()
    store.close()

"""Metrics for Prometheus.

None of them identifies a visitor or a drawing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from model.service.database.connection import StoreError
from model.service.database.schema import LIVE
from model.service.database.store import Store

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters of one app.

    Args:
        store: queried for the runs whenever the metrics are read.
    """

    def __init__(self, store: Store) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Runs(store))
        self._reads = Counter(
            "sketchpad_reads",
            "Drawings and pictures that were read, by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "sketchpad_read_seconds",
            "Time to read a drawing or a picture.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._responses = Counter(
            "sketchpad_responses",
            "Responses by status; 500 and more are errors.",
            ["status"],
            registry=self._registry,
        )
        self._refusals = Counter(
            "sketchpad_refusals",
            "Requests that were refused, by reason.",
            ["why"],
            registry=self._registry,
        )
        self._registry.register(_Errors())

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def read(self, outcome: str) -> None:
        """Counts a reading: `digit`, `not a digit`, `nothing drawn` or `refused`."""
        self._reads.labels(outcome).inc()

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Measures the time of one reading."""
        with self._seconds.time():
            yield

    def response(self, status: int) -> None:
        """Counts a response."""
        self._responses.labels(str(status)).inc()

    def refusal(self, why: str) -> None:
        """Counts a refused request: `limit`, `key`, `route` or `right`."""
        self._refusals.labels(why).inc()


class _ErrorCount(logging.Handler):
    """Counts the errors in the log, for all `Metrics` of the process."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.total = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.total += 1  # under the handler's lock


_error_count = _ErrorCount()


class _Errors(Collector):
    """Errors in the log since its own start."""

    def __init__(self) -> None:
        logging.getLogger().addHandler(_error_count)  # once: the log ignores the same one again
        self._at_start = _error_count.total

    def collect(self) -> Iterable[Metric]:
        total = _error_count.total - self._at_start
        yield CounterMetricFamily("sketchpad_errors", "Errors in the log.", value=total)


class _Runs(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        answers = GaugeMetricFamily(
            "sketchpad_store_answers", "Whether the database answers: 1, else 0."
        )
        runs = GaugeMetricFamily("sketchpad_runs", "Runs, by status.", labels=["status"])
        try:
            counts = dict.fromkeys(LIVE, 0) | self._store.counts()
        except StoreError:
            answers.add_metric([], 0)
        else:
            answers.add_metric([], 1)
            for status, count in counts.items():
                runs.add_metric([status], count)
        return [answers, runs]

"""What the app counts while it runs, for Prometheus.

Knows names and numbers; what is counted where is the callers' to say. Nothing here tells one
visitor from another, or what was drawn.
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
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from model.service.database.connection import StoreError
from model.service.database.schema import LIVE
from model.service.database.store import Store

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters of one app.

    Args:
        store: where the runs stand, asked whenever somebody looks.
    """

    def __init__(self, store: Store) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Runs(store))
        self._reads = Counter(
            "sketchpad_reads",
            "Drawings and pictures that were answered, by what came of it.",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "sketchpad_read_seconds",
            "From a drawing or a picture to its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._responses = Counter(
            "sketchpad_responses",
            "Requests that were answered, by status; 500 and more are errors.",
            ["status"],
            registry=self._registry,
        )
        self._refusals = Counter(
            "sketchpad_refusals",
            "Requests that were refused.",
            ["why"],
            registry=self._registry,
        )
        errors = Counter(
            "sketchpad_errors",
            "Errors that stand in the log: whatever went wrong that should not have.",
            registry=self._registry,
        )
        logging.getLogger().addHandler(_Errors(errors))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def read(self, outcome: str) -> None:
        """One reading: `digit`, `not a digit`, `nothing drawn` or `refused`."""
        self._reads.labels(outcome).inc()

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Takes the time of one reading."""
        with self._seconds.time():
            yield

    def response(self, status: int) -> None:
        """One answered request."""
        self._responses.labels(str(status)).inc()

    def refusal(self, why: str) -> None:
        """One request that was refused: `limit`, `key`, `route` or `right`."""
        self._refusals.labels(why).inc()


class _Errors(logging.Handler):
    """Counts what the log calls an error: whatever went wrong that should not have."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.ERROR)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        self._counter.inc()


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

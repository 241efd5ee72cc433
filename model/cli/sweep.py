"""`python -m model sweep`: a run for every combination of recipes and settings, and their table."""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from model.cli.common import (
    CommandError,
    named_digits,
    opened,
    place,
    print_table,
    settings_of_environment,
)
from model.cli.interrupt import stop_on_ctrl_c
from model.learning.hyperparameters import Settings
from model.learning.recipes import RECIPES
from model.service.database.connection import StoreError
from model.service.database.quota import QueueFullError
from model.service.database.schema import FINISHED, LIVE, QUEUED, RUNNING, Run
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store
from model.service.jobs.cluster import ClusterError
from model.service.jobs.jobs import Jobs

SECONDS_BETWEEN_LOOKS = 0.5
STOPPING = "stopping: what was learned is kept; Ctrl-C again to abort"
LEAVING = "leaving: the runs continue on the cluster"


@dataclass(frozen=True)
class Planned:
    """A run to be queued."""

    recipe: str
    settings: dict[str, Any]
    """Those that replace the recipe's own."""


def sweep(args: argparse.Namespace) -> int:
    """Trains every combination; returns 0 if all of them finished."""
    runs = plan(args.recipe or list(RECIPES), vars(args))
    data = named_digits(args.data)
    settings = settings_of_environment()
    cluster = args.cluster or settings.cluster
    with opened(args) as (store, home):
        try:
            jobs = Jobs(store, home, place(args)[1], cluster)
        except ClusterError as error:
            raise CommandError(str(error)) from None
        print(f"{len(runs)} runs, {f'on the cluster at {cluster}' if cluster else 'one by one'}")
        watch = Sweep(store, jobs, runs, data)
        try:
            with stop_on_ctrl_c(LEAVING if cluster else STOPPING) as stop_requested:
                watch.until_done(stop_requested, leaves=cluster is not None)
        finally:
            jobs.close()
        return watch.report()


def plan(recipes: Sequence[str], values: dict[str, Any]) -> list[Planned]:
    """Each of the recipes with each combination of the settings.

    Args:
        recipes: names.
        values: by the setting's name, the values to try, or None for the recipe's own.

    Raises:
        CommandError: an invalid combination.
    """
    names = [field.name for field in fields(Settings) if values.get(field.name)]
    runs = []
    for recipe, *combination in product(recipes, *(values[name] for name in names)):
        settings = dict(zip(names, combination, strict=True))
        try:
            RECIPES[recipe].settings(**settings)
        except ValueError as error:
            raise CommandError(str(error)) from None
        runs.append(Planned(recipe, settings))
    return runs


class Sweep:
    """Queues the planned runs as the queue has room, and prints what happens to them."""

    def __init__(self, store: Store, jobs: Jobs, runs: list[Planned], data: str) -> None:
        self._store, self._jobs, self._data = store, jobs, data
        self._plan = deque(runs)
        self._runs: dict[str, tuple[Planned, Run]] = {}
        self._printed: dict[str, str] = {}

    def until_done(self, stop_requested: Callable[[], bool], *, leaves: bool) -> None:
        """Returns when all runs have ended, or earlier at a request.

        Args:
            stop_requested: whether to end early.
            leaves: whether the runs continue then; else they are stopped first.
        """
        while True:
            try:
                if stop_requested() and not leaves:
                    self._stop()
                self._queue()
                self._look()
            except StoreError as error:
                self._say("", f"{error}")
            if not (self._live() or self._plan) or (leaves and stop_requested()):
                return
            self._say("", self._jobs.trouble)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def report(self) -> int:
        """Prints the table, best first; returns the exit code."""
        rows = [_row(planned, run) for planned, run in sorted(self._runs.values(), key=_best_first)]
        head = ("run", "settings", "status", "test accuracy", "95% interval", "seconds")
        print_table(head, rows)
        if live := self._live():
            print(
                f"{len(live)} still running or queued: python -m model runs and the page show them"
            )
        if self._plan:
            print(f"{len(self._plan)} not queued: the queue was full")
        finished = [run for _, run in self._runs.values() if run.status == FINISHED]
        return int(len(finished) < len(self._runs) or bool(self._plan))

    def _live(self) -> list[Run]:
        return [run for _, run in self._runs.values() if run.status in LIVE]

    def _stop(self) -> None:
        self._plan.clear()
        for run in self._live():
            if not run.stop_requested:
                self._jobs.stop(run.name)

    def _queue(self) -> None:
        while self._plan:
            planned = self._plan[0]
            try:
                run = self._jobs.submit(
                    planned.recipe, planned.settings, self._data, origin="command line"
                )
            except QueueFullError:
                return
            self._plan.popleft()
            self._runs[run.name] = planned, run

    def _look(self) -> None:
        for name, (planned, known) in list(self._runs.items()):
            if known.status not in LIVE:
                continue
            try:
                run = self._store.run(name)
            except NoSuchRunError:
                del self._runs[name]
                self._say(name, "deleted")
                continue
            self._runs[name] = planned, run
            if run.status == RUNNING:
                self._say(name, "started" if run.earlier_seconds == 0 else "resumed")
            elif run.status == QUEUED:
                self._say(name, f"waiting: {run.reason}" if run.reason else "")
            else:
                accuracy = "" if run.test_accuracy is None else f", {run.test_accuracy:.2%}"
                self._say(name, f"{run.status}{accuracy}" + (run.reason and f": {run.reason}"))

    def _say(self, name: str, what: str) -> None:
        if what and self._printed.get(name) != what:
            print(f"{name}: {what}" if name else what, flush=True)
        self._printed[name] = what


def _best_first(entry: tuple[Planned, Run]) -> tuple[float, int]:
    run = entry[1]
    return -(run.test_accuracy or 0.0), run.id


def _row(planned: Planned, run: Run) -> tuple[str, ...]:
    interval = "" if run.result is None else "{:.2%} to {:.2%}".format(*run.result["interval"])
    return (
        run.name,
        ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in planned.settings.items()),
        run.status,
        "" if run.test_accuracy is None else f"{run.test_accuracy:.2%}",
        interval,
        "" if run.seconds is None else f"{run.seconds:.0f}",
    )

"""`python -m model sweep`: one run of each recipe with each of the settings, and a table of them.

Knows the order of things and what is printed; who carries the runs out is `service.jobs`'s to know.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from model.cli import interrupt
from model.cli.read import CommandError, named_digits
from model.cli.runs import opened, place
from model.learning.hyperparameters import Settings
from model.learning.recipes import RECIPES
from model.service.database.connection import StoreError
from model.service.database.quota import QueueFullError
from model.service.database.schema import FINISHED, LIVE, QUEUED, RUNNING, Run
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store
from model.service.jobs.cluster import ClusterError
from model.service.jobs.jobs import Jobs
from model.service.settings import Settings as ServiceSettings

SECONDS_BETWEEN_LOOKS = 0.5
STOPPING = "stopping: what was learned is kept; Ctrl-C again to give up"
LEAVING = "leaving: the cluster goes on with them"


@dataclass(frozen=True)
class Planned:
    """A run that is to be."""

    recipe: str
    chosen: dict[str, Any]
    """Settings that are not the recipe's own."""


def sweep(chosen: argparse.Namespace) -> int:
    """Trains every combination; 0 when all of them finished."""
    plan = planned(chosen.recipe or list(RECIPES), vars(chosen))
    data = named_digits(chosen.data)
    settings = ServiceSettings.load([])
    cluster = chosen.cluster or settings.cluster
    with opened(chosen) as (store, home):
        try:
            jobs = Jobs(store, home, place(chosen)[1], cluster)
        except ClusterError as error:
            raise CommandError(str(error)) from None
        print(f"{len(plan)} runs, {f'on the cluster at {cluster}' if cluster else 'one by one'}")
        watch = Sweep(store, jobs, plan, data)
        try:
            with interrupt.heard(LEAVING if cluster else STOPPING) as asked:
                watch.until_done(asked, leaves=cluster is not None)
        finally:
            jobs.close()
        return watch.report()


def planned(recipes: Sequence[str], given: dict[str, Any]) -> list[Planned]:
    """Each of the recipes with each combination of the settings.

    Args:
        recipes: names.
        given: for each of the settings the values to try, or None for the recipe's own.

    Raises:
        CommandError: one of them cannot be trained with.
    """
    names = [field.name for field in fields(Settings) if given.get(field.name)]
    plan = []
    for recipe, *values in product(recipes, *(given[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        try:
            RECIPES[recipe].settings(**chosen)
        except ValueError as error:
            raise CommandError(str(error)) from None
        plan.append(Planned(recipe, chosen))
    return plan


class Sweep:
    """Queues what is planned as there is room, and says what becomes of it."""

    def __init__(self, store: Store, jobs: Jobs, plan: list[Planned], data: str) -> None:
        self._store, self._jobs, self._data = store, jobs, data
        self._plan = deque(plan)
        self._runs: dict[str, tuple[Planned, Run]] = {}
        self._said: dict[str, str] = {}

    def until_done(self, asked: Callable[[], bool], *, leaves: bool) -> None:
        """Returns when all runs have ended, or when that was asked and they go on without.

        Args:
            asked: whether to end early.
            leaves: whether runs go on then; else they are stopped.
        """
        while True:
            try:
                if asked() and not leaves:
                    self._stop()
                self._queue()
                self._look()
            except StoreError as error:
                self._say("", f"{error}")
            if not (self._live() or self._plan) or (leaves and asked()):
                return
            self._say("", self._jobs.trouble)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def report(self) -> int:
        """Prints the table, the best first; the exit code."""
        rows = [_row(wanted, run) for wanted, run in sorted(self._runs.values(), key=_best_first)]
        head = ("run", "settings", "status", "test accuracy", "95 % interval", "seconds")
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for row in (head, *rows):
            print("  ".join(map(str.ljust, row, widths)).rstrip())
        if live := self._live():
            print(f"{len(live)} go on: python -m model runs shows them, the page too")
        if self._plan:
            print(f"{len(self._plan)} were not queued: there was no room yet")
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
            wanted = self._plan[0]
            try:
                run = self._jobs.submit(
                    wanted.recipe, wanted.chosen, self._data, origin="command line"
                )
            except QueueFullError:
                return
            self._plan.popleft()
            self._runs[run.name] = wanted, run

    def _look(self) -> None:
        for name, (wanted, known) in list(self._runs.items()):
            if known.status not in LIVE:
                continue
            try:
                run = self._store.run(name)
            except NoSuchRunError:
                del self._runs[name]
                self._say(name, "deleted")
                continue
            self._runs[name] = wanted, run
            if run.status == RUNNING:
                self._say(name, "began" if run.earlier_seconds == 0 else "goes on")
            elif run.status == QUEUED:
                self._say(name, f"waits: {run.reason}" if run.reason else "")
            else:
                accuracy = "" if run.test_accuracy is None else f", {run.test_accuracy:.2%}"
                self._say(name, f"{run.status}{accuracy}" + (run.reason and f": {run.reason}"))

    def _say(self, name: str, what: str) -> None:
        if what and self._said.get(name) != what:
            print(f"{name}: {what}" if name else what, flush=True)
        self._said[name] = what


def _best_first(entry: tuple[Planned, Run]) -> tuple[float, int]:
    run = entry[1]
    return -(run.test_accuracy or 0.0), run.id


def _row(wanted: Planned, run: Run) -> tuple[str, ...]:
    interval = "" if run.result is None else "{:.2%} to {:.2%}".format(*run.result["interval"])
    return (
        run.name,
        ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in wanted.chosen.items()),
        run.status,
        "" if run.test_accuracy is None else f"{run.test_accuracy:.2%}",
        interval,
        "" if run.seconds is None else f"{run.seconds:.0f}",
    )

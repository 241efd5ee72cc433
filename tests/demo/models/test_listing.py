"""The list of runs: in full once, afterwards only what has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import event

from demo.models.listing import Listing
from demo.web.access import Access
from demo.web.limits import RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.visitor import Visitor, as_visitor
from model.learning.recipes import find
from model.reading.reader import SHIPPED, Reader
from model.service.database.schema import FINISHED, STOPPED, Run
from model.service.database.store import Store
from model.service.home import Home
from model.service.services import Services
from model.service.serving import Serving

SETTINGS = find("compact").settings()
RESULT = {"accuracy": 0.99, "seconds": 1.0}
HEAD = {"base", "in_use", "before", "queue", "may", "damaged", "state", "seconds"}


class Page:
    """The store, and a page that shows its runs."""

    def __init__(self, store: Store, home: Home, serving: Serving) -> None:
        self.store, self.home, self.serving = store, home, serving
        self.listing = self.copy()

    def copy(self) -> Listing:
        """The list as another copy of the app has it."""
        services = cast(
            Services, SimpleNamespace(store=self.store, home=self.home, serving=self.serving)
        )
        limits, metrics = Limits({RUNS: "9/hour"}), Metrics(self.store)
        access = Access(self.store, limits, open_training=True, visitor_epochs=5, metrics=metrics)
        return Listing(services, access)

    def add(self, *, visitor: str = "") -> str:
        return self.store.add("compact", SETTINGS, "mnist", origin="page", visitor=visitor).name

    def finish(self) -> str:
        """Has the run that has waited longest finish."""
        run = self.store.claim("worker")
        assert run is not None
        self.store.finish(run, FINISHED, result=RESULT)
        shutil.copytree(SHIPPED, self.home.version(run.name))
        return run.name


@pytest.fixture
def page(home: Home) -> Iterator[Page]:
    store = Store.open(home.database)
    serving = Serving(Reader(), store, home)
    yield Page(store, home, serving)
    serving.close()
    store.close()


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_an_unchanged_list_is_not_sent_again(page: Page) -> None:
    page.add()
    page.finish()
    first = page.listing.show(None)
    assert first.keys() == {*HEAD, "runs"}
    assert page.listing.show(first["state"]) == {"state": first["state"], "seconds": {}}


def test_a_running_run_changes_nothing_but_its_time(page: Page) -> None:
    name = page.add()
    run = page.store.claim("worker")
    assert run is not None
    page.store.record(run, "training", [])
    first = page.listing.show(None)
    page.store.record(run, "training", [])
    second = page.listing.show(first["state"])
    assert (second.keys(), second["seconds"].keys()) == ({"state", "seconds"}, {name})
    assert second["seconds"][name] >= first["seconds"][name]


def test_after_each_change_only_the_run_that_changed_is_sent(page: Page) -> None:
    first = [page.add() for _ in range(3)]
    state = page.listing.show(None)["state"]

    def use_it() -> None:
        page.serving.put_in_use(first[0])

    changes: list[tuple[str, Callable[[], object], list[str], list[str]]] = [
        ("started and finished", page.finish, [first[0]], []),
        ("added", page.add, ["compact-4"], []),
        ("taken out of the queue", lambda: page.store.request_stop(first[1]), [first[1]], []),
        ("deleted", lambda: page.store.delete(first[1]), [], [first[1]]),
        ("put in use", use_it, [], []),
    ]
    for what, change, changed, removed in changes:
        change()
        answer = page.listing.show(state)
        sent = (answer.keys(), names(answer["changed"]), answer["removed"])
        assert sent == ({*HEAD, "changed", "removed"}, changed, removed), what
        state = answer["state"]
    assert page.listing.show(None)["before"] == Reader().version


def test_a_list_pieced_together_is_the_whole_list(page: Page) -> None:
    shown = page.listing.show(None)
    runs = {row["name"]: row for row in shown["runs"]}
    for change in (page.add, page.add, page.finish, page.add, page.finish):
        change()
        shown = page.listing.show(shown["state"])
        runs |= {row["name"]: row for row in shown["changed"]}
    whole = page.copy().show(None)
    assert sorted(runs) == sorted(names(whole["runs"]))
    assert all(runs[row["name"]] == row for row in whole["runs"])
    assert shown["queue"] == whole["queue"] == ["compact-3"]


def test_another_copy_of_the_app_goes_on_where_the_first_one_was(page: Page) -> None:
    other = page.copy()
    other.show(None)
    page.add()
    first = page.listing.show(None)
    assert other.show(first["state"]).keys() == {"state", "seconds"}
    page.add()
    assert names(other.show(first["state"])["changed"]) == ["compact-2"]


def test_another_visitor_and_a_made_up_state_get_the_whole_list(page: Page) -> None:
    name = page.add(visitor="me@here")
    state = page.listing.show(None)["state"]
    revision, _, rest = state.partition(".")
    made_up_states: list[Any] = [
        None,
        7,
        [],
        {},
        "",
        ".",
        "x",
        f"-1.{rest}",
        f"{int(revision) + 9}.{rest}",
    ]
    for made_up in made_up_states:
        assert names(page.listing.show(made_up)["runs"]) == [name], made_up
    with as_visitor(Visitor(token="me")):
        (row,) = page.listing.show(state)["runs"]
        assert row["own"] is True
    with as_visitor(Visitor(token="somebody")):
        (row,) = page.listing.show(state)["runs"]
        assert row["own"] is False


def test_damage_is_seen_though_the_store_has_not_changed(page: Page) -> None:
    for _ in range(9):
        page.add()
        page.finish()
    state = page.listing.show(None)["state"]
    (page.home.version("compact-3") / "network.tflite").unlink()
    answer = page.listing.show(state)
    assert list(answer["damaged"]) == ["compact-3"]
    assert (answer["changed"], answer["removed"]) == ([], [])
    (row,) = (r for r in page.listing.show(None)["runs"] if r["name"] == "compact-3")
    assert "network.tflite is missing" in row["damage"]


def test_an_unchanged_list_of_many_runs_is_short(page: Page) -> None:
    for _ in range(60):
        page.add()
        page.finish()
    first = page.listing.show(None)
    page.add()
    changed = page.listing.show(first["state"])
    unchanged = page.listing.show(changed["state"])
    sizes = [len(json.dumps(answer)) for answer in (first, changed, unchanged)]
    assert sizes[0] > 20_000
    assert sizes[1] < 2_000
    assert sizes[2] < 100


def test_of_500_runs_only_a_changed_one_is_loaded(page: Page) -> None:
    row = {"recipe": "compact", "settings": asdict(SETTINGS), "data": "mnist", "origin": "page"}
    with page.store._write() as session:
        session.add_all(
            Run(**row, status=STOPPED, created_at=number, queued_at=number) for number in range(500)
        )
    state = page.listing.show(None)["state"]
    page.add()
    loaded: list[Run] = []

    def note(run: Run, _: object) -> None:
        loaded.append(run)

    event.listen(Run, "load", note)
    try:
        changed = page.listing.show(state)["changed"]
    finally:
        event.remove(Run, "load", note)
    assert names(changed) == ["compact-501"]
    assert len(loaded) == 1

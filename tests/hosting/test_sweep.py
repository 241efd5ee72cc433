"""`python -m model sweep`: combinations, a queue that is full, a table, Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.__main__ import main
from model.cli.sweep import Sweep, plan
from model.learning.recipes import find
from model.service.database.quota import MAX_QUEUED
from model.service.database.schema import FINISHED, LIVE, QUEUED, STOPPED, Run
from model.service.database.store import Store
from model.service.home import Home
from tests.support.serving import command


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Home(tmp_path / "home").database)
    yield store
    store.close()


def sweep(home: Path, *arguments: str) -> list[str]:
    return ["sweep", "--home", str(home), "--data", "strokes:600", *arguments]


def test_a_sweep_combines_every_recipe_with_every_setting() -> None:
    runs = plan(
        ["compact", "basic"], {"learning_rate": [0.1, 0.2], "seed": [1, 2, 3], "epochs": None}
    )
    assert len(runs) == 12
    assert len({(each.recipe, *each.settings.values()) for each in runs}) == 12
    assert runs[0].settings == {"learning_rate": 0.1, "seed": 1}


def test_results_are_listed_best_first(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chosen = ("--recipe", "compact", "--epochs", "1", "6")
    assert main(sweep(tmp_path / "home", *chosen)) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "2 runs, one by one"
    assert [line for line in lines if line.endswith("started")] == [
        "compact-1: started",
        "compact-2: started",
    ]
    head, first, second = lines[-3:]
    assert head.split("  ")[0] == "run"
    assert first.split()[:4] == ["compact-2", "epochs", "6", "finished"]
    assert second.split()[:4] == ["compact-1", "epochs", "1", "finished"]
    assert float(first.split()[4][:-1]) > float(second.split()[4][:-1])


def test_ctrl_c_stops_the_sweep_and_keeps_what_was_learned(tmp_path: Path) -> None:
    home = tmp_path / "home"
    arguments = sweep(home, "--recipe", "compact", "--epochs", "1000", "--seed", "1", "2")
    process = command(*arguments)
    assert process.stdout is not None
    assert any("compact-1: started" in line for line in process.stdout)
    store = Store.open(Home(home).database)
    while not store.epochs(1):
        pass
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate()
    runs = [store.run("compact-1"), store.run("compact-2")]
    store.close()
    assert process.returncode == 1
    assert "stopping: what was learned is kept" in errors
    assert [run.status for run in runs] == [STOPPED, STOPPED]
    assert [run.learned for run in runs] == [True, False]
    assert said.splitlines()[-2].split()[0] == "compact-1"


class Jobs:
    """Queues for real; nobody carries anything out."""

    trouble = ""

    def __init__(self, store: Store) -> None:
        self._store = store

    def submit(self, recipe: str, chosen: dict[str, Any], data: str, origin: str) -> Run:
        return self._store.add(recipe, find(recipe).settings(**chosen), data, origin=origin)

    def stop(self, name: str) -> None:
        self._store.request_stop(name)


def test_a_sweep_larger_than_the_queue_is_fed_in_turn(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.cli.sweep.SECONDS_BETWEEN_LOOKS", 0.0)
    wanted = plan(["compact"], {"seed": list(range(MAX_QUEUED + 5))})
    watched = Sweep(store, Jobs(store), wanted, "mnist")  # type: ignore[arg-type]
    waited = []

    def asked() -> bool:
        # Called at each poll: between two of them the worker finishes a run.
        waited.append(len([run for run in store.live() if run.status == QUEUED]))
        if run := store.claim("worker"):
            store.finish(run, FINISHED)
        return False

    watched.until_done(asked, leaves=False)
    assert max(waited) <= MAX_QUEUED
    assert [run.status for run in store.runs()] == [FINISHED] * len(wanted)
    assert {run.settings["seed"] for run in store.runs()} == set(range(len(wanted)))
    assert watched.report() == 0


def test_runs_queued_on_a_cluster_are_left_to_it(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = plan(["compact"], {"seed": list(range(MAX_QUEUED + 5))})
    watched = Sweep(store, Jobs(store), wanted, "mnist")  # type: ignore[arg-type]
    watched.until_done(lambda: True, leaves=True)
    assert watched.report() == 1
    said = capsys.readouterr().out
    assert f"{MAX_QUEUED} still running or queued: python -m model runs" in said
    assert "5 not queued" in said
    assert len([run for run in store.runs() if run.status in LIVE]) == MAX_QUEUED


def test_invalid_sweeps_train_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments, reason in (
        (("--epochs", "1", "0"), "epochs must be between 1 and 1,000, received 0"),
        (("--recipe", "compact", "--dropout", "0.1"), "compact has no dropout layer"),
        (("--cluster", "nowhere"), "--cluster takes HOST:PORT"),
    ):
        assert main(sweep(tmp_path / "home", *arguments)) == 1, arguments
        assert reason in capfd.readouterr().err, arguments
    store = Store.open(Home(tmp_path / "home").database)
    assert store.runs() == []
    store.close()

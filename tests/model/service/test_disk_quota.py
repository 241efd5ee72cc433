"""Room on the disk: the oldest unused files are deleted first, never the version in use."""

from __future__ import annotations

from model.service.database.store import Store
from model.service.disk_quota import DiskQuota
from model.service.home import Home
from tests.model.service.history import cut_off
from tests.model.service.test_serving import version


def names(home: Home) -> set[str]:
    return {folder.name for folder in (home.folder / "models").iterdir()}


def test_the_oldest_unused_networks_are_deleted_first_and_stay_listed(
    store: Store, home: Home
) -> None:
    first, second, third, fourth = (version(store, home) for _ in range(4))
    store.use(first)
    one = sum(path.stat().st_size for path in home.version(first).iterdir())
    quota = DiskQuota(store, home, max_bytes=2.5 * one)
    quota.enforce()
    quota.close()
    assert names(home) == {first, fourth}
    runs = {run.name: run for run in store.runs()}
    assert set(runs) == {first, second, third, fourth}
    assert not runs[second].learned
    assert "to make room" in runs[second].reason
    assert runs[second].test_accuracy == 0.9
    assert runs[fourth].learned


def test_the_version_in_use_and_the_previous_one_are_kept(store: Store, home: Home) -> None:
    first, second, third = (version(store, home) for _ in range(3))
    store.use(first)
    store.use(second)
    quota = DiskQuota(store, home, max_bytes=1)
    quota.enforce()
    quota.close()
    assert names(home) == {first, second}
    assert store.roll_back() == first
    assert not store.run(third).learned


def test_files_of_failed_runs_are_deleted_and_those_of_running_ones_kept(
    store: Store, home: Home
) -> None:
    failed, going = cut_off(store, home, "failed"), cut_off(store, home, "running")
    quota = DiskQuota(store, home, max_bytes=1)
    quota.enforce()
    quota.close()
    assert not home.has_traces(failed)
    assert home.can_resume(going)
    assert store.run(failed).reason == "It was cut off."
    # It can still be resumed, from the start, and then counts as learned.
    store.resume(failed)
    claimed = store.claim("worker")
    assert claimed is not None
    store.finish(claimed, "finished", result={"accuracy": 0.9})
    assert store.run(failed).learned


def test_nothing_is_deleted_while_there_is_room(store: Store, home: Home) -> None:
    kept = {version(store, home) for _ in range(3)}
    quota = DiskQuota(store, home, max_bytes=1e9)
    quota.enforce()
    quota.close()
    assert names(home) == kept


def test_a_version_put_in_use_meanwhile_is_kept(store: Store, home: Home) -> None:
    name = version(store, home)
    store.use(name)
    assert store.mark_files_deleted(name) is False
    assert store.run(name).learned

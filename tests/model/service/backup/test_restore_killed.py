"""Restores that are killed or run out of disk: the home stays empty, or is complete."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from model.reading.reader import check
from model.service.backup import restore as restoring
from model.service.backup.archive import BackupError
from model.service.backup.restore import restore
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_killed_at_any_moment_it_leaves_an_empty_or_a_complete_home(
    good: Path, tmp_path: Path
) -> None:
    outcomes = []
    for moment in range(1_000):
        home = Home(tmp_path / f"home-{moment}")
        was_killed = restore_until_killed(moment, home, good)
        engine = connect(home.database)
        store = Store(engine)
        is_complete = bool(store.runs())
        if is_complete:
            with pytest.raises(BackupError, match="has 3 runs already"):
                restore(engine, home, good, check)
        else:
            assert store.in_use() is None, moment
            restore(engine, home, good, check)
        assert [run.name for run in store.runs()] == ["compact-3", "sprint-2", "sprint-1"], moment
        assert store.in_use() == "sprint-1", moment
        assert not any(home.damage(name) for name in ("sprint-1", "sprint-2")), moment
        assert home.can_resume("compact-3"), moment
        assert len(store.points(2)) == 3, moment
        assert not (home.folder / ".restoring").exists(), moment
        engine.dispose()
        outcomes.append(is_complete)
        if not was_killed:
            break
    assert sum(outcomes) > 2, "none was killed after its commit"
    assert len(outcomes) > 15
    assert outcomes == sorted(outcomes)


def restore_until_killed(moment: int, home: Home, good: Path) -> bool:
    """Restores in a process that is killed before its nth step after the checks."""
    child = os.fork()
    if child == 0:
        left = moment

        def step(*_: object) -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        def audit(name: str, args: Any) -> None:
            is_marker = name == "open" and str(args[0]).endswith(".restoring")
            if is_marker or name in ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree"):
                step()

        real = restoring._insert_rows

        def from_here_on(*args: Any) -> Any:
            sys.addaudithook(audit)
            for what in ("before_cursor_execute", "commit"):
                event.listen(Engine, what, step)
            return real(*args)

        try:
            restoring._insert_rows = from_here_on  # type: ignore[assignment]
            restore(connect(home.database), home, good, check)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Engine, Home]]:
    home = Home(tmp_path / "empty")
    engine = connect(home.database)
    yield engine, home
    engine.dispose()


def test_a_disk_that_fills_up_leaves_an_empty_home(
    good: Path, small_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filled by somebody else after the check of its free space."""
    monkeypatch.setattr("model.service.backup.archive._SPARE", -(10**9))
    home = Home(small_disk(1) / "home")
    engine = connect(home.database)
    with pytest.raises(OSError, match="No space left"):
        restore(engine, home, good, check)
    assert Store(engine).runs() == []
    assert list((home.folder / "models").iterdir()) == []
    engine.dispose()


def test_a_restore_that_fails_at_its_commit_leaves_an_empty_home(
    good: Path, empty: tuple[Engine, Home]
) -> None:
    engine, home = empty

    def fail(*_: object) -> None:
        if list(home.folder.glob("models/sprint-2")):
            event.remove(Engine, "commit", fail)
            raise OSError(5, "Input/output error")

    event.listen(Engine, "commit", fail)
    with pytest.raises(OSError, match="Input/output error"):
        restore(engine, home, good, check)
    assert Store(engine).runs() == []
    assert list((home.folder / "models").iterdir()) == home.checkpoints() == []
    assert restore(engine, home, good, check).runs == 3

"""A restore that is killed: the old state or the new one, and a second restore mends the rest."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from model.reading.reader import check
from model.service.backup import restore as restoring
from model.service.backup.restore import restore
from model.service.database.connection import connect
from model.service.database.store import Store
from model.service.home import Home


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_killed_at_any_moment_it_leaves_nothing_half_listed(good: Path, tmp_path: Path) -> None:
    """Into a home where one run is known, its network damaged, and the others are not."""
    template = Home(tmp_path / "template")
    engine = connect(template.database)
    restore(engine, template, good, check)
    store = Store(engine)
    store.delete("sprint-2")
    template.delete("sprint-2")
    store.delete("compact-3")
    template.delete("compact-3")
    (template.version("sprint-1") / "network.tflite").write_bytes(b"damaged")
    engine.dispose()

    moments = 0
    while True:
        home = Home(Path(shutil.copytree(template.folder, tmp_path / f"home-{moments}")))
        was_killed = killed_at(moments, home, good)
        engine = connect(home.database)
        store = Store(engine)
        names = [run.name for run in store.runs()]
        assert names in (["sprint-1"], ["compact-3", "sprint-2", "sprint-1"]), moments
        for name in names:
            run = store.run(name)
            assert not run.learned or name == "sprint-1" or not home.damage(name), moments
        restore(engine, home, good, check)
        assert [run.name for run in store.runs()] == ["compact-3", "sprint-2", "sprint-1"]
        assert not any(home.damage(name) for name in ("sprint-1", "sprint-2"))
        assert home.can_resume("compact-3")
        assert len(store.points(2)) == 3
        engine.dispose()
        shutil.rmtree(home.folder)
        if not was_killed:
            break
        moments += 1
    assert moments > 20


def killed_at(moment: int, home: Home, good: Path) -> bool:
    """Restores in a process of its own that is killed before its nth step into place."""
    child = os.fork()
    if child == 0:
        left = moment

        def step(*_: object) -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        def audit(name: str, _: object) -> None:
            if name in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
                step()

        real = restoring._put_in_place

        def from_here_on(*given: Any) -> Any:
            sys.addaudithook(audit)
            for what in ("before_cursor_execute", "commit"):
                event.listen(Engine, what, step)
            return real(*given)

        try:
            restoring._put_in_place = from_here_on  # type: ignore[assignment]
            restore(connect(home.database), home, good, check)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)

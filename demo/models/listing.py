"""The list of runs, sent in full once and afterwards only where it has changed."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from dataclasses import dataclass
from typing import Any

from demo.summary import Json, is_own, network, rights, seconds, summary
from demo.web.access import Access
from demo.web.visitor import current_visitor
from model.service.database.schema import LIVE, QUEUED, RUNNING, Run
from model.service.services import Services

_FILE_CHECKS = 5
"""Versions whose files are checked at each call, in turn: damage changes nothing in the store."""


@dataclass
class _Entry:
    """A run of the list, as it was when it last changed."""

    run: Run
    summary: Json
    revision: int


class Listing:
    """Every run, newest first, and the versions.

    Revisions are the store's, so a page may ask another copy of the app for what has changed.

    Args:
        services: with the store of runs.
        access: the visitor's rights.
    """

    def __init__(self, services: Services, access: Access) -> None:
        self._services, self._access = services, access
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}
        self._removed: dict[str, int] = {}
        self._live: list[Run] = []
        self._states: dict[int, tuple[Any, ...]] = {}
        self._revision = self._first = -1
        self._rollback: str | None = None
        self._checked = 0

    def show(self, known: Any) -> Json:
        """What has changed on the list since a page last asked.

        Args:
            known: `state` of that answer, as the page sends it; any JSON.

        Returns:
            `state` and `seconds` of the running runs by name, alone if nothing has changed. Else
            `base`, `in_use`, `before`, `queue`, `may` and `damaged` too, with all `runs`, or those
            `changed` and `removed` since.

        Raises:
            StoreError: the store does not answer.
        """
        revision = self._services.store.revision()
        with self._lock:
            if revision > self._revision:
                self._refresh(revision)
            self._check_files()
            return self._answer(str(known)[:100])

    def _answer(self, known: str) -> Json:
        head: Json = {
            "base": network(self._services.serving.base),
            "in_use": network(self._services.serving.reader),
            "before": self._rollback,
            "queue": [run.name for run in self._live if run.status == QUEUED],
            "may": rights(self._access),
            "damaged": {
                entry.run.name: entry.summary["damage"]
                for entry in self._entries.values()
                if entry.summary["damage"]
            },
        }
        visitor = current_visitor()
        page = _digest(str(self._services.home.folder), visitor.is_owner, visitor.token)
        state = f"{self._revision}.{page}.{_digest(head)}"
        answer = {
            "state": state,
            "seconds": {run.name: seconds(run) for run in self._live if run.status == RUNNING},
        }
        if known == state:
            return answer
        revision, _, rest = known.partition(".")
        is_known = rest.partition(".")[0] == page and revision.isdecimal()
        if not is_known or not self._first <= int(revision) <= self._revision:
            newest_first = sorted(self._entries.items(), reverse=True)
            return answer | head | {"runs": [self._row(entry) for _, entry in newest_first]}
        seen = int(revision)
        changed = [self._row(entry) for entry in self._entries.values() if entry.revision > seen]
        removed = [name for name, at in self._removed.items() if at > seen]
        return answer | head | {"changed": changed, "removed": removed}

    def _row(self, entry: _Entry) -> Json:
        return entry.summary | {
            "own": is_own(entry.run, self._access),
            "seconds": seconds(entry.run),
        }

    def _refresh(self, revision: int) -> None:
        """Loads what has changed since the last call."""
        store = self._services.store
        states = store.states()
        there, before = store.previous()
        changed = {number for number, state in states.items() if self._states.get(number) != state}
        loaded = store.runs(changed) if changed else []
        # Read after the rows: whatever they contain is no newer than that.
        latest = store.revision()
        for number in self._entries.keys() - states.keys():
            self._removed[self._entries.pop(number).run.name] = latest
        for run in loaded:
            self._entries[run.id] = _Entry(run, summary(run, self._services.home), latest)
        live = (number for number, (_, status, *_) in states.items() if status in LIVE)
        runs = (self._entries[number].run for number in live if number in self._entries)
        self._live = sorted(runs, key=lambda run: (run.queued_at, run.id))
        self._rollback = (before or self._services.serving.base.version) if there else None
        self._states, self._revision = states, revision
        if self._first < 0:
            self._first = latest

    def _check_files(self) -> None:
        entries = list(self._entries.values())
        if not entries:
            return
        start = self._checked % len(entries)
        self._checked = start + _FILE_CHECKS
        for entry in itertools.islice(entries * 2, start, start + min(_FILE_CHECKS, len(entries))):
            if entry.run.learned:
                entry.summary["damage"] = self._services.home.damage(entry.run.name)


def _digest(*values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]

"""Which network reads: the version in use, swapped under every open page without a failed read.

Reading never waits for the database.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from model.reading.reader import ModelError, Reader
from model.service.database.connection import StoreError
from model.service.database.store import Store
from model.service.home import Home
from model.service.periodic import Periodic
from model.service.versions import folder_of

SECONDS_BETWEEN_CHECKS = 10.0
"""Beside those that follow a change at once: of a network that was refused and is whole again."""
MAX_READERS = 8
"""Networks kept ready beside the one in use, for visitors who draw with one of their own."""

log = logging.getLogger(__name__)


class Serving:
    """The reader in use, and readers of other versions.

    Args:
        base: the network that reads where nothing was put in use.
        store: knows which version is in use.
        home: where versions lie.
    """

    def __init__(self, base: Reader, store: Store, home: Home) -> None:
        self._base, self._store, self._home = base, store, home
        self._reader = base
        self._version: str | None = None
        self._refused: str | None = None
        self._others: OrderedDict[str, Reader] = OrderedDict()
        self._lock = threading.Lock()
        self._swapping = threading.Lock()
        self.refresh()
        self._periodic = Periodic(
            self.refresh,
            lambda: SECONDS_BETWEEN_CHECKS,
            "finding the network in use",
            store.changes,
        )

    @property
    def reader(self) -> Reader:
        """The network in use."""
        return self._reader

    @property
    def base(self) -> Reader:
        """The network that reads where nothing was put in use."""
        return self._base

    def ready(self, version: str) -> Reader | None:
        """The reader of a version, if it is in memory."""
        for reader in (self._reader, self._base):
            if version == reader.version:
                return reader
        with self._lock:
            if version in self._others:
                self._others.move_to_end(version)
                if not self._home.version(version).exists():
                    del self._others[version]  # deleted since: it must not read on from memory
            return self._others.get(version)

    def reader_of(self, version: str) -> Reader:
        """The reader of a version, the one in use or another.

        Raises:
            StoreError: there is no such version, or its files are missing or damaged.
        """
        if ready := self.ready(version):
            return ready
        reader = self._load(version)
        with self._lock:
            self._others[version] = reader
            while len(self._others) > MAX_READERS:
                self._others.popitem(last=False)
        return reader

    def put_in_use(self, version: str | None) -> None:
        """From now on everyone reads with that version (None: the app's own network).

        Raises:
            StoreError: there is no such version, or its files are missing or damaged.
        """
        with self._swapping:
            reader = self._reader_for(version)
            self._store.use(version)
            # A run may be asked for by its number alone: its network knows its whole name.
            self._swap(version and reader.version, reader)

    def roll_back(self) -> None:
        """Puts the previous version in use again.

        Raises:
            StoreError: there is none, or its files are missing or damaged.
        """
        with self._swapping:
            _, version = self._store.previous()
            reader = self._reader_for(version)
            if self._store.roll_back() == version:
                self._swap(version, reader)
                return
        self.refresh()  # another copy of the app was quicker

    def refresh(self) -> None:
        """Reads with what the store says is in use; if that fails, with the same as before."""
        with self._swapping:
            try:
                version = self._store.in_use()
                if version == self._version:
                    self._refused = None  # the next outage is another one
                    return
                reader = self._reader_for(version)
            except StoreError as error:
                if str(error) != self._refused:
                    self._refused = str(error)
                    log.error("still reading with %s: %s", self._reader.version, error)
                return
            self._swap(version, reader)

    def close(self) -> None:
        """Stops following the store."""
        self._periodic.close()

    def _swap(self, version: str | None, reader: Reader) -> None:
        self._reader, self._version, self._refused = reader, version, None

    def _reader_for(self, version: str | None) -> Reader:
        return self._base if version is None else self._load(version)

    def _load(self, version: str) -> Reader:
        run = self._store.run(version)
        folder = folder_of(run, self._home)
        try:
            return Reader(folder)
        except (ModelError, OSError) as error:
            log.error("%s: %s", run.name, error)
            raise StoreError(f"{run.name} cannot be used: it is damaged.") from error

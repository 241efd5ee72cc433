"""Opens what the page works with, once: home folder, store, reader, worker."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from model.reading.reader import ModelError, Reader
from model.service.database.connection import StoreError
from model.service.database.schema import FINISHED
from model.service.database.session import NoSuchRunError
from model.service.database.store import Store
from model.service.disk_quota import DiskQuota
from model.service.home import Home, HomeError
from model.service.jobs.cluster import ClusterError
from model.service.jobs.jobs import Jobs
from model.service.measuring import Measuring
from model.service.serving import Serving
from model.service.settings import Settings


class ServiceError(Exception):
    """The app cannot start; the message says why and what to do, in one line."""


@dataclass(frozen=True)
class Services:
    """What the page calls."""

    home: Home
    store: Store
    serving: Serving
    jobs: Jobs
    disk_quota: DiskQuota
    measuring: Measuring

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Opens everything.

        Raises:
            ServiceError: the home folder cannot be written, the database cannot be used, the
                network cannot be loaded, or there can be no cluster of that address.
        """
        try:
            home = Home(settings.home)
            base = Reader(settings.model)
            url = settings.database or home.database
            store = Store.open(url)
            home.sweep()
            for name in home.checkpoints():
                with suppress(NoSuchRunError):
                    if store.run(name).status == FINISHED:
                        home.forget_checkpoint(name)  # a kill may have come before this
        except HomeError as error:
            raise ServiceError(str(error)) from error
        except ModelError as error:
            raise ServiceError(f"The network cannot be loaded: {error}.") from error
        except StoreError as error:
            raise ServiceError(f"The runs cannot be remembered: {error}.") from error
        try:
            jobs = Jobs(store, home, url, settings.cluster)
        except ClusterError as error:
            raise ServiceError(str(error)) from error
        return cls(
            home,
            store,
            Serving(base, store, home),
            jobs,
            DiskQuota(store, home, settings.disk * 1e9),
            Measuring(),
        )

    def close(self) -> None:
        """Ends all background tasks."""
        self.measuring.close()
        self.jobs.close()
        self.serving.close()
        self.disk_quota.close()
        self.store.close()

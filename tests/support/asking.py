"""Sends a running app the requests of its own page, over plain HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from demo.train.form import default_values
from model.learning.recipes import find
from model.service.owner_key import OwnerKey

Ask = Callable[[str, Any], httpx.Response]
SOON = 90.0
"""Seconds; only a failing test waits that long."""


def visitor(url: str) -> httpx.Client:
    """A stranger's browser, which keeps cookies."""
    return httpx.Client(base_url=url, timeout=60)


@contextmanager
def owner(url: str, key: str = "") -> Iterator[httpx.Client]:
    """The owner's: by key, or by opening the page on the machine that it is served on."""
    with visitor(url) as client:
        if key:
            known = OwnerKey(key)
            client.cookies.set(known.cookie, known.token)
        client.get("/")
        yield client


def asking(client: httpx.Client) -> Ask:
    """Calls a server function by name, of whichever component has it."""
    homes = {
        name: component["id"]
        for component in client.get("config").json()["components"]
        for name in component["props"].get("server_fns", [])
    }

    def ask(name: str, given: Any) -> httpx.Response:
        body = {"component_id": homes[name], "fn_name": name, "session_hash": "x", "data": given}
        return client.post("gradio_api/component_server", json=body)

    return ask


def choice(count: int = 200, recipe: str = "compact", **settings: Any) -> dict[str, Any]:
    """What the Train tab's form sends: synthetic digits, the recipe's settings but for some."""
    values = default_values(find(recipe)) | settings
    chosen = {"recipe": recipe, "digits": "strokes", "count": count}
    return chosen | {"settings": values, "drawing": "[]"}


class Page:
    """An open page of an app.

    Args:
        url: the app's address, ending in a slash.
        key: the owner's; nobody's where the page is for this machine alone.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, verify=False, timeout=60)  # it signs for itself
        if key:
            self._client.headers["Authorization"] = f"Bearer {key}"
        else:
            self._client.get("")
        self._ask = asking(self._client)

    def ask(self, name: str, given: Any = None) -> Any:
        """The answer of a server function."""
        return self._ask(name, given).raise_for_status().json()

    def get(self, path: str) -> httpx.Response:
        """The response for a path under the app's address."""
        return self._client.get(path)

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()


def until(holds: Callable[[], Any], patience: float = SOON) -> Any:
    """Polls; returns the first true answer."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if answer := holds():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {patience:g} seconds")

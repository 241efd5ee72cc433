"""Asks the running app over plain HTTP what its own scripts ask, as anybody could."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from model.service.owner_key import OwnerKey

Ask = Callable[[str, Any], httpx.Response]


def visitor(url: str) -> httpx.Client:
    """A browser of a stranger's: it keeps whatever cookies it is given."""
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
    """Calls a server function, by its name, of whichever component has it."""
    homes = {
        name: component["id"]
        for component in client.get("config").json()["components"]
        for name in component["props"].get("server_fns", [])
    }

    def ask(name: str, given: Any) -> httpx.Response:
        body = {"component_id": homes[name], "fn_name": name, "session_hash": "x", "data": given}
        return client.post("gradio_api/component_server", json=body)

    return ask

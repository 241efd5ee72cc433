"""What Gradio components of our own are made with.

Knows one habit of Gradio's: it writes a .pyi file beside every module that defines a component.
"""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from gradio.component_meta import ComponentMeta


class NoStub(ComponentMeta):
    """Metaclass of a component that adds no events: skips what Gradio does at its definition.

    Which is to register new events, of which there are none, and to write the .pyi file: a change
    to the source tree by running it, and one that type checkers prefer to the source.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        return ABCMeta.__new__(mcs, name, bases, namespace)

"""What Gradio components of our own are made with.

Knows two habits of Gradio's: a component's HTML, CSS and JavaScript are strings, and it writes a
.pyi file beside every module that defines one.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta


class NoStub(ComponentMeta):
    """Metaclass of a component that adds no events: skips what Gradio does at its definition.

    Which is to register new events, of which there are none, and to write the .pyi file: a change
    to the source tree by running it, and one that type checkers prefer to the source.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        return ABCMeta.__new__(mcs, name, bases, namespace)


class Scripted(gr.HTML, metaclass=NoStub):
    """A component whose page, style and scripts are files of one folder.

    Args:
        html: its page; the .css of the same name lies beside it.
        scripts: names of its .js files, in this order; a path may lead to another folder's.
        styles: names of further .css files.
        calls: functions that the scripts call by name on the server. Whatever comes from a
            browser reaches them as it is; they answer and never raise.
        props: what the scripts find in `props`.
    """

    def __init__(
        self,
        html: Path,
        scripts: Sequence[str],
        calls: Sequence[Callable[..., Any]] = (),
        styles: Sequence[str] = (),
        **props: Any,
    ) -> None:
        super().__init__(
            html_template=_read(html),
            css_template="\n".join(
                _read(html.parent / f"{name}.css") for name in (html.stem, *styles)
            ),
            js_on_load="\n".join(_read(html.parent / f"{name}.js") for name in scripts),
            apply_default_css=False,
            server_functions=list(calls),
            **props,
        )

    def get_block_name(self) -> str:
        return "html"  # the part of it that the browser has


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")

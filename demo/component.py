"""What the page's own Gradio components are made with.

Gradio takes a component's HTML, CSS and JavaScript as strings, and writes a .pyi file beside every
module that defines one.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta

from demo.web.scripts import FOLDER, load_scripts

# Relative to the page, which a proxy may have put under a path of its own.
_MOUNT = """
const imported = window.sketchpadScripts?.["SCRIPT"];
if (imported) imported.mount(element, props, server);
else import(new URL("SCRIPT", document.baseURI)).then(
  ({ mount }) => mount(element, props, server),
  () => element.append("This part of the page could not be loaded. Reload the page."),
);
"""


ASK, BUTTONS, CHART, DIALOG = (
    FOLDER / "parts" / f"{name}.css" for name in ("ask", "buttons", "chart", "dialog")
)
"""Style sheets of several tabs."""


class NoStub(ComponentMeta):
    """Metaclass of a component that adds no events: skips what Gradio does at its definition.

    Which is to register new events, of which there are none, and to write the .pyi file: a change
    to the source tree by running it, and one that type checkers prefer to the source.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        return ABCMeta.__new__(mcs, name, bases, namespace)


class Scripted(gr.HTML, metaclass=NoStub):
    """A component made of files: its page, and the style and script of the same name beside it.

    The script is an ES module; its `mount(element, props, server)` is called when the component
    appears.

    Args:
        html: its page.
        calls: functions that the script calls on the server, as `server.name(payload)`. They get
            whatever a browser sends; they answer and never raise.
        styles: further style sheets.
        inline: a script that is no module, and runs before the component is first painted.
        props: what the script finds in `props`.
    """

    def __init__(
        self,
        html: Path,
        calls: Sequence[Callable[..., Any]] = (),
        styles: Sequence[Path] = (),
        inline: Path | None = None,
        **props: Any,
    ) -> None:
        first = "" if inline is None else _read(inline)
        script = html.with_suffix(".js").relative_to(FOLDER).as_posix()
        super().__init__(
            html_template=_read(html),
            css_template="\n".join(map(_read, (html.with_suffix(".css"), *styles))),
            js_on_load=first + _MOUNT.replace("SCRIPT", load_scripts().address(script)),
            apply_default_css=False,
            server_functions=list(calls),
            **props,
        )

    def get_block_name(self) -> str:
        return "html"  # the part of it that the browser has


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")

"""Keeps Gradio from regenerating its .pyi stub files on import, which takes 0.8 to 1 s.

Gradio does so for each of its components at every start, only to find the file unchanged.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any


def skip_stubs() -> None:
    """Makes Gradio leave its stub files alone; call it before the first import of Gradio."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> Any:
        if fullname != "gradio.component_meta":
            return None
        spec: ModuleSpec | None = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _WithoutStubs(fullname, spec.loader.path)
        return spec


class _WithoutStubs(SourceFileLoader):
    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        module.create_or_modify_pyi = lambda *_: None

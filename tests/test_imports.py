"""Who imports whom: the house's rules, read from the sources and tried in a fresh process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "app.py": {"demo", "model"},
    "demo": {"demo", "model.reading", "model.service", "model.learning"},
    "model": {"model"},
    "model/service": {"model.service", "model.reading", "model.learning"},
    "model/learning": {"model.learning", "model.reading"},
    "model/reading": {"model.reading"},
}
"""What a file of a folder may import of the project; the longest matching folder counts."""
HEAVY = {
    "gradio": ("demo",),
    "tensorflow": ("model/learning",),
    "keras": ("model/learning",),
    "ray": ("model/service/jobs/cluster.py",),
}
"""Libraries and the folders that alone may import them."""


def sources() -> list[Path]:
    return [
        ROOT / "app.py",
        *sorted((ROOT / "demo").rglob("*.py")),
        *sorted((ROOT / "model").rglob("*.py")),
    ]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_what_its_folder_may(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    allowed = MAY_IMPORT[max((f for f in MAY_IMPORT if name.startswith(f)), key=len)]
    for imported in imports(path):
        top = imported.split(".")[0]
        if top in {"app", "demo", "tests"} or imported.startswith("model."):
            assert any(imported == a or imported.startswith(f"{a}.") for a in allowed), imported
        if top in HEAVY:
            assert name.startswith(HEAVY[top]), imported


def loaded_by(code: str) -> set[str]:
    command = f"import sys\n{code}\nprint(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in out.stdout.split()}


def test_the_pages_process_never_loads_tensorflow() -> None:
    code = """
from model.service.services import Services
from model.service.settings import Settings
from demo.application import Application
import tempfile
settings = Settings.load(["--home", tempfile.mkdtemp()])
Application.build(settings, Services.open(settings))
"""
    assert loaded_by(code) & {"tensorflow", "keras", "sklearn", "matplotlib", "ray"} == set()


def test_reading_loads_no_large_library() -> None:
    loaded = loaded_by("import model.reading.ink, model.reading.reader")
    assert loaded & {"tensorflow", "keras", "gradio", "scipy", "sklearn", "pandas"} == set()

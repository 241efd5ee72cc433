"""Who may import whom, read from the sources; what a fresh process loads, tried in one."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.documents import folders

ROOT = Path(__file__).parent.parent
MAX_LINES = 350
MIGRATIONS = "model/service/database/migrations"
LEARNING = {"model/learning", "model/learning/data", "model/learning/evaluation"}
TABS = {"demo/draw", "demo/train", "demo/models", "demo/data", "demo/header"}
BELOW_A_TAB = {
    "demo",
    "demo/web",
    "model/service",
    "model/service/database",
    "model/reading",
    *LEARNING,
}
MAY_IMPORT = {
    ".": {"demo", "model/service"},
    "demo": TABS | BELOW_A_TAB,
    **dict.fromkeys(TABS, BELOW_A_TAB),
    "demo/web": {"model/service", "model/service/database"},
    "model": {"model/cli", "model/service", "model/service/database", "model/reading", *LEARNING},
    "model/cli": {
        "model/service",
        "model/service/database",
        "model/service/jobs",
        "model/service/backup",
        "model/reading",
        *LEARNING,
    },
    "model/service": {"model/service/database", "model/service/jobs", "model/reading", *LEARNING},
    "model/service/jobs": {"model/service", "model/service/database", *LEARNING},
    "model/service/backup": {
        "model/service",
        "model/service/database",
        MIGRATIONS,
        "model/reading",
        "model/learning",
    },
    "model/service/database": {MIGRATIONS, "model/learning"},
    MIGRATIONS: {"model/service/database"},
    f"{MIGRATIONS}/versions": set(),
    "model/learning": {"model/learning/data", "model/learning/evaluation", "model/reading"},
    "model/learning/evaluation": {"model/learning", "model/learning/data", "model/reading"},
    "model/learning/data": {"model/learning", "model/reading"},
    "model/reading": set(),
}
"""The folders that the files of each folder may import from, besides their own."""
_HTTP = ("demo/web/", "demo/application.py", "demo/server.py")
_DATABASE = ("model/service/database/", "model/service/backup/")
LIBRARIES = {
    "gradio": ("demo/",),
    "gradio_client": ("demo/",),
    "fastapi": _HTTP,
    "starlette": _HTTP,
    "uvicorn": _HTTP,
    "limits": ("demo/web/",),
    "prometheus_client": ("demo/web/",),
    "python_multipart": ("demo/web/",),
    "segno": ("demo/header/",),
    "tensorflow": ("model/learning/",),
    "keras": ("model/learning/",),
    "h5py": ("model/learning/",),
    "sklearn": ("model/learning/",),
    "onnxruntime": ("model/learning/",),
    "matplotlib": ("model/cli/pictures.py",),
    "ai_edge_litert": ("model/reading/", "model/learning/"),
    "sqlalchemy": _DATABASE,
    "alembic": (MIGRATIONS,),
    "psycopg": ("model/service/database/postgresql.py",),
    "ray": ("model/service/jobs/cluster.py",),
}
"""Libraries, and the only places that may import them."""


def sources() -> list[Path]:
    folders = ("demo", "model")
    return [ROOT / "app.py", *(p for f in folders for p in sorted((ROOT / f).rglob("*.py")))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MODULES = {
    named(p).removesuffix(".py").removesuffix("/__init__").replace("/", "."): p for p in sources()
}


def imports(path: Path) -> Iterator[str]:
    """What a file imports at any depth, functions too: a module, or what a package holds."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{named(path)}: a relative import"
            assert node.level == 0, f"{named(path)}: a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def test_every_folder_has_its_rule() -> None:
    assert {named(path.parent) for path in sources()} == MAY_IMPORT.keys()


def test_a_file_imports_only_what_its_folder_may() -> None:
    wrong = []
    for path in sources():
        folder = named(path.parent)
        for imported in imports(path):
            if imported.split(".")[0] in {"app", "demo", "model", "tests"}:
                found = MODULES.get(imported)
                if found is None or named(found.parent) not in MAY_IMPORT[folder] | {folder}:
                    wrong.append(f"{named(path)} imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_a_library_is_imported_only_where_it_belongs() -> None:
    wrong = []
    for path in sources():
        for imported in imports(path):
            places = LIBRARIES.get(imported.split(".")[0], ("",))
            if not named(path).startswith(places):
                wrong.append(f"{named(path)} imports {imported}")
    assert not wrong, "\n".join(wrong)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, by whatever way round."""
    reach = {start: _reached(graph, start) for start in graph}
    groups = {
        frozenset(other for other in reach[each] if each in reach[other])
        for each in graph
        if each in reach[each]
    }
    return sorted(sorted(group) for group in groups)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        if (module := todo.pop()) not in seen:
            seen.add(module)
            todo.extend(graph[module])
    return seen


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for name, path in MODULES.items():
        graph[name] = {each for each in imports(path) if each in MODULES}
    assert not (found := circles(graph)), found
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == [["b", "c"], ["d"]]


def test_no_file_of_ours_is_too_long() -> None:
    long = {}
    for folder in (ROOT / "demo", ROOT / "model", ROOT / "tests"):
        for path in folder.rglob("*"):
            if path.suffix in {".py", ".js", ".css", ".html"} and "vendor" not in path.parts:
                lines = len(path.read_text(encoding="utf-8").splitlines())
                if lines > MAX_LINES:
                    long[named(path)] = lines
    assert not long, long


def test_the_list_of_folders_is_true() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    real = {
        named(folder)
        for top in ("demo", "model", "tests", "docs", "hosting")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and not re.search(r"/(__|\.)\w+/", named(path))
        for folder in path.parents
        if folder.is_relative_to(ROOT / top)
    }
    assert sorted(folders(text)) == sorted(real)


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

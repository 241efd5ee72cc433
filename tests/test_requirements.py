"""Requirements: every imported package is named with an exact version, and the lock agrees."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = {"app", "demo", "model", "tests"}
TENSORFLOW = {"tensorflow", "tensorflow-cpu"}
"""One on each platform, with the same version."""


def normal(name: str) -> str:
    """A distribution's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> dict[str, str]:
    """Distribution -> version, of a requirements file and of those that it includes."""
    found: dict[str, str] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= pinned(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            exact = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)(?:; .*)?", line)
            assert exact, f"{file}: {line} is not an exact version"
            found[normal(exact[1])] = exact[2]
    return found


def imported(*places: str) -> dict[str, str]:
    """Top-level module -> a file that imports it, of all that is neither Python's nor ours."""
    found = {}
    for place in places:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                for name in names:
                    found[name.split(".")[0]] = file.relative_to(ROOT).as_posix()
    return {k: v for k, v in found.items() if k not in OURS | set(sys.stdlib_module_names)}


def unnamed(modules: dict[str, str], *files: str) -> list[str]:
    """The modules whose distribution none of the files names."""
    named = {name for file in files for name in pinned(file)}
    found = packages_distributions()
    return [
        f"{file} imports {module}"
        for module, file in modules.items()
        # One that is not installed, such as Ray, is named as it is imported.
        if not {normal(each) for each in found.get(module, [module])} & named
    ]


def test_every_import_of_the_app_is_named() -> None:
    files = ("requirements.txt", "requirements-hosting.txt", "requirements-cluster.txt")
    assert unnamed(imported("app.py", "demo", "model"), *files) == []


def test_every_import_of_the_tests_is_named() -> None:
    assert unnamed(imported("tests"), "requirements-dev.txt", "requirements-cluster.txt") == []


def test_the_lock_has_the_same_versions_and_they_are_installed() -> None:
    lock = pinned("requirements.lock")
    for file in ("requirements-dev.txt", "requirements-cluster.txt"):
        for name, exact in pinned(file).items():
            locked = lock.get(name, lock["tensorflow-cpu"] if name in TENSORFLOW else "")
            assert locked == exact, f"{file}: {name}"
    for name in ("gradio", "keras", "pydantic-core", "pandas", "protobuf"):
        assert version(name) == lock[name], name


def test_everything_is_installed_by_the_lock() -> None:
    for file in ("Makefile", "Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "--constraint requirements.lock" in text, file
    installing = re.findall(r"pip install (\S+).*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert [each for each in installing if each != "$(LOCKED)"] == ["--quiet"], "only make lock"

"""The README is true: its examples run, its tree is the tree, it names all there is to name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from model.learning.recipes import RECIPES
from model.service.settings import Settings
from tests.support.pictures import drawn_on_paper

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return [block for kind, block in fenced if kind == language]


def test_the_python_example_runs(app_url: str, tmp_path: Path) -> None:
    drawn_on_paper(5).save(tmp_path / "digit.png")
    (example,) = blocks("python")
    code = example.replace(ADDRESS, app_url.rstrip("/"))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["7", "5"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_curl_example_runs(app_url: str) -> None:
    (example,) = (block for block in blocks("") if block.startswith("curl"))
    command = example.replace(ADDRESS, app_url.rstrip("/"))
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["data"][0]["text"] == "7"


def test_the_json_example_has_the_answers_keys(app_url: str) -> None:
    (example,) = map(json.loads, blocks("json"))
    import httpx

    strokes = {"data": [[[[10, 10], [60, 10], [30, 90]]]]}
    (answer,) = httpx.post(f"{app_url}gradio_api/run/read_strokes", json=strokes).json()["data"]
    assert answer.keys() == example.keys()
    assert answer["digits"][0].keys() == example["digits"][0].keys()
    assert answer["model"] == example["model"]


def test_every_recipe_is_named() -> None:
    assert [name for name in RECIPES if f"| `{name}` |" not in README] == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_named(name: str) -> None:
    assert f"| `--{name.replace('_', '-')}` | `SKETCHPAD_{name.upper()}` |" in README


def test_its_head_makes_the_repository_a_space() -> None:
    head = re.match(r"---\n(.*?)\n---\n", README, re.DOTALL)
    assert head
    said = dict(line.split(": ", 1) for line in head[1].splitlines())
    assert (said["sdk"], said["app_file"]) == ("gradio", "app.py")
    assert f"gradio=={said['sdk_version']}\n" in (ROOT / "requirements.txt").read_text()
    # The one that all tests run with; elsewhere they run with others too.
    assert f"python:{said['python_version'].strip(chr(34))}." in (ROOT / "Dockerfile").read_text()
    assert len(said["short_description"]) <= 60  # longer ones are refused


def test_every_command_is_named() -> None:
    usage = subprocess.run(
        [sys.executable, "-m", "model", "--help"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    commands = re.findall(r"^    ([a-z]+) ", usage, re.MULTILINE)
    assert {"train", "evaluate", "score", "read", "recipes"} <= set(commands)
    assert [c for c in commands if f"python -m model {c}" not in README] == []


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:`|^|\d )make ([a-z-]+)", README, re.MULTILINE)):
        assert f"\n{target}:" in makefile, target


def test_the_tree_is_the_tree() -> None:
    (tree,) = (block for block in blocks("") if block.startswith("app.py"))
    listed, folders = set(), [""]
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth + 1 :] = []
        for name in re.match(r"\s*((?:[\w./-]+, )*[\w./-]+)", line)[1].split(", "):  # type: ignore[index]
            path = "".join(folders) + name
            assert (ROOT / path).exists(), path
            listed.add(path.rstrip("/"))
            if name.endswith("/"):
                folders.append(name)
    code = [p for folder in ("demo", "model") for p in (ROOT / folder).rglob("*.py")]
    assert {p.parent.relative_to(ROOT).as_posix() for p in code} - listed == set()

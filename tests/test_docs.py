"""The documents are true: examples run, links lead somewhere, what they name exists, and the
other way round."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from model.__main__ import main
from model.learning.recipes import RECIPES
from model.service.settings import Settings
from tests.support.documents import blocks, folders
from tests.support.pictures import drawn_on_paper

ROOT = Path(__file__).parent.parent
ADDRESS = "http://127.0.0.1:7860"
HISTORY = ("CHANGELOG.md", "docs/LOG.md")
"""They name what there was; of these only the links are held."""
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
}
README = DOCUMENTS["README.md"]
CURRENT = {name: text for name, text in DOCUMENTS.items() if name not in HISTORY}
ALL_TEXT = "\n".join(CURRENT.values())
COMMAND = re.compile(r"python -m model ([a-z]+)(.*)")
MAX_README_LINES = 170


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def flags(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


# Examples


def test_the_python_example_runs(app_url: str, tmp_path: Path) -> None:
    drawn_on_paper(5).save(tmp_path / "digit.png")
    (example,) = blocks("python", ALL_TEXT)
    code = example.replace(ADDRESS, app_url.rstrip("/"))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["7", "5"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_curl_example_runs(app_url: str) -> None:
    (example,) = (block for block in blocks("", ALL_TEXT) if block.startswith("curl"))
    command = example.replace(ADDRESS, app_url.rstrip("/"))
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["data"][0]["text"] == "7"


def test_the_json_example_has_the_answers_keys(app_url: str) -> None:
    (example,) = map(json.loads, blocks("json", ALL_TEXT))
    strokes = {"data": [[[[10, 10], [60, 10], [30, 90]]]]}
    (answer,) = httpx.post(f"{app_url}gradio_api/run/read_strokes", json=strokes).json()["data"]
    assert answer.keys() == example.keys()
    assert answer["digits"][0].keys() == example["digits"][0].keys()
    assert answer["model"] == example["model"]


# What there is, is named


def test_every_recipe_is_named() -> None:
    training = CURRENT["docs/TRAINING.md"]
    assert [name for name in RECIPES if f"| `{name}` |" not in training] == []


def test_every_setting_is_named() -> None:
    rows = [
        f"| `--{name.replace('_', '-')}` | `SKETCHPAD_{name.upper()}` |"
        for name in Settings.model_fields
    ]
    assert [row for row in rows if row not in CURRENT["docs/HOSTING.md"]] == []


def test_every_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = set(re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE))
    assert {"train", "evaluate", "score", "read", "recipes", "backup"} <= commands
    named = {command for command, _ in COMMAND.findall(ALL_TEXT)}
    assert commands == named


def test_every_make_target_is_named_and_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)", makefile, re.MULTILINE)
    in_blocks = re.findall(r"^make ([a-z-]+)", "".join(blocks("", ALL_TEXT)), re.MULTILINE)
    named = {*in_blocks, *re.findall(r"`(?:[A-Z]+=\S+ )*make ([a-z-]+)", ALL_TEXT)}
    assert named == set(phony.split())


def test_every_document_is_in_the_readmes_list() -> None:
    assert [name for name in DOCUMENTS if f"]({name})" not in README and name != "README.md"] == []


# What is named, exists


def test_every_flag_of_a_command_exists(capsys: pytest.CaptureFixture[str]) -> None:
    for command, rest in COMMAND.findall(ALL_TEXT.replace("\\\n", " ")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known = flags(capsys.readouterr().out)
        unknown = flags(rest.partition("`")[0]) - known
        assert unknown == set(), f"python -m model {command}{rest}"


def test_every_flag_of_the_app_exists() -> None:
    known = {f"--{name.replace('_', '-')}" for name in Settings.model_fields} | {"--help"}
    for line in re.findall(r"python app\.py([^`\n]*)", ALL_TEXT):
        assert flags(line) <= known, line


def test_every_module_that_is_run_exists_and_has_its_flags() -> None:
    for module, rest in re.findall(r"python -m (tests[\w.]+)([^`\n#]*)", ALL_TEXT):
        path = ROOT / f"{module.replace('.', '/')}.py"
        assert path.exists(), module
        source = path.read_text(encoding="utf-8")
        assert [flag for flag in flags(rest) if f'"{flag}"' not in source] == [], module


def test_every_path_in_the_text_exists() -> None:
    missing = [
        f"{name}: {path}"
        for name, text in CURRENT.items()
        for path in re.findall(r"`((?:demo|model|tests|docs|hosting)/[\w./-]*)`", text)
        if not (ROOT / path).exists()
    ]
    assert not missing, "\n".join(missing)


def test_every_threat_names_tests_that_exist() -> None:
    _, _, section = CURRENT["docs/HOSTING.md"].partition("## Who could try what")
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    for row in rows:
        tests = re.findall(r"`([\w/]+\.py)::(test_\w+)`", row.split(" | ")[-1])
        assert tests, row
        for file, test in tests:
            source = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert f"\ndef {test}(" in source, f"{file}::{test}"


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_leads_somewhere() -> None:
    broken = []
    for name, text in DOCUMENTS.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
            if link.startswith("http"):
                continue
            file, _, anchor = link.partition("#")
            target = (ROOT / name).parent / file if file else ROOT / name
            if not target.exists():
                broken.append(f"{name}: {link}")
            elif anchor:
                headings = re.findall(r"^#+ (.+)$", prose(target.read_text("utf-8")), re.MULTILINE)
                if anchor not in map(slug, headings):
                    broken.append(f"{name}: {link}")
    assert not broken, "\n".join(broken)


# The README's own form


def test_the_readmes_tree_names_folders() -> None:
    assert [path for path in folders(README) if not (ROOT / path).is_dir()] == []


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MAX_README_LINES


def test_the_readmes_head_makes_the_repository_a_space() -> None:
    head = re.match(r"---\n(.*?)\n---\n", README, re.DOTALL)
    assert head
    said = dict(line.split(": ", 1) for line in head[1].splitlines())
    assert (said["sdk"], said["app_file"]) == ("gradio", "app.py")
    assert f"gradio=={said['sdk_version']}\n" in (ROOT / "requirements.txt").read_text()
    # The one that all tests run with; elsewhere they run with others too.
    assert f"python:{said['python_version'].strip(chr(34))}." in (ROOT / "Dockerfile").read_text()
    assert len(said["short_description"]) <= 60  # longer ones are refused

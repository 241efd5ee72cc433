"""Reads the documents: their code blocks and their trees of folders."""

from __future__ import annotations

import re


def blocks(language: str, text: str) -> list[str]:
    """The contents of all fenced blocks of a language; "" for those that name none."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [block for kind, block in fenced if kind == language]


def folders(text: str) -> list[str]:
    """The folders of the document's one tree, which begins with `demo/` and is indented by two."""
    (tree,) = (block for block in blocks("", text) if block.startswith("demo/"))
    paths: list[str] = []
    above: list[str] = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [line.split()[0]]
        paths.append("".join(above).rstrip("/"))
    return paths

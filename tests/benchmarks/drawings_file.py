"""Makes the file of pen drawings that the served network learns from beside MNIST.

Run as `python -m tests.benchmarks.drawings_file --pendigits FILE --unipen DIR OUT.npz`. FILE is
`pendigits-orig.tra`, packed or not, of UCI's Pen-Based Recognition of Handwritten Digits; DIR is
UNIPEN's train_r01_v07 (https://zenodo.org/records/1195803), the folder or its tar archive. With
`--held-out` instead of `--unipen`, the file has the digits that are not learned from, to measure
with.
"""

from __future__ import annotations

import argparse
import gzip
import lzma
import re
import secrets
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.learning.errors import DataError
from tests.benchmarks.unipen import Point, Unipen

WRITERS, HELD_OUT = range(1, 23), range(23, 31)
"""Of `pendigits-orig.tra`, by number: to learn from, and to measure with."""
CONTRIBUTORS = ("apb", "art", "ced", "imp", "pri", "uqb")
"""Of UNIPEN; its `app` and `tos` are for measuring."""
DIGITS, LETTERS = ("1a",), ("1b", "1c")
"""UNIPEN's folders of digits, and of upper and lower case letters."""
LOOK_ALIKES = frozenset("OoQDIliZzSsBbqg|")
"""Letters drawn as digits are."""
MAX_LETTERS, SEED = 14_000, 11
"""So many letters are chosen at random."""

_WRITER = re.compile(r"\s*\d+\s+(\d+)\b")
_NAME = re.compile(rf"(?:.*/)?((?:data/1[abc]|include)/(?:{'|'.join(CONTRIBUTORS)})/.+)")
_ENCODING = "latin-1"
_UNIPEN_ADVICE = "it must be UNIPEN's train_r01_v07, a folder with data/ and include/ or its tar"


class Drawing(NamedTuple):
    """One drawing of the file."""

    label: str
    strokes: Sequence[Sequence[Point]]
    """x to the right and y upwards."""
    writer: str


def pen_digits(path: Path, writers: Container[int] = WRITERS) -> list[Drawing]:
    """The digits of these writers, in the order written.

    Raises:
        DataError: the file is missing, or not of that kind.
    """
    text = _unpacked(path).decode(_ENCODING)
    drawings = []
    for label, strokes, comment in Unipen(lambda _: None).characters(path.name, text):
        writer = _WRITER.match(comment)
        if writer is None:
            raise DataError(f"{path} lacks the writer of a {label}: is it pendigits-orig.tra?")
        if int(writer[1]) in writers:
            drawings.append(Drawing(label, strokes, f"pen/{writer[1]}"))
    if not drawings:
        raise DataError(f"{path} has no digits of these writers: is it pendigits-orig.tra?")
    return drawings


def unipen_drawings(path: Path) -> tuple[list[Drawing], list[Drawing]]:
    """The digits, and all letters but `LOOK_ALIKES`, of `CONTRIBUTORS`, in the order of files.

    Raises:
        DataError: the distribution is missing, or not of that kind.
    """
    files = _distribution(path)
    unipen = Unipen(lambda name: files.get(f"include/{name}"))

    def drawings(folders: Sequence[str]) -> Iterator[Drawing]:
        for folder in folders:
            start = f"data/{folder}/"
            for name in sorted(name for name in files if name.startswith(start)):
                writer = f"unipen/{name.removeprefix(start).replace('/', '-')}"
                for label, strokes, _ in unipen.characters(name, files[name]):
                    yield Drawing(label, strokes, writer)

    digits = [each for each in drawings(DIGITS) if each.label in "0123456789"]
    letters = [each for each in drawings(LETTERS) if each.label not in LOOK_ALIKES]
    if not digits or not letters:
        raise DataError(f"{path} has no drawings of {', '.join(CONTRIBUTORS)}: {_UNIPEN_ADVICE}")
    return digits, [each._replace(label=f"character/{each.label}") for each in letters]


def chosen(letters: Sequence[Drawing]) -> list[Drawing]:
    """`MAX_LETTERS` of them at random, in their order; the same ones each time."""
    places = np.random.default_rng(SEED).permutation(len(letters))[:MAX_LETTERS]
    return [letters[place] for place in sorted(places)]


def arrays(drawings: Sequence[Drawing]) -> dict[str, np.ndarray]:
    """The drawings in the layout of `stroke_sets`, y downwards, and `writers` (N,)."""
    strokes = [stroke for each in drawings for stroke in each.strokes]
    points = np.array([point for stroke in strokes for point in stroke], np.float32)
    return {
        "points": points * np.array([1, -1], np.float32),
        "stroke_starts": np.cumsum([0, *map(len, strokes)]),
        "drawing_starts": np.cumsum([0, *(len(each.strokes) for each in drawings)]),
        "labels": np.array([each.label for each in drawings]),
        "writers": np.array([each.writer for each in drawings]),
    }


def write(path: Path, drawings: Sequence[Drawing]) -> None:
    """Writes the file; an older one stays until the new one is complete.

    Raises:
        DataError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            np.savez_compressed(file, **arrays(drawings))  # type: ignore[arg-type]
        partial.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _distribution(path: Path) -> Mapping[str, str]:
    """Texts of `CONTRIBUTORS`' files by name, `data/1a/...` or `include/...`."""
    texts = {}
    try:
        if path.is_dir():
            for file in path.rglob("*"):
                name = _NAME.fullmatch(file.relative_to(path).as_posix())
                if name and file.is_file():
                    texts[name[1]] = file.read_text(_ENCODING)
            return texts
        with tarfile.open(path) as archive:
            for member in archive:
                name = _NAME.fullmatch(member.name)
                if name and (content := archive.extractfile(member)):
                    texts[name[1]] = content.read().decode(_ENCODING)
        return texts
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path} is damaged or not an archive; {_UNIPEN_ADVICE}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def _unpacked(path: Path) -> bytes:
    if not path.exists():
        raise DataError(f"{path} is missing")
    try:
        if path.suffix == ".Z":  # as UCI packs it; Python cannot unpack it
            command = ["gzip", "-dc", str(path.absolute())]
            return subprocess.run(command, check=True, capture_output=True).stdout
        unpack = {".xz": lzma.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
        return unpack(path.read_bytes())
    except (lzma.LZMAError, EOFError, zlib.error, subprocess.CalledProcessError) as error:
        raise DataError(f"{path} is damaged: it cannot be unpacked") from error
    except FileNotFoundError as error:
        raise DataError(f"{path} cannot be unpacked: gzip is not installed") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads both distributions and writes the file; 1, with a sentence, where one is unusable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pendigits", type=Path, required=True, metavar="FILE")
    others_of = parser.add_mutually_exclusive_group(required=True)
    others_of.add_argument("--unipen", type=Path, metavar="DIR")
    others_of.add_argument("--held-out", action="store_true", help="digits to measure with")
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    args = parser.parse_args(arguments)
    try:
        letters: list[Drawing] = []
        if args.held_out:
            digits = pen_digits(args.pendigits, HELD_OUT)
        else:
            digits = pen_digits(args.pendigits)
            others, letters = unipen_drawings(args.unipen)
            digits, letters = digits + others, chosen(letters)
        write(args.out, digits + letters)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.out}: {len(digits):,} digits and {len(letters):,} letters")
    return 0


if __name__ == "__main__":
    sys.exit(main())

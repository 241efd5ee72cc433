"""The file of drawings to train on: UNIPEN files come out as drawings, in a fixed order."""

from __future__ import annotations

import gzip
import lzma
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from model.learning.data import stroke_sets
from model.learning.errors import DataError
from tests.benchmarks import drawings_file
from tests.benchmarks.unipen import MAX_INCLUDES, Unipen

INK = """\
.COMMENT the pen is lifted from 1 on
.PEN_DOWN
1 10
2 20
3 30
.PEN_UP
9 9
.PEN_DOWN
4 40
5 50
.PEN_UP
.DT 100
.PEN_DOWN
6 60
7 70
8 80
"""
"""Components with a number are 0 to 3 where empty ones have none, 0 to 4 where they have, and 0 to
2 where only the lowered pen counts."""
A, B, C = [(1, 10), (2, 20), (3, 30)], [(4, 40), (5, 50)], [(6, 60), (7, 70), (8, 80)]


def _read(segments: str, ink: str = INK) -> list[tuple[str, list]]:
    text = f"{segments}\n.INCLUDE x/ink.dat\n.INCLUDE x/absent.doc\n"
    found = Unipen({"x/ink.dat": ink}.get).characters("x.dat", text)
    return [(each.label, each.strokes) for each in found]


def test_ranges_name_components_and_points() -> None:
    for ranges, expected in (
        ("0", [A]),
        ("0-2", [A, B]),
        ("0,3", [A, C]),
        ("0-1,3", [A, C]),
        ("0:1-2:0", [A[1:], B[:1]]),
        ("2-3:1", [B, C[:2]]),
        ("2:1-3", [B[1:], C]),
        ("3:1-3:1", [C[1:2]]),
        ("0:2-2,3:0-3:1", [A[2:], B, C[:2]]),
        ("2-9", [B, C]),
    ):
        assert _read(f'.SEGMENT CHARACTER {ranges} ? "8"') == [("8", expected)], ranges


def test_components_are_counted_so_that_the_fewest_segments_are_empty() -> None:
    for way, segments, expected in (
        ("those with points", '0 ? "A"', [A]),
        (
            "those with points, wherever several ways do",
            '0 ? "A"\n.SEGMENT CHARACTER 2 ? "B"',
            [A, B],
        ),
        ("also the empty ones", '2 ? "B"\n.SEGMENT CHARACTER 4 ? "C"', [B, C]),
        ("only the lowered pen's", '0 ? "A"\n.SEGMENT CHARACTER 1 ? "B"', [A, B]),
    ):
        read = _read(f".SEGMENT CHARACTER {segments}")
        assert [strokes for _, strokes in read] == [[each] for each in expected], way


def test_only_what_is_drawn_counts_as_a_character() -> None:
    word = '.SEGMENT WORD 0-3 ? "AB"\n.SEGMENT CHARACTER 0 OK "A"\n.SEGMENT CHARACTER 12 OK "B"'
    assert _read(word) == [("A", [A])]
    assert _read('.SEGMENT CHARACTER 0 ? "A"\n.INCLUDE x/none.dat', ink="") == []
    nested = {f"{i}": f".INCLUDE {i + 1}\n" for i in range(MAX_INCLUDES)} | {
        "loop": ".INCLUDE loop"
    }
    nested["3"] += INK
    found = Unipen(nested.get).characters("x", '.INCLUDE 0\n.INCLUDE loop\n.SEGMENT DIGIT 0 ? "1"')
    assert [each.strokes for each in found] == [[A]]


def test_files_in_another_format_are_named_with_the_line() -> None:
    for text, number, line in (
        ("\n1 2\n3 x\n", 1, ".PEN_DOWN"),
        ("\n1 2\n3\n", 1, ".PEN_DOWN"),
        ("\n7\n", 1, ".PEN_DOWN"),
        ("\n1 2\n\n  .SEGMENT CHARACTER 0\n", 4, ".SEGMENT CHARACTER 0"),
        ('\n.SEGMENT DIGIT 0-x ? "1"\n', 2, '.SEGMENT DIGIT 0-x ? "1"'),
        ('\n1 2\n.SEGMENT DIGIT 3- ? "1"\n', 3, '.SEGMENT DIGIT 3- ? "1"'),
    ):
        with pytest.raises(DataError) as raised:
            Unipen(lambda _: None).characters("a.dat", f".PEN_DOWN{text}")
        expected = f"a.dat is not in the UNIPEN format: see line {number}, {line!r}, and the "
        assert str(raised.value).startswith(expected), text


def _pendigits(writers: list[int]) -> str:
    """A 7 of two strokes of each writer; y grows upwards."""
    parts = [".INCLUDE dene.doc\n.HIERARCHY DIGIT\n"]
    for i, writer in enumerate(writers):
        parts.append(
            f'.SEGMENT DIGIT {2 * i}-{2 * i + 1} ? "7"\n.COMMENT 7 {writer} {i}\n'
            f".PEN_DOWN\n {writer} 9\n 5 9\n 2 0\n.PEN_UP\n.DT 100\n"
            ".PEN_DOWN\n 1 5\n 4 5\n.PEN_UP\n.DT 100\n"
        )
    return "".join(parts)


def _unipen(folder: Path) -> Path:
    """A small distribution, of a contributor to train on and of another."""
    for name, text in {
        "include/apb/apb.doc": ".PAD a tablet\n",
        "include/apb/data/w1/ink.dat": INK,
        "data/1a/apb/w1/b.dat": '.SEGMENT CHARACTER 2 ? "4"\n.SEGMENT CHARACTER 3 ? "5"\n',
        "data/1a/apb/w1/a.dat": '.SEGMENT CHARACTER 0 ? "3"\n',
        "data/1c/apb/w1/a.dat": '.SEGMENT CHARACTER 0 ? "e"\n.SEGMENT CHARACTER 2 ? "l"\n',
        "data/1b/apb/w1/a.dat": '.SEGMENT CHARACTER 3 ? "E"\n.SEGMENT CHARACTER 0 ? "O"\n',
        "data/1a/app/w1/a.dat": '.SEGMENT CHARACTER 0 ? "3"\n',
    }.items():
        path = folder / "train_r01_v07" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        includes = ".INCLUDE apb/apb.doc\n.INCLUDE apb/data/w1/ink.dat\n"
        path.write_text(text if name.startswith("include") else includes + text)
    return folder / "train_r01_v07"


@pytest.fixture
def unipen(tmp_path: Path) -> Path:
    return _unipen(tmp_path)


def _made(pendigits: Path, unipen: Path, out: Path) -> int:
    return drawings_file.main(["--pendigits", str(pendigits), "--unipen", str(unipen), str(out)])


def test_the_file_has_writers_then_contributors_then_letters(
    tmp_path: Path, unipen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pendigits = tmp_path / "drawings.npz", tmp_path / "pendigits-orig.tra"
    pendigits.write_text(_pendigits([22, 1, 23, 30, 2]))
    assert _made(pendigits, unipen, out) == 0
    assert capsys.readouterr().out == f"{out}: 6 digits and 2 letters\n"
    made = stroke_sets.load(out)
    assert made.labels == (*"777345", "character/E", "character/e")
    points = [[stroke.tolist() for stroke in drawing] for drawing in made.drawings]
    assert points[0] == [[[22, -9], [5, -9], [2, 0]], [[1, -5], [4, -5]]]
    drawn = [[[[x, -y] for x, y in stroke]] for stroke in (A, B, C, C, A)]
    assert points[3:] == drawn
    with np.load(out) as content:
        writers = content["writers"].tolist()
    b, a = "unipen/apb-w1-b.dat", "unipen/apb-w1-a.dat"
    assert writers == ["pen/22", "pen/1", "pen/2", a, b, b, a, a]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["drawings.npz", "pendigits-orig.tra", "train_r01_v07"]
    )


def _compressed(content: bytes) -> bytes:
    """As `compress` writes it, without compressing: 9 bits a byte, for up to 250 bytes."""
    bits = sum(byte << (9 * i) for i, byte in enumerate(content))
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * len(content) + 7) // 8, "little")


def test_packed_files_are_read_as_they_are(tmp_path: Path, unipen: Path) -> None:
    text = _pendigits([1]).encode()
    expected = [*"7345", "character/E", "character/e"]
    archive = tmp_path / "unipen.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(unipen, "train_r01_v07")
    for suffix, pack in ((".xz", lzma.compress), (".gz", gzip.compress), (".Z", _compressed)):
        packed = tmp_path / f"pendigits-orig.tra{suffix}"
        packed.write_bytes(pack(text))
        assert _made(packed, archive, tmp_path / "out.npz") == 0, suffix
        assert list(stroke_sets.load(tmp_path / "out.npz").labels) == expected, suffix


def test_unusable_files_are_named_in_a_sentence(
    tmp_path: Path, unipen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, out = tmp_path / "good.tra", tmp_path / "out.npz"
    good.write_text(_pendigits([1]))
    (tmp_path / "measuring.tra").write_text(_pendigits([23]))
    (tmp_path / "nobody.tra").write_text(_pendigits([1]).replace(".COMMENT", ".DATE"))
    for name in ("broken.xz", "broken.gz", "broken.Z", "broken.tar"):
        (tmp_path / name).write_bytes(b"not packed at all")
    (tmp_path / "empty").mkdir()
    out.write_bytes(b"earlier")
    for pendigits, distribution, target, sentence in (
        ("absent.tra", unipen, out, "absent.tra is missing"),
        ("broken.xz", unipen, out, "broken.xz is damaged: it cannot be unpacked"),
        ("broken.gz", unipen, out, "broken.gz cannot be read: Not a gzipped file"),
        ("broken.Z", unipen, out, "broken.Z is damaged: it cannot be unpacked"),
        ("measuring.tra", unipen, out, "measuring.tra has no digits of these writers"),
        ("nobody.tra", unipen, out, "nobody.tra lacks the writer of a 7"),
        ("good.tra", tmp_path / "absent", out, "absent cannot be read: No such file or directory"),
        ("good.tra", tmp_path / "broken.tar", out, "broken.tar is damaged or not an archive; it "),
        ("good.tra", tmp_path / "empty", out, "empty has no drawings of apb, art, ced"),
        ("good.tra", unipen, tmp_path / "no" / "o.npz", "o.npz cannot be written: No such file"),
    ):
        assert _made(tmp_path / pendigits, distribution, target) == 1, sentence
        printed = capsys.readouterr()
        assert printed.out == "", sentence
        (line,) = printed.err.splitlines()
        assert sentence in line, line
        assert out.read_bytes() == b"earlier", sentence


def test_the_letters_are_the_same_each_time_and_in_order() -> None:
    letters = [drawings_file.Drawing(str(i), [], "") for i in range(20_000)]
    chosen = [int(each.label) for each in drawings_file.chosen(letters)]
    assert len(set(chosen)) == drawings_file.MAX_LETTERS
    assert chosen == sorted(chosen) == [int(e.label) for e in drawings_file.chosen(letters)]
    assert chosen[-1] > 19_990


def test_the_public_distributions_come_to_the_file_that_is_trained_on() -> None:
    """Byte for byte, where they and that file lie beside MNIST; three seconds."""
    data = Path(os.environ.get("MNIST_PATH", "absent")).parent
    needed = {
        name: data / name
        for name in (
            "distributions/pendigits-orig.tra.xz",
            "distributions/unipen_part.tar.xz",
            "drawings_train.npz",
        )
    }
    if absent := [name for name, path in needed.items() if not path.exists()]:
        pytest.skip(f"needs {', '.join(absent)} beside the file of MNIST_PATH")
    pendigits, unipen, trained_on = needed.values()
    digits, letters = drawings_file.unipen_drawings(unipen)
    made = drawings_file.arrays(
        [*drawings_file.pen_digits(pendigits), *digits, *drawings_file.chosen(letters)]
    )
    with np.load(trained_on) as content:
        assert sorted(content.files) == sorted(made)
        for name in content.files:
            assert made[name].tobytes() == content[name].tobytes(), name
    held_out = drawings_file.pen_digits(pendigits, drawings_file.HELD_OUT)
    assert len(held_out) == 1_998
    assert not {each.writer for each in held_out} & set(made["writers"])

"""Pictures made to break a server: each gets a right answer or a sentence, and little memory.

What is costly is read in a process of its own, whose memory is measured by the system.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.learning.evaluation.painting import painted
from model.reading.ink import InkError, from_image, from_strokes
from model.reading.picture import HEIC, MAX_BYTES, NOT_A_PICTURE, TOO_HEAVY, TOO_LARGE
from tests.model.reading.painted import difference
from tests.support.digits import DIGITS
from tests.support.serving import ROOT
from tests.support.tables import case

MEGABYTES = 200
SECONDS = 5
"""Of processor time; an honest picture takes a tenth of one, and what is measured took minutes."""

FIVE = painted(DIGITS[5])
LARGE_FIVE = painted(DIGITS[5], (1000, 1000), 700)


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, height: int, rows: int) -> bytes:
    """A PNG of grey 0 that says it has so many pixels, and holds so many rows."""
    squeeze = zlib.compressobj(9)
    pixels = b"".join(squeeze.compress(bytes(width + 1)) for _ in range(rows)) + squeeze.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def in_png(*chunks: bytes) -> bytes:
    """A five with these chunks behind its head."""
    five = saved(FIVE, "PNG")
    return five[:33] + b"".join(chunks) + five[33:]


def in_jpeg(extra: bytes) -> bytes:
    five = saved(FIVE, "JPEG")
    return five[:2] + extra + five[2:]


def in_gif(extra: bytes) -> bytes:
    five = saved(FIVE, "GIF")
    body = 13 + 3 * 2 ** (five[10] % 8 + 1)
    return b"GIF89a" + five[6:body] + extra + five[body:]


def bomb(kind: bytes, size: int) -> bytes:
    heads = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}
    return chunk(kind, heads[kind] + zlib.compress(bytes(size), 1))


def tags(count: int, size: int) -> bytes:
    """A TIFF directory: so many values, all in the same `size` bytes."""
    entries = b"".join(struct.pack("<HHII", tag, 1, size, 8) for tag in range(300, 300 + count))
    return b"II*\0" + struct.pack("<IH", 8, count) + entries


def run_lengths(width: int, height: int, body: bytes) -> bytes:
    """A BMP whose pixels are packed by run lengths (compression 1)."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    return (
        b"BM"
        + struct.pack("<IHHI", 14 + 40 + 1024 + len(body), 0, 0, 1078)
        + head
        + bytes(1024)
        + body
    )


def large(mode: str, side: int) -> Image.Image:
    return LARGE_FIVE.resize((side, side)).convert(mode)


def animated(last: Image.Image) -> bytes:
    return saved(FIVE, "GIF", save_all=True, append_images=[last] * 3, duration=50)


FIVES: dict[str, Callable[[], bytes]] = {
    "text of 200 MB in zTXt": lambda: in_png(bomb(b"zTXt", 200_000_000)),
    "text of 200 MB in iTXt": lambda: in_png(bomb(b"iTXt", 200_000_000)),
    "much text": lambda: in_png(*[bomb(b"zTXt", 900_000)] * 300),
    "profile of 200 MB": lambda: in_png(bomb(b"iCCP", 200_000_000)),
    "EXIF of 300 MB in 64 kB": lambda: in_jpeg(
        b"\xff\xe1" + struct.pack(">H", 63_000) + (b"Exif\0\0" + tags(5200, 60_000)).ljust(62_998)
    ),
    "EXIF of terabytes in a PNG": lambda: in_png(
        chunk(b"eXIf", tags(60_000, 9_000_000).ljust(10_000_000))
    ),
    "damaged EXIF": lambda: saved(FIVE, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "EXIF that is none": lambda: saved(FIVE, "JPEG", exif=b"Exif\0\0nothing"),
    "animated": lambda: animated(painted(DIGITS[1])),
    "photo of 60 megapixels": lambda: saved(large("RGB", 7700), "JPEG"),
    "16 megapixels, RGBA": lambda: saved(large("RGBA", 4000), "PNG", compress_level=1),
    "16 megapixels, 16 bits": lambda: saved(
        Image.fromarray(np.asarray(large("L", 4000)).astype(np.uint16) * 257),
        "PNG",
        compress_level=1,
    ),
    "16 megapixels, progressive": lambda: saved(
        large("RGB", 4000), "JPEG", progressive=True, subsampling=0
    ),
    "8 megapixels, WebP": lambda: saved(large("RGBA", 2800), "WEBP", lossless=True, method=0),
}

REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "20,000x20,000": (TOO_LARGE, lambda: png(20_000, 20_000, 4)),
    "20,000x20,000 JPEG": (TOO_LARGE, lambda: saved(Image.new("L", (20_000, 20_000)), "JPEG")),
    "9,000x9,000 in few bytes": (TOO_LARGE, lambda: png(9_000, 9_000, 9_000)),
    "50 megapixels, progressive": (
        TOO_LARGE,
        lambda: saved(Image.new("RGB", (8000, 6250)), "JPEG", progressive=True),
    ),
    "9 megapixels, WebP": (TOO_LARGE, lambda: saved(Image.new("RGB", (3000, 3000)), "WEBP")),
    "17 MB": (TOO_HEAVY, lambda: saved(FIVE, "PNG") + bytes(MAX_BYTES)),
    "a million chunks": (NOT_A_PICTURE, lambda: in_png(chunk(b"aaAa", b"") * 1_000_000)),
    "a million segments": (NOT_A_PICTURE, lambda: in_jpeg(b"\xff\xe3\0\2" * 1_000_000)),
    "10 MB of fill": (NOT_A_PICTURE, lambda: in_jpeg(b"\xff" * 10_000_000)),
    "10 MB of nothing": (NOT_A_PICTURE, lambda: in_jpeg(bytes(10_000_000))),
    "a million comments": (NOT_A_PICTURE, lambda: in_gif(b"!\xfe" + b"\1a" * 2_000_000 + b"\0")),
    "a million blocks": (NOT_A_PICTURE, lambda: in_gif(b"!\1\0" * 2_000_000)),
    "an iPhone's HEIC": (HEIC, lambda: b"\0\0\0\x24ftypheic" + bytes(500)),
    "HEIC by its container": (HEIC, lambda: b"\0\0\0\x18ftypmif1" + bytes(500)),
    "a TIFF": (NOT_A_PICTURE, lambda: saved(FIVE, "TIFF")),
    "a BMP of run lengths, 3 GB in 1 kB": (
        NOT_A_PICTURE,
        lambda: run_lengths(6_000_000, 2, b"\0\2\0\xff" * 250),
    ),
    "text": (NOT_A_PICTURE, lambda: b"seven\n" * 100),
    "nothing": (NOT_A_PICTURE, lambda: b""),
    "a format that nobody asked for": (NOT_A_PICTURE, lambda: saved(FIVE, "PPM")),
    "PostScript": (NOT_A_PICTURE, lambda: saved(FIVE.convert("RGB"), "EPS")),
    "a PDF": (NOT_A_PICTURE, lambda: saved(FIVE, "PDF")),
    "PNG cut short": (NOT_A_PICTURE, lambda: saved(FIVE, "PNG")[:300]),
    "PNG of a head": (NOT_A_PICTURE, lambda: saved(FIVE, "PNG")[:33]),
    "JPEG cut short": (NOT_A_PICTURE, lambda: saved(FIVE, "JPEG")[:1500]),
    "GIF cut short": (NOT_A_PICTURE, lambda: saved(FIVE, "GIF")[:14]),
    "WebP cut short": (NOT_A_PICTURE, lambda: saved(FIVE, "WEBP")[:100]),
}

READ_IN_PROCESSES = """
import json, os, resource, sys
from pathlib import Path

from model.reading.ink import InkError, from_image
from model.reading.numbers import read_picture
from model.reading.reader import Reader

def peak():
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024

def read(name):
    before = peak()
    try:
        answer = from_image(name).tolist()
        read_picture(reader, name)
    except InkError as error:
        answer = str(error)
    print(json.dumps([answer, peak() - before]), flush=True)

seconds, *names = sys.argv[1:]
reader = Reader()
read_picture(reader, "warm.png")
for name in names:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds),) * 2)
        try:
            read(name)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        print(json.dumps([f"ended by signal {status}", 0]), flush=True)
"""


def read_in_processes(folder: Path, pictures: dict[str, bytes]) -> dict[str, object]:
    """What `from_image` makes of each, in a process of its own: ink as lists, or a sentence; it
    and reading its digits stay within `MEGABYTES` and `SECONDS`."""
    FIVE.save(folder / "warm.png")
    for number, content in enumerate(pictures.values()):
        (folder / str(number)).write_bytes(content)
    numbers = map(str, range(len(pictures)))
    process = subprocess.run(
        [sys.executable, "-c", READ_IN_PROCESSES, str(SECONDS), *numbers],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert len(answers) == len(pictures), process.stderr
    read = dict(zip(pictures, answers, strict=True))
    for picture, (_, megabytes) in read.items():
        assert megabytes < MEGABYTES, picture
    return {picture: answer for picture, (answer, _) in read.items()}


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc"
)


@needs_proc
def test_read_with_little_memory(tmp_path: Path) -> None:
    read = read_in_processes(tmp_path, {name: content() for name, content in FIVES.items()})
    for picture, answer in read.items():
        with case(picture):
            assert isinstance(answer, list), answer
            assert difference(from_strokes(DIGITS[5]), np.array(answer, np.float32)) < 0.02


def speckled(step: int, size: int, side: int = 1_000) -> bytes:
    """Squares of that size, one every so many pixels."""
    grey = np.full((side, side), 255, np.uint8)
    for shift in np.ndindex(size, size):
        grey[shift[0] + 20 : side - 20 : step, shift[1] + 20 : side - 20 : step] = 0
    return saved(Image.fromarray(grey), "PNG")


@needs_proc
def test_many_pieces_are_read_with_little_memory(tmp_path: Path) -> None:
    pictures = {
        "two dots far apart": speckled(700, 2),
        "a few dots far apart": speckled(300, 5),
        "thirty-six blots": speckled(160, 60),
        "thousands of specks": speckled(12, 6),
    }
    for picture, answer in read_in_processes(tmp_path, pictures).items():
        assert isinstance(answer, list), (picture, answer)


@needs_proc
def test_refused_with_little_memory(tmp_path: Path) -> None:
    refused = dict(list(REFUSED.items())[:13])
    read = read_in_processes(tmp_path, {name: content() for name, (_, content) in refused.items()})
    for picture, answer in read.items():
        assert answer == refused[picture][0], picture


def test_refused_with_a_sentence() -> None:
    for picture, (sentence, content) in list(REFUSED.items())[13:]:
        with case(picture):
            with pytest.raises(InkError) as refusal:
                from_image(content())
            assert str(refusal.value) == sentence


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "seven.png", tmp_path, "", "a\0b"):
        with pytest.raises(InkError, match="no picture file"):
            from_image(path)


def test_odd_shapes() -> None:
    for size in ((1, 1), (10_000, 1), (1, 10_000), (2, 2), (3, 50), (0, 0)):
        for inked in (False, True):
            with case((size, inked)):
                picture = Image.new("L", size, 255)
                if inked:
                    picture.paste(
                        0, (size[0] // 2, size[1] // 2, size[0] // 2 + 1, size[1] // 2 + 1)
                    )
                if not all(size):
                    with pytest.raises(InkError):
                        from_image(picture)
                    continue
                image = from_image(picture)
                assert image.shape == (28, 28)
                assert np.isfinite(image).all()
                if not inked:
                    assert not image.any()


def test_every_way_to_damage_a_file() -> None:
    chance = np.random.default_rng(5)
    small = painted(DIGITS[3], (60, 60), 40)
    for format in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        whole = np.frombuffer(saved(small, format), np.uint8)
        for _ in range(30):
            damaged = whole.copy()
            where = chance.integers(0, min(len(whole), 400), chance.integers(1, 6))
            damaged[where] = chance.integers(0, 256, len(where))
            try:
                image = from_image(damaged.tobytes())
            except InkError:
                continue
            assert np.isfinite(image).all()


def test_from_many_threads_at_once() -> None:
    files = {digit: saved(painted(DIGITS[digit]), "PNG") for digit in range(10)}
    alone = {digit: from_image(file) for digit, file in files.items()}
    differing: list[int] = []

    def read(digit: int) -> None:
        for _ in range(3):
            if not np.array_equal(from_image(files[digit]), alone[digit]):
                differing.append(digit)

    threads = [threading.Thread(target=read, args=(n % 10,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not differing


def test_importing_is_quick_and_touches_nothing() -> None:
    script = (
        "import sys, threading; import model.reading.ink;"
        "heavy = {'scipy', 'tensorflow', 'ai_edge_litert', 'gradio', 'keras'} & set(sys.modules);"
        "assert not heavy, heavy; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

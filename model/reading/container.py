"""Strips a picture file of everything but its pixels, before a decoder sees it.

Works on the layout of JPEG, PNG, GIF and BMP files and decodes nothing. In text, colour profiles,
EXIF and comments, a file of a few megabytes can hide gigabytes or minutes of processor time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

MAX_PARTS = 20_000
"""Segments, chunks or blocks; a large PNG has a few thousand."""

_JPEG_SCAN = 0xDA
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_EXIF = 0xE1
_JPEG_NEEDLESS = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""Second bytes of the markers APP1 to APP13, APP15 and comment; APP14 holds colour data."""

_PNG_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})

_GIF_CONTROL = 0xF9
"""The block with an image's transparent colour."""

_BMP_PLAIN = frozenset({0, 3})
"""Uncompressed pixels; run lengths turn a kilobyte into gigabytes."""

_ORIENTATION = 0x0112


class DamagedError(ValueError):
    """The file does not have the layout its first bytes promise, or has too many parts."""


def stripped(content: bytes) -> tuple[bytes, bytes]:
    """Removes everything from a picture file that its pixels do not need.

    Args:
        content: a whole file of any format; other formats are returned unchanged.

    Returns:
        The file's bytes, and those of its EXIF (empty without one).

    Raises:
        DamagedError: the layout is wrong, or there are too many parts.
        IndexError: the file ends early.
    """
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content.startswith((b"GIF87a", b"GIF89a")):
        return _gif(content), b""
    if content.startswith(b"BM"):
        _check_bmp(content)
    return content, b""


def orientation(exif: bytes) -> int:
    """The orientation of the camera, 1 to 8 as in EXIF; 1, upright, without an entry."""
    exif = exif.removeprefix(b"Exif\0\0")
    for tag, _, _, value in _directory(exif):
        if tag == _ORIENTATION:
            return value
    return 1


def scans(content: bytes) -> int:
    """How many times a stripped JPEG passes over all its pixels: once for an ordinary photo.

    A file with several scans is decoded at full size, whatever size is asked for.
    """
    layers, progressive = 0, False
    for at, marker, _ in _segments(content):
        if marker in _JPEG_FRAMES:
            layers, progressive = content[at + 9], marker % 4 == 2
        if marker == _JPEG_SCAN and (progressive or content[at + 4] < layers):
            return content.count(bytes((0xFF, _JPEG_SCAN)), at)
    return 1


def _jpeg(content: bytes) -> tuple[bytes, bytes]:
    kept, exif, rest = [content[:2]], b"", 2
    for at, marker, rest in _segments(content):
        part = content[at:rest]
        if marker == _JPEG_EXIF and part[4:10] == b"Exif\0\0":
            exif = exif or part[10:]
        if marker not in _JPEG_NEEDLESS:
            kept.append(part)
    return b"".join([*kept, content[rest:]]), exif


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, marker and end of each segment; the first scan's header is the last."""
    at = 2
    for _ in range(MAX_PARTS):
        marker = content[at + 1]
        if content[at] != 0xFF:
            raise DamagedError(f"byte {at} of the JPEG is {content[at]}, not a marker")
        if marker == 0xFF:  # any number of these may precede a marker
            at += 1
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        yield at, marker, end
        if marker == _JPEG_SCAN:
            return
        at = end
    raise DamagedError(f"a JPEG of more than {MAX_PARTS} segments")


def _png(content: bytes) -> tuple[bytes, bytes]:
    kept, exif, at = [content[:8]], b"", 8
    for _ in range(MAX_PARTS):
        kind = content[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if kind == b"eXIf":
            exif = content[at + 8 : end - 4]
        if kind in _PNG_NEEDED:
            kept.append(content[at:end])
        if kind == b"IEND" or end >= len(content):
            return b"".join(kept), exif
        at = end
    raise DamagedError(f"a PNG of more than {MAX_PARTS} chunks")


def _gif(content: bytes) -> bytes:
    """Without the extensions before the first image, but for transparency."""
    at = 13 + (3 * 2 ** (content[10] % 8 + 1) if content[10] & 0x80 else 0)
    kept, parts = [content[:at]], 0
    while content[at] == 0x21:
        start, at = at, at + 2
        while parts < MAX_PARTS and content[at]:
            at += 1 + content[at]
            parts += 1
        at, parts = at + 1, parts + 1
        if parts > MAX_PARTS:
            raise DamagedError(f"a GIF of more than {MAX_PARTS} blocks before its image")
        if content[start + 1] == _GIF_CONTROL:
            kept.append(content[start:at])
    return b"".join([*kept, content[at:]])


def _check_bmp(content: bytes) -> None:
    header, compression = (int.from_bytes(content[at : at + 4], "little") for at in (14, 30))
    if header > 12 and compression not in _BMP_PLAIN:
        raise DamagedError(f"a BMP of compression {compression}")


def _directory(exif: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and value of each entry of EXIF, which has the layout of a TIFF file."""
    order: Literal["little", "big"] = "little" if exif.startswith(b"II") else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)

    if not exif.startswith((b"II*\0", b"MM\0*")):
        return
    first = number(4, 4) + 2
    for at in range(first, first + 12 * number(first - 2, 2), 12):
        kind, count = number(at + 2, 2), number(at + 4, 4)
        size = 2 if (kind, count) == (3, 1) else 4
        yield number(at, 2), kind, count, number(at + 8, size)

"""Ten digits as a hand draws them: pen points that tests draw with, on the pad and off it.

Knows shapes only; the same for every test, so that a failure is the code's and not the hand's.
"""

from __future__ import annotations

Point = tuple[float, float]
Stroke = list[Point]

_STEPS = 8
"""Points drawn from one knot to the next."""


def _curve(*knots: Point) -> Stroke:
    """A smooth line through the knots (Catmull and Rom's spline)."""
    ends = [knots[0], *knots, knots[-1]]
    points = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(_STEPS):
            t = step / _STEPS
            points.append(tuple(_spline(t, *axis) for axis in zip(a, b, c, d, strict=True)))
    return [*points, knots[-1]]  # type: ignore[list-item]


def _spline(t: float, a: float, b: float, c: float, d: float) -> float:
    linear, square, cube = c - a, 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d
    return round((2 * b + linear * t + square * t**2 + cube * t**3) / 2, 4)


DIGITS: dict[int, list[Stroke]] = {
    0: [
        _curve(
            (0.54, 0.03), (0.30, 0.10), (0.18, 0.38), (0.20, 0.72), (0.40, 0.96), (0.64, 0.90),
            (0.80, 0.62), (0.78, 0.28), (0.66, 0.08), (0.50, 0.03),
        )
    ],
    1: [_curve((0.56, 0.02), (0.53, 0.34), (0.50, 0.66), (0.46, 0.98))],
    2: [
        _curve(
            (0.22, 0.26), (0.32, 0.08), (0.54, 0.03), (0.72, 0.16), (0.70, 0.38), (0.50, 0.64),
            (0.26, 0.86), (0.18, 0.94),
        )
        + _curve((0.20, 0.93), (0.40, 0.90), (0.62, 0.93), (0.84, 0.90))
    ],
    3: [
        _curve(
            (0.24, 0.12), (0.46, 0.03), (0.68, 0.10), (0.70, 0.28), (0.54, 0.43), (0.40, 0.47),
        )
        + _curve(
            (0.42, 0.47), (0.64, 0.52), (0.77, 0.68), (0.68, 0.89), (0.44, 0.97), (0.20, 0.88),
        )
    ],
    4: [
        _curve((0.30, 0.06), (0.24, 0.30), (0.20, 0.52), (0.32, 0.58), (0.56, 0.56), (0.84, 0.52)),
        _curve((0.72, 0.04), (0.68, 0.34), (0.64, 0.66), (0.60, 0.98)),
    ],
    5: [
        _curve((0.32, 0.06), (0.29, 0.24), (0.26, 0.44))
        + _curve(
            (0.26, 0.44), (0.46, 0.38), (0.68, 0.48), (0.74, 0.70), (0.60, 0.91), (0.38, 0.97),
            (0.18, 0.88),
        ),
        _curve((0.32, 0.06), (0.54, 0.06), (0.78, 0.03)),
    ],
    6: [
        _curve(
            (0.66, 0.03), (0.46, 0.18), (0.31, 0.42), (0.24, 0.70), (0.34, 0.92), (0.54, 0.97),
            (0.71, 0.84), (0.70, 0.65), (0.54, 0.56), (0.37, 0.64), (0.27, 0.78),
        )
    ],
    7: [
        _curve((0.16, 0.10), (0.36, 0.08), (0.58, 0.09), (0.80, 0.06))
        + _curve((0.79, 0.08), (0.66, 0.36), (0.54, 0.66), (0.44, 0.98))
    ],
    8: [
        _curve(
            (0.70, 0.14), (0.52, 0.03), (0.32, 0.10), (0.30, 0.28), (0.48, 0.44), (0.66, 0.60),
            (0.72, 0.80), (0.56, 0.96), (0.36, 0.92), (0.28, 0.74), (0.42, 0.54), (0.62, 0.36),
            (0.70, 0.14),
        )
    ],
    9: [
        _curve(
            (0.72, 0.20), (0.56, 0.05), (0.36, 0.10), (0.26, 0.28), (0.36, 0.46), (0.56, 0.44),
            (0.70, 0.26), (0.73, 0.16),
        )
        + _curve((0.73, 0.18), (0.70, 0.44), (0.66, 0.72), (0.62, 0.98))
    ],
}  # fmt: skip
"""Digit -> its strokes, each a list of (x, y) in the unit square, x right and y down."""

SCRIBBLE: list[Stroke] = [
    [(x / 16, y) for x in range(17) for y in ((0.0, 1.0) if x % 2 else (1.0, 0.0))]
]
"""No digit: a box scribbled full."""

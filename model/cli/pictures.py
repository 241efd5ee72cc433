"""Numbers -> PNG: digits with their labels, a run's curves, digits with what a network says.

Knows matplotlib's figures only: no pyplot, whose global state outlives a call; no network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from model.learning.evaluation.calibration import Bin
from model.learning.events import EpochEvent

if TYPE_CHECKING:
    from model.learning.evaluation.mistakes import Mistake, Mistakes

_INK = "#22262b"
_QUIET = "#686e76"
_RIGHT = "#1f5fa8"
_WRONG = "#b5452c"
_COLUMNS = 10
_CELL_WIDTH, _CELL_HEIGHT = 34, 41
"""What one digit of 28x28 and its title take, in pixels of the digit."""
_TITLE = 11
_HEAD = 12
_WIDE, _BROAD, _TALL, _SET_HEAD = 20, 36, 44, 22
"""Of a sheet of mistakes: digits in a row, pixels that one and its words take, those of a heading.
"""
_MAX_MISTAKES = 2_000
_INCHES = 0.9 / _CELL_WIDTH
"""Of one pixel of a digit."""


def save_digits(path: Path, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
    """Saves a grid of digits, each titled with its label.

    Args:
        path: the PNG to write.
        images: (n, 28, 28) grey levels 0 to 255, n at least 1.
        labels: (n,) integers 0 to 9.

    Raises:
        OSError: the file cannot be written.
    """
    _save_grid(path, images, [(str(label), _INK) for label in labels], "Digits and their labels")


def save_guesses(
    path: Path,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    guessed: NDArray[np.integer],
) -> None:
    """Saves a grid of digits, each titled with what the network says; wrong ones are marked.

    Args:
        path: the PNG to write.
        images: (n, 28, 28) grey levels 0 to 255, n at least 1.
        labels: (n,) integers 0 to 9, the truth.
        guessed: (n,) integers 0 to 9.

    Raises:
        OSError: the file cannot be written.
    """
    titles = [
        (str(guess), _INK) if guess == label else (f"{guess}, not {label}", _WRONG)
        for label, guess in zip(labels, guessed, strict=True)
    ]
    _save_grid(path, images, titles, "What the network says")


def save_curves(path: Path, history: Sequence[EpochEvent]) -> None:
    """Saves loss and accuracy by epoch, training and, where there is one, validation.

    Args:
        path: the PNG to write.
        history: at least one epoch.

    Raises:
        OSError: the file cannot be written.
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    epochs = [event.epoch for event in history]
    _curve(loss, "Loss", epochs, [event.loss for event in history], [e.val_loss for e in history])
    _curve(
        accuracy,
        "Accuracy",
        epochs,
        [event.accuracy for event in history],
        [event.val_accuracy for event in history],
    )
    # Below the curves' ends, where lines that rise leave room.
    accuracy.legend(frameon=False, labelcolor=_INK, loc="lower right")
    _save(figure, path)


def save_reliability(path: Path, sets: Mapping[str, Sequence[Bin]]) -> None:
    """Saves how often readings that were so sure were right, a diagram for each set of digits.

    Args:
        path: the PNG to write.
        sets: bins of `calibration.reliability` by the name of what was read; at least one.

    Raises:
        OSError: the file cannot be written.
    """
    figure = Figure(figsize=(4.2 * len(sets), 4.6), layout="constrained")
    for axes, (name, bins) in zip(
        figure.subplots(1, len(sets), squeeze=False)[0], sets.items(), strict=True
    ):
        _diagram(axes, name, bins)
    _save(figure, path)


def save_mistakes(path: Path, sets: Sequence[Mistakes]) -> None:
    """Saves all that was read wrong, set by set, under each what it is, what was said, how sure.

    Args:
        path: the PNG to write.
        sets: at least one; of one with very many mistakes the first 2,000 are painted.

    Raises:
        OSError: the file cannot be written.
    """
    shown = [part.wrong[:_MAX_MISTAKES] for part in sets]
    heights = [_SET_HEAD + math.ceil(len(wrong) / _WIDE) * _TALL for wrong in shown]
    sheet = np.full((sum(heights) + _SET_HEAD // 2, _WIDE * _BROAD), np.nan)
    figure = Figure(figsize=(sheet.shape[1] * _INCHES, sheet.shape[0] * _INCHES))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    top = 0
    for part, wrong, height in zip(sets, shown, heights, strict=True):
        axes.text(6, top + _SET_HEAD - 8, _heading(part, len(wrong)), color=_INK, fontsize=12)
        for place, mistake in enumerate(wrong):
            row, column = divmod(place, _WIDE)
            _paint_mistake(sheet, axes, mistake, top + _SET_HEAD + row * _TALL, column * _BROAD)
        top += height
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    _save(figure, path)


def _heading(part: Mistakes, shown: int) -> str:
    count = f"{part.name}: {len(part.wrong):,} of {part.images:,} read wrong"
    return count + ("" if shown == len(part.wrong) else f"; the first {shown:,}")


def _paint_mistake(
    sheet: NDArray[np.float64], axes: Axes, mistake: Mistake, top: int, left: int
) -> None:
    inset = (_BROAD - 28) // 2
    sheet[top : top + 28, left + inset : left + inset + 28] = mistake.image
    middle = left + _BROAD / 2 - 0.5
    said = f"{mistake.digit} as {mistake.prediction}"
    axes.text(middle, top + 34, said, color=_WRONG, fontsize=8, ha="center")
    # What is rounded to 100% was never certain.
    sure = f"{min(100 * mistake.confidence, 99.9):.1f}%" + (", refused" if mistake.refused else "")
    axes.text(middle, top + 40, sure, color=_QUIET, fontsize=6.5, ha="center")


def _diagram(axes: Axes, name: str, bins: Sequence[Bin]) -> None:
    """Dots as large as their bins are full: nearly all readings stand in the last one."""
    most = max((b.images for b in bins), default=1)
    axes.plot([0, 1], [0, 1], color=_QUIET, linestyle="--", linewidth=1, label="as sure as right")
    axes.vlines(
        [b.confidence for b in bins],
        [b.confidence for b in bins],
        [b.accuracy for b in bins],
        color=_WRONG,
        linewidth=1,
    )
    axes.scatter(
        [b.confidence for b in bins],
        [b.accuracy for b in bins],
        s=[12 + 120 * math.sqrt(b.images / most) for b in bins],
        color=_RIGHT,
        zorder=3,
        label="readings, by how sure they were",
    )
    axes.set_title(name, loc="left", color=_INK, fontsize=11)
    axes.set_xlabel("how sure", color=_QUIET)
    axes.set_ylabel("share right", color=_QUIET)
    axes.set_xlim(-0.03, 1.05)
    axes.set_ylim(-0.03, 1.05)
    axes.set_aspect("equal")
    axes.legend(frameon=False, labelcolor=_INK, loc="lower right", fontsize=9, markerscale=0.5)
    _quiet(axes)


def _curve(
    axes: Axes,
    title: str,
    epochs: list[int],
    training: list[float],
    validation: list[float | None],
) -> None:
    axes.plot(epochs, training, color=_RIGHT, marker="o", markersize=3.5, label="training")
    if any(value is not None for value in validation):
        held_out = [math.nan if value is None else value for value in validation]
        axes.plot(
            epochs,
            held_out,
            color=_QUIET,
            linestyle="--",
            marker="o",
            markersize=3.5,
            label="validation",
        )
    axes.set_title(title, loc="left", color=_INK, fontsize=11)
    axes.set_xlabel("epoch", color=_QUIET)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _quiet(axes)


def _quiet(axes: Axes) -> None:
    """Leaves of the frame what is needed to read the values."""
    axes.grid(axis="y", color="#e6e3dc", linewidth=0.8)
    axes.tick_params(colors=_QUIET, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c9c5bb")


def _save_grid(
    path: Path, images: NDArray[np.uint8], titles: Sequence[tuple[str, str]], heading: str
) -> None:
    rows = math.ceil(len(images) / _COLUMNS)
    # One picture of all digits: fifty axes of their own would take seconds to draw.
    sheet = np.full((_HEAD + rows * _CELL_HEIGHT, _COLUMNS * _CELL_WIDTH), np.nan)
    figure = Figure(figsize=(sheet.shape[1] * _INCHES, sheet.shape[0] * _INCHES))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for place, (image, (title, colour)) in enumerate(zip(images, titles, strict=True)):
        left = place % _COLUMNS * _CELL_WIDTH + (_CELL_WIDTH - 28) // 2
        top = _HEAD + place // _COLUMNS * _CELL_HEIGHT + _TITLE
        sheet[top : top + 28, left : left + 28] = image
        axes.text(left + 13.5, top - 2, title, color=colour, fontsize=9, ha="center")
    axes.text((_CELL_WIDTH - 28) // 2, _HEAD - 5, heading, color=_INK, fontsize=11)
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.set_facecolor("#faf9f6")
    for axes in figure.axes:
        axes.set_facecolor("#faf9f6")
    FigureCanvasAgg(figure).print_png(path)

"""Layers as data: how the page names them, their output shapes and parameters, without Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

INPUT_SHAPE = (28, 28, 1)


@dataclass(frozen=True)
class Layer:
    """One layer: its Keras class and that class's arguments."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One layer as a table shows it."""

    words: str
    shape: tuple[int, ...]
    """Of its output for one image."""
    parameters: int
    """Saved with it; includes batch normalisation's moving statistics."""


def rows(layers: Iterable[Layer]) -> list[Row]:
    """The layers as rows of a table, for a (28, 28, 1) image.

    Raises:
        ValueError: the kind of a layer is unknown.
    """
    shape: tuple[int, ...] = INPUT_SHAPE
    table = []
    for layer in layers:
        shape, count = _step(shape, layer)
        table.append(Row(words(layer), shape, count))
    return table


def words(layer: Layer) -> str:
    """The layer in a few words, as a table shows it."""
    settings = layer.settings
    if layer.kind == "Conv2D":
        side = settings["kernel_size"]
        parts = [f"Conv {settings['filters']} {side}x{side}"]
        parts += [settings["activation"]] if "activation" in settings else []
        parts += ["same"] if settings["padding"] == "same" else []
        parts += [f"step {settings['strides']}"] if settings.get("strides", 1) > 1 else []
        return " ".join(parts)
    if layer.kind == "MaxPooling2D":
        side = settings["pool_size"]
        return f"MaxPool {side}x{side}"
    if layer.kind == "Dense":
        return f"Dense {settings['units']} {settings['activation']}"
    if layer.kind == "BatchNormalization":
        return "BatchNorm"
    return " ".join([layer.kind, *map(str, settings.values())])


_Step = tuple[tuple[int, ...], int]
"""Output shape and number of parameters."""


def _step(shape: tuple[int, ...], layer: Layer) -> _Step:
    if layer.kind not in _STEPS:
        raise ValueError(f"layer must be one of {', '.join(_STEPS)}; received {layer.kind!r}")
    return _STEPS[layer.kind](shape, layer.settings)


def _convolution(shape: tuple[int, ...], settings: Mapping[str, Any]) -> _Step:
    side, filters = settings["kernel_size"], settings["filters"]
    lost = 0 if settings["padding"] == "same" else side - 1
    step = settings.get("strides", 1)
    height, width = (math.ceil((length - lost) / step) for length in shape[:2])
    each = side * side * shape[2] + settings.get("use_bias", True)
    return (height, width, filters), each * filters


_STEPS: Mapping[str, Callable[[tuple[int, ...], Mapping[str, Any]], _Step]] = MappingProxyType(
    {
        "Activation": lambda shape, _: (shape, 0),
        "BatchNormalization": lambda shape, _: (shape, 4 * shape[-1]),
        "Conv2D": _convolution,
        "Dense": lambda shape, own: ((own["units"],), (shape[0] + 1) * own["units"]),
        "Dropout": lambda shape, _: (shape, 0),
        "Flatten": lambda shape, _: ((math.prod(shape),), 0),
        "MaxPooling2D": lambda shape, own: (
            (shape[0] // own["strides"], shape[1] // own["strides"], shape[2]),
            0,
        ),
    }
)

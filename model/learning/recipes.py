"""The recipes as data: what each network is made of, how it is compiled and how it is fitted.

Knows names and numbers only; no Keras, so that the page and `--help` can list recipes at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

LARGEST_EPOCHS = 1_000
LARGEST_BATCH = 4_096
"""Images; the first convolution of such a batch alone takes 350 MB."""


@dataclass(frozen=True)
class Layer:
    """One layer: its Keras class and that class's arguments."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """What one training run may choose; a recipe has a default for each.

    Raises:
        ValueError: a value that cannot be trained with.
    """

    epochs: int
    """Passes over the training images, 1 to 1,000."""
    batch_size: int
    """Images per step, 1 to 4,096."""
    learning_rate: float = 0.001
    """Adam's step size; the default is Keras's own."""
    validation_share: float = 0.0
    """Share of the training images held out to validate, from 0 to below 1."""
    seed: int = 1
    """Of weights, shuffling and dropout; 0 to 2**32 - 1."""

    def __post_init__(self) -> None:
        _hold(1 <= self.epochs <= LARGEST_EPOCHS, "epochs must be 1 to 1000", self.epochs)
        _hold(
            1 <= self.batch_size <= LARGEST_BATCH, "batch size must be 1 to 4096", self.batch_size
        )
        _hold(
            0 < self.learning_rate < math.inf,
            "learning rate must be a finite number above 0",
            self.learning_rate,
        )
        _hold(
            0 <= self.validation_share < 1,
            "validation share must be from 0 to below 1",
            self.validation_share,
        )
        _hold(0 <= self.seed < 2**32, "seed must be 0 to 4294967295", self.seed)


@dataclass(frozen=True)
class Recipe:
    """One way to build and train a digit network."""

    name: str
    description: str
    """What it is, and which numbers its source leaves to us."""
    source: str
    """Title of the published classifier that it follows."""
    layers: tuple[Layer, ...]
    """From a (28, 28, 1) image in [0, 1] to ten outputs."""
    loss: str
    one_hot: bool
    """Whether labels are ten numbers (categorical loss) or one (sparse)."""
    scaling: Literal["divide by 255", "min-max"]
    """How grey levels become [0, 1]: by constants, or by scikit-learn's MinMaxScaler, fitted."""
    epochs: int
    batch_size: int
    validation_share: float = 0.0
    optimizer: str = "adam"
    metrics: tuple[str, ...] = ("accuracy",)

    @property
    def output(self) -> str:
        """Activation of the ten outputs."""
        return str(self.layers[-1].settings["activation"])

    @property
    def layers_text(self) -> str:
        """The layers in one line, as a table shows them."""
        return ", ".join(_words(layer) for layer in self.layers)

    @property
    def compile_text(self) -> str:
        """Optimizer, loss, metrics, labels and pixels in one line."""
        labels = "one-hot labels" if self.one_hot else "labels as they are"
        pixels = "pixels / 255" if self.scaling == "divide by 255" else "pixels by MinMaxScaler"
        loss = self.loss.replace("_", " ").replace("crossentropy", "cross-entropy")
        return f"{self.optimizer}, {loss}, {', '.join(self.metrics)}; {labels}; {pixels}"

    @property
    def fit_text(self) -> str:
        """Epochs, batches and validation in one line."""
        text = f"{self.epochs} epochs, batches of {self.batch_size}"
        if self.validation_share:
            text += f", {self.validation_share:.0%} of the training images held out to validate"
        return text

    def settings(self, **chosen: float | None) -> Settings:
        """The recipe's own fit settings, with those that are chosen (not None) in their place.

        Raises:
            ValueError: a value that cannot be trained with.
        """
        own: dict[str, Any] = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "validation_share": self.validation_share,
        }
        own.update({name: value for name, value in chosen.items() if value is not None})
        return Settings(**own)


def find(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def parameters(recipe: Recipe) -> int:
    """Trainable numbers of the recipe's network, counted without Keras.

    Raises:
        ValueError: a layer whose count is not known here.
    """
    shape: tuple[int, ...] = (28, 28, 1)
    total = 0
    for layer in recipe.layers:
        shape, count = _step(shape, layer)
        total += count
    return total


def _step(shape: tuple[int, ...], layer: Layer) -> tuple[tuple[int, ...], int]:
    settings = layer.settings
    if layer.kind == "Conv2D":
        side, channels, filters = settings["kernel_size"], shape[2], settings["filters"]
        lost = 0 if settings["padding"] == "same" else side - 1
        after = (shape[0] - lost, shape[1] - lost, filters)
        return after, (side * side * channels + 1) * filters
    if layer.kind == "MaxPooling2D":
        return (shape[0] // settings["strides"], shape[1] // settings["strides"], shape[2]), 0
    if layer.kind == "Flatten":
        return (math.prod(shape),), 0
    if layer.kind == "Dropout":
        return shape, 0
    if layer.kind == "Dense":
        return (settings["units"],), (shape[0] + 1) * settings["units"]
    raise ValueError(f"no count of parameters for a layer of kind {layer.kind!r}")


def _words(layer: Layer) -> str:
    settings = layer.settings
    if layer.kind == "Conv2D":
        side = settings["kernel_size"]
        same = " same" if settings["padding"] == "same" else ""
        return f"Conv {settings['filters']} {side}x{side} {settings['activation']}{same}"
    if layer.kind == "MaxPooling2D":
        side = settings["pool_size"]
        return f"MaxPool {side}x{side}"
    if layer.kind == "Dense":
        return f"Dense {settings['units']} {settings['activation']}"
    return " ".join([layer.kind, *map(str, settings.values())])


def _hold(holds: bool, rule: str, received: float) -> None:
    if not holds:
        raise ValueError(f"{rule}, received {received!r}")


def _conv(filters: int, padding: str = "valid") -> Layer:
    settings = {"filters": filters, "kernel_size": 3, "padding": padding, "activation": "relu"}
    return Layer("Conv2D", settings)


def _dense(units: int, activation: str) -> Layer:
    return Layer("Dense", {"units": units, "activation": activation})


_POOL = Layer("MaxPooling2D", {"pool_size": 2, "strides": 2})
_FLATTEN = Layer("Flatten", {})

_FIVE = (
    Recipe(
        name="classic",
        description="Two convolutions and a dense layer, pixels scaled by a fitted MinMaxScaler. "
        "The source leaves epochs and batch size to the user; 5 and 32 are our choice.",
        source="MNIST Handwritten Digit Classification with Convolutional Neural Networks (CNNs)",
        layers=(
            *(_conv(32), _POOL, _conv(64), _POOL, _FLATTEN),
            *(_dense(128, "relu"), _dense(10, "softmax")),
        ),
        loss="categorical_crossentropy",
        one_hot=True,
        scaling="min-max",
        epochs=5,
        batch_size=32,
    ),
    Recipe(
        name="dropout",
        description="Two convolutions and dropout instead of a dense layer: few parameters, and "
        "30 % of the training images held out to validate.",
        source="MNIST Handwritten Digit Classification using CNN",
        layers=(
            *(_conv(32), _POOL, _conv(64), _POOL, _FLATTEN),
            *(Layer("Dropout", {"rate": 0.3}), _dense(10, "softmax")),
        ),
        loss="categorical_crossentropy",
        one_hot=True,
        scaling="divide by 255",
        epochs=10,
        batch_size=32,
        validation_share=0.3,
    ),
    Recipe(
        name="sigmoid",
        description="Ten sigmoid outputs trained with sparse labels. Keras computes this loss "
        "from the logits behind the sigmoid, so it learns exactly as with a softmax; only what "
        "it puts out differs. The source names the kinds "
        "of layers only: two convolutions of 32 and 64, a dense layer of 128, 5 epochs and "
        "batches of 32 are our choice.",
        source="Handwritten Digits Classification using CNN",
        layers=(
            *(_conv(32), _POOL, _conv(64), _POOL, _FLATTEN),
            *(_dense(128, "relu"), _dense(10, "sigmoid")),
        ),
        loss="sparse_categorical_crossentropy",
        one_hot=False,
        scaling="divide by 255",
        epochs=5,
        batch_size=32,
    ),
    Recipe(
        name="basic",
        description="One convolution, one pooling, dense layers. The source gives no numbers but "
        "the ten outputs: 32 filters of 3x3, pools of 2x2, a dense layer of 128, 5 epochs and "
        "batches of 32 are our choice.",
        source="MNIST Digit Classification with Convolutional Neural Networks",
        layers=(_conv(32), _POOL, _FLATTEN, _dense(128, "relu"), _dense(10, "softmax")),
        loss="sparse_categorical_crossentropy",
        one_hot=False,
        scaling="divide by 255",
        epochs=5,
        batch_size=32,
    ),
    Recipe(
        name="compact",
        description="Six filters only, and a dense layer.",
        source="MNIST Handwritten Digit Classification using CNN",
        layers=(_conv(6, "same"), _POOL, _FLATTEN, _dense(128, "relu"), _dense(10, "softmax")),
        loss="categorical_crossentropy",
        one_hot=True,
        scaling="divide by 255",
        epochs=10,
        batch_size=100,
    ),
)

RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in _FIVE})
"""The five recipes by name, each as its source describes it."""

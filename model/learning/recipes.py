"""The recipes as data: what each network is made of, how it is compiled and how it is fitted.

Knows names and numbers only; no Keras, so that the page and `--help` can list recipes at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from model.learning.hyperparameters import Mix, Settings, Warp
from model.learning.layers import Layer, rows, words


@dataclass(frozen=True)
class Recipe:
    """One way to build and train a digit network."""

    name: str
    description: str
    """What it is, and which numbers its source leaves to us."""
    source: str
    """Title of the published classifier that it follows."""
    layers: tuple[Layer, ...]
    """From a (28, 28, 1) image in [0, 1] to ten outputs; an eleventh says "not a digit"."""
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
    learning_rate: float = 0.001
    """Keras's default; the highest one where a schedule moves it."""
    schedule: Literal["constant", "one-cycle"] = "constant"
    """One-cycle (Smith 2018): up to the learning rate in a quarter of all steps, then down to 0."""
    shift: float = 0.0
    """Pixels by which training images are moved at most."""
    rotation: float = 0.0
    """Degrees by which they are turned at most."""
    warp: Warp | None = None
    """What else is done to training images; nothing when None."""
    calm: float = 0.0
    """Share of the epochs, the last ones, in which all changes to training images fade: what is
    read later has not been changed."""
    calmest: float = 0.0
    """Part of all changes that is left at the end of the calm epochs: without any, a network learns
    its images by heart."""
    renormalised: bool = False
    """Whether batch normalisation's statistics are taken anew from unchanged images at the end."""
    mix: Mix | None = None
    """What is learned beside the digits that are given; nothing when None."""
    weight_decay: float | None = None
    """What each step takes off the weights, as a part of the step size; Keras's when None."""

    @property
    def output(self) -> str:
        """Activation of the ten outputs."""
        return str(self.layers[-1].settings["activation"])

    @property
    def dropout(self) -> float | None:
        """Rate of its dropout layers; None where it has none."""
        rates = [layer.settings["rate"] for layer in self.layers if layer.kind == "Dropout"]
        return rates[0] if rates else None

    @property
    def layers_text(self) -> str:
        """The layers in one line, as a table shows them."""
        return ", ".join(words(layer) for layer in self.layers)

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
        if self.schedule == "one-cycle":
            text += f", one cycle of the learning rate up to {self.learning_rate:g} and down"
        if self.shift or self.rotation:
            text += (
                f", moved by up to {self.shift:g} pixels, turned by up to {self.rotation:g} degrees"
            )
        if self.warp:
            text += ", slanted, stretched, bent and shaken, with wider and thinner pens"
        if self.calm:
            calm, calmest = f"{self.calm:.0%}", f"{self.calmest:.0%}"
            text += f", all of it fading to {calmest} in the last {calm} of the epochs"
        if self.renormalised:
            text += ", normalised anew for unchanged images at the end"
        if self.mix:
            text += (
                f"; for each given digit {self.mix.strokes:.2f} drawn ones and "
                f"{self.mix.junk + self.mix.spoilt:.2f} of what is no digit"
            )
        if self.validation_share:
            text += f", {self.validation_share:.0%} of the training images held out to validate"
        return text

    def settings(self, **chosen: float | str | None) -> Settings:
        """The recipe's own fit settings, with those that are chosen (not None) in their place.

        Raises:
            ValueError: a value that cannot be trained with.
        """
        own: dict[str, Any] = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "validation_share": self.validation_share,
            "learning_rate": self.learning_rate,
            "optimizer": self.optimizer,
            "dropout": self.dropout,
            "shift": self.shift,
            "rotation": self.rotation,
        }
        if self.dropout is None and chosen.get("dropout") is not None:
            raise ValueError(f"{self.name} has no dropout layer, received {chosen['dropout']!r}")
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
    """Numbers of the recipe's network, counted without Keras."""
    return sum(row.parameters for row in rows(recipe.layers))


def _conv(filters: int, padding: str = "valid") -> Layer:
    settings = {"filters": filters, "kernel_size": 3, "padding": padding, "activation": "relu"}
    return Layer("Conv2D", settings)


def _dense(units: int, activation: str) -> Layer:
    return Layer("Dense", {"units": units, "activation": activation})


def _bare(filters: int, kernel: int = 3, step: int = 1, padding: str = "valid") -> Layer:
    """A convolution whose bias and relu come with the normalisation after it."""
    settings = {"filters": filters, "kernel_size": kernel, "padding": padding, "strides": step}
    return Layer("Conv2D", settings | {"use_bias": False})


_NORMALISED = (
    Layer("BatchNormalization", {"momentum": 0.9}),
    Layer("Activation", {"activation": "relu"}),
)


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

_SPRINT = Recipe(
    name="sprint",
    description="From nothing to 99 % in seconds: three small convolutions with batch "
    "normalisation, large batches, and a learning rate that rises and falls once.",
    source="ours",
    layers=(
        *(_bare(16, kernel=5, step=2), *_NORMALISED),
        *(_bare(32), _POOL, *_NORMALISED),  # pooled first: a quarter to normalise
        *(_bare(64), *_NORMALISED),
        *(_FLATTEN, _dense(10, "softmax")),
    ),
    loss="sparse_categorical_crossentropy",
    one_hot=False,
    scaling="divide by 255",
    epochs=2,
    batch_size=256,
    learning_rate=0.01,
    schedule="one-cycle",
)

_HOUSE = Recipe(
    name="house",
    description="Six convolutions with batch normalisation, taught "
    "by MNIST, by strokes in styles that MNIST lacks, and by what is no digit. Its eleventh "
    'output says "not a digit".',
    source="ours",
    layers=(
        *(_bare(16, padding="same"), _POOL, *_NORMALISED),  # pooled first: a quarter to normalise
        *(_bare(32, padding="same"), *_NORMALISED),
        *(_bare(64, padding="same"), _POOL, *_NORMALISED),
        *(_bare(96, padding="same"), *_NORMALISED),
        *(_bare(112), *_NORMALISED, _bare(128), *_NORMALISED),
        *(_FLATTEN, Layer("Dropout", {"rate": 0.3}), _dense(11, "softmax")),
    ),
    loss="sparse_categorical_crossentropy",
    one_hot=False,
    scaling="divide by 255",
    epochs=40,
    batch_size=256,
    validation_share=0.05,
    optimizer="adamw",
    learning_rate=0.003,
    schedule="one-cycle",
    shift=1.5,
    rotation=14,
    warp=Warp(slant=0.3, stretch=0.2, waves=1.6, shake=0.45, pen=0.3),
    calm=0.3,
    calmest=0.4,
    renormalised=True,
    mix=Mix(strokes=0.5, junk=0.25, spoilt=0.05),
    weight_decay=0.02,
)

SOURCES: tuple[str, ...] = tuple(recipe.name for recipe in _FIVE)
"""The five recipes that follow a published classifier."""

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {recipe.name: recipe for recipe in (*_FIVE, _SPRINT, _HOUSE)}
)
"""All recipes by name: the five sources' as they describe them, then ours."""

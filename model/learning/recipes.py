"""The recipes: five that follow published classifiers, then two of ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from model.learning.hyperparameters import Mix, Warp
from model.learning.layers import Layer
from model.learning.recipe import Recipe


def find(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]


def _conv(filters: int, padding: str = "valid") -> Layer:
    settings = {"filters": filters, "kernel_size": 3, "padding": padding, "activation": "relu"}
    return Layer("Conv2D", settings)


def _dense(units: int, activation: str) -> Layer:
    return Layer("Dense", {"units": units, "activation": activation})


def _bare(filters: int, kernel: int = 3, step: int = 1, padding: str = "valid") -> Layer:
    """A convolution whose bias and ReLU come with the batch normalisation after it."""
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
        purpose="The textbook network, and a good one to compare others with.",
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
        purpose="Few parameters, and a validation split to watch.",
        description="Two convolutions and dropout instead of a dense layer: few parameters, and "
        "30% of the training images held out to validate.",
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
        purpose="Like classic but for its last layer: compare the two.",
        description="Ten sigmoid outputs trained with sparse labels. Keras computes this loss "
        "from the logits behind the sigmoid, so it learns exactly like a softmax; only its outputs "
        "differ. The source names only the kinds of layers: two convolutions of 32 and 64, a dense "
        "layer of 128, 5 epochs and batches of 32 are our choice.",
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
        purpose="One convolution: the simplest design, and the most parameters.",
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
        purpose="Little computation: a quick look at how training goes.",
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
    purpose="A good first choice: about 99% correct in the shortest time.",
    description="From nothing to 99% in seconds: three small convolutions with batch "
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
    purpose="The most accurate, and it rejects non-digits. Takes patience.",
    description="Six convolutions with batch normalisation, trained on MNIST, on strokes in "
    'styles that MNIST lacks and on non-digits. Its eleventh output means "not a digit".',
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
    warp=Warp(slant=0.3, stretch=0.2, elastic_coarse=1.6, elastic_fine=0.45, pen=0.3),
    anneal_share=0.3,
    anneal_floor=0.4,
    recalibrate_batch_norm=True,
    mix=Mix(strokes=0.5, non_digits=0.25, corrupted=0.05),
    weight_decay=0.02,
)

SOURCES: tuple[str, ...] = tuple(recipe.name for recipe in _FIVE)
"""The five recipes that follow a published classifier."""

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {recipe.name: recipe for recipe in (*_FIVE, _SPRINT, _HOUSE)}
)
"""All recipes by name: the sources' as they describe them, then ours."""

"""A recipe: how one network is built, compiled and fitted, and how a table words it.

Plain data, without Keras, so that the page and `--help` can list recipes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from model.learning.hyperparameters import Mix, Settings, Warp
from model.learning.layers import Layer, rows, words


@dataclass(frozen=True)
class Recipe:
    """One way to build and train a digit network."""

    name: str
    purpose: str
    """What it is good for, in one line for somebody who has never trained a network."""
    description: str
    """What it is, and which numbers its source leaves to us."""
    source: str
    """Title of the published classifier that it follows."""
    layers: tuple[Layer, ...]
    """From a (28, 28, 1) image in [0, 1] to ten outputs; an eleventh means "not a digit"."""
    loss: str
    one_hot: bool
    """Whether labels are one-hot (categorical loss) or integers (sparse)."""
    scaling: Literal["divide by 255", "min-max"]
    """How grey levels become [0, 1]: by a constant, or by scikit-learn's fitted MinMaxScaler."""
    epochs: int
    batch_size: int
    validation_share: float = 0.0
    optimizer: str = "adam"
    metrics: tuple[str, ...] = ("accuracy",)
    learning_rate: float = 0.001
    """Keras's default; the peak where there is a schedule."""
    schedule: Literal["constant", "one-cycle"] = "constant"
    """One-cycle (Smith 2018): up to the learning rate in a quarter of all steps, then down to 0."""
    shift: float = 0.0
    """Augmentation: the most pixels by which training images are moved."""
    rotation: float = 0.0
    """Augmentation: the most degrees by which they are turned."""
    warp: Warp | None = None
    """Further augmentation; none when None."""
    anneal_share: float = 0.0
    """Share of the epochs, the last ones, in which augmentation fades: images that are read later
    are not augmented."""
    anneal_floor: float = 0.0
    """Share of the augmentation left at the end: without any, a network learns its images by
    heart."""
    recalibrate_batch_norm: bool = False
    """Whether batch normalisation's statistics are measured again on plain images at the end."""
    mix: Mix | None = None
    """Images added to the data set; none when None."""
    weight_decay: float | None = None
    """The optimizer's weight decay, multiplied by the learning rate; Keras's own when None."""

    @property
    def output(self) -> str:
        """Activation of the outputs."""
        return str(self.layers[-1].settings["activation"])

    @property
    def outputs(self) -> int:
        """10, or 11 where the last means "not a digit"."""
        return int(self.layers[-1].settings["units"])

    @property
    def learns_non_digits(self) -> bool:
        """Whether it has an output for "not a digit"."""
        return self.outputs > 10

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
            text += ", slanted, stretched, bent elastically, with wider and thinner pens"
        if self.anneal_share:
            share, floor = f"{self.anneal_share:.0%}", f"{self.anneal_floor:.0%}"
            text += f", all of it fading to {floor} in the last {share} of the epochs"
        if self.recalibrate_batch_norm:
            text += ", batch normalisation recalibrated on plain images at the end"
        if self.mix:
            text += (
                f"; for each digit of the data set {self.mix.strokes:.2f} drawn ones and "
                f"{self.mix.non_digits + self.mix.corrupted:.2f} non-digits"
            )
        if self.validation_share:
            text += f", {self.validation_share:.0%} of the training images held out to validate"
        return text

    def settings(self, **overrides: float | str | None) -> Settings:
        """The recipe's own settings, with each override that is not None in place of its own.

        Raises:
            ValueError: a value is out of range.
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
        if self.dropout is None and overrides.get("dropout") is not None:
            raise ValueError(
                f"{self.name} has no dropout layer, received dropout {overrides['dropout']!r}"
            )
        own.update({name: value for name, value in overrides.items() if value is not None})
        return Settings(**own)


def parameters(recipe: Recipe) -> int:
    """How many parameters the recipe's network has, counted without Keras."""
    return sum(row.parameters for row in rows(recipe.layers))

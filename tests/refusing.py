"""A network that refuses: the shipped one with an eleventh output, which says no to much ink.

Built and not trained, so that tests know beforehand what it must say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model.reading.reader import SHIPPED

STEEPNESS, MOST_INK = 100.0, 0.25
"""Above this share of ink among 28x28 an image is no digit; a digit has 0.1, a full box 0.51."""

CARD: dict[str, Any] = {
    "version": "refusing-test",
    "recipe": "house",
    "output": "softmax",
    "test_accuracy": 0.99,
    "parameters": 34_830,
    "temperature": 1.0,
    "refusal": {
        "score": "not-a-digit",
        "threshold": 0.0,
        "how": "Made for tests.",
        "refused": {"digits": 0.0, "scribbles": 1.0},
    },
}


def write(folder: Path) -> Path:
    """Writes `network.tflite` and `card.json` into a folder that exists, and returns it."""
    import keras
    import tensorflow as tf

    def sigmoid(steepness: float) -> keras.layers.Dense:
        constant = keras.initializers.Constant
        return keras.layers.Dense(
            1,
            activation="sigmoid",
            kernel_initializer=constant(steepness),
            bias_initializer=constant(-steepness * MOST_INK),
        )

    grey = keras.Input((28, 28), batch_size=1)
    flat = keras.layers.Rescaling(1 / 255)(keras.layers.Reshape((784, 1))(grey))
    ink = keras.layers.GlobalAveragePooling1D()(flat)
    digits = keras.models.load_model(SHIPPED / "network.keras")(grey)
    sure = keras.layers.Multiply()([digits, sigmoid(-STEEPNESS)(ink)])
    network = keras.Model(grey, keras.layers.Concatenate()([sure, sigmoid(STEEPNESS)(ink)]))
    lite = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    (folder / "network.tflite").write_bytes(lite)
    (folder / "card.json").write_text(json.dumps(CARD), encoding="utf-8")
    return folder

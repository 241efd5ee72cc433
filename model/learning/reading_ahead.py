"""Keeps TensorFlow's reading ahead from waiting by the time of day.

Knows `tf.data` only. Its autotuning sleeps until a time of day has come: where the clock is set
back by hours, an epoch's end waits for that as long, and nothing can stop the run (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import tensorflow as tf


@cache
def without_autotuning() -> None:
    """Has every data set that is iterated from now on, Keras's own too, read without it."""
    iterate = tf.data.Dataset.__iter__
    options = tf.data.Options()
    options.autotune.enabled = False

    def calmly(dataset: tf.data.Dataset) -> Iterator[Any]:
        iterator: Iterator[Any] = iterate(dataset.with_options(options))
        return iterator

    tf.data.Dataset.__iter__ = calmly

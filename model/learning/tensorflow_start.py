"""The first import of TensorFlow in a process, without its messages."""

from __future__ import annotations

import os
import sys

from model.reading.quiet import quiet


def import_tensorflow() -> None:
    """Imports TensorFlow, which takes five seconds; later imports of it and Keras are quiet."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        with quiet():
            import tensorflow  # noqa: F401

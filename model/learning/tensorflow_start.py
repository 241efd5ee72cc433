"""The first import of TensorFlow in a process: without its messages, and a second sooner."""

from __future__ import annotations

import gc
import os
import sys

from model.reading.quiet import quiet


def import_tensorflow() -> None:
    """Imports TensorFlow and Keras, which takes three seconds; later imports of them are quiet."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" in sys.modules:
        return
    was_enabled = gc.isenabled()
    gc.disable()  # a quarter of the time would go into scanning modules, which all stay
    try:
        with quiet():
            import keras  # noqa: F401
            import tensorflow  # noqa: F401
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()

"""What can go wrong with learning for reasons a user can do something about.

Knows no Keras: whoever starts a run can catch these without importing it.
"""

import re

_FOLDERS = re.compile(r"(?<![\w:/.])(?:/[\w.@+~ -]+)*/(?=[\w.@+~-])")


def without_folders(text: str) -> str:
    """The same, of paths their last part only: visitors need not know where things lie.

    >>> without_folders("no MNIST at /home/me/mnist.npz: that file is missing")
    'no MNIST at mnist.npz: that file is missing'
    """
    return _FOLDERS.sub("", text)


class LearningError(Exception):
    """A run that ends without a network; the message is a sentence for whoever started it."""


class DataError(LearningError):
    """Digits that cannot be had; the message says what was looked for, where, and what to do."""


class TrainingError(LearningError):
    """Training that leads nowhere; the message says why and what to try."""


class DivergedError(TrainingError):
    """The loss is no longer a finite number: the steps were too large."""


class ExportError(LearningError):
    """A model folder that could not be written; the message says which and why."""

"""Errors of learning with a cause that a user can fix; catching them needs no Keras."""

import re

_FOLDERS = re.compile(r"(?<![\w:/.])(?:/[\w.@+~ -]+)*/(?=[\w.@+~-])")


def without_folders(text: str) -> str:
    """The text with each path reduced to its last part: visitors need not know the folders.

    >>> without_folders("no MNIST at /home/me/mnist.npz: that file is missing")
    'no MNIST at mnist.npz: that file is missing'
    """
    return _FOLDERS.sub("", text)


class LearningError(Exception):
    """A run ended without a network; the message is a sentence for the user who started it."""


class DataError(LearningError):
    """Digits are not available; the message says what was looked for, where, and what to do."""


class TrainingError(LearningError):
    """Training failed; the message says why and what to try."""


class DivergedError(TrainingError):
    """The loss is no longer finite: the learning rate was too high."""


class ExportError(LearningError):
    """A model folder could not be written; the message says which and why."""

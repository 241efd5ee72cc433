"""What can go wrong with learning for reasons a user can do something about.

Knows no Keras: whoever starts a run can catch these without importing it.
"""


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

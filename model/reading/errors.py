"""The one error of ink: what was given cannot be read, in words for whoever gave it."""


class InkError(ValueError):
    """Strokes or a picture that cannot be made into ink.

    The message is one plain sentence or two that a visitor can read and act on.
    """

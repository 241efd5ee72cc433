"""The error of ink that cannot be read, and the check behind errors that show a received value."""


class InkError(ValueError):
    """Strokes or a picture that cannot be turned into ink.

    The message is one or two plain sentences that a visitor can act on.
    """


def require(
    condition: bool, rule: str, received: object, error: type[Exception] = ValueError
) -> None:
    """Raises an error with the rule and the received value, unless the condition is true."""
    if not condition:
        raise error(f"{rule}, received {received}")

"""The command line: `python -m model COMMAND`. Loads only the module of the command it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from model.cli.arguments import parser

MODULES = {
    "train": "train",
    "sweep": "sweep",
    "evaluate": "score",
    "score": "score",
    "read": "read",
    "recipes": "recipes",
    "runs": "runs",
    "promote": "runs",
    "rollback": "runs",
    "export": "runs",
    "backup": "backup",
    "restore": "backup",
    "link": "link",
}
"""Each command's module in `model.cli`; its function has the command's name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, or lists the commands where none is named.

    Args:
        arguments: without the program's name; None for the process's own.

    Returns:
        The exit code: 0, 1 after an error of the user's, 130 after Ctrl-C.

    Raises:
        SystemExit: `--help`, or invalid arguments.
    """
    parsing = parser()
    args = parsing.parse_args(arguments)
    if args.command is None:
        parsing.print_help()
        return 0
    try:
        module = import_module(f"model.cli.{MODULES[args.command]}")
        code: int = getattr(module, args.command)(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("python -m model: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has left; Python would complain again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _user_errors() as error:
        print(f"python -m model: {error}", file=sys.stderr)
        return 1
    return code


def _user_errors() -> tuple[type[Exception], ...]:
    """Errors with a message for the user; imported only once something has failed."""
    from model.cli.common import CommandError
    from model.learning.errors import LearningError
    from model.reading.reader import ModelError
    from model.service.database.connection import StoreError

    return CommandError, LearningError, ModelError, StoreError


if __name__ == "__main__":
    sys.exit(main())

"""Typed settings of the app, from arguments and environment.

Knows names, defaults and checks; opens and creates nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from model.reading.reader import SHIPPED


class Settings(BaseSettings):
    """Draw a digit in the browser and watch a neural network read it."""

    model_config = SettingsConfigDict(
        env_prefix="SKETCHPAD_",
        env_ignore_empty=True,
        cli_prog_name="app.py",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        extra="ignore",
    )

    host: Annotated[str, Field(description="address to serve on; 0.0.0.0 for every network")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Field(ge=1, le=65535, description="port to serve on")] = 7860
    share: Annotated[bool, Field(description="also make a public link that lives for a week")] = (
        False
    )
    home: Annotated[Path, Field(description="folder for what the app keeps")] = Path(
        "~/.digit-sketchpad"
    )
    database: Annotated[
        str | None,
        Field(description="URL of the database for runs and versions; a file in the home folder"),
    ] = None
    cluster: Annotated[
        str | None,
        Field(description="address of a Ray cluster that trains; a process on this machine"),
    ] = None
    model: Annotated[
        Path, Field(description="folder of the network that reads until another is put in use")
    ] = SHIPPED

    @classmethod
    def load(cls, arguments: list[str]) -> Self:
        """Reads settings; an argument wins over its environment variable (`SKETCHPAD_PORT`, ...).

        Raises:
            ValueError: a value that is none; the message names the setting and shows the value.
            SystemExit: `--help`, or an argument that does not exist.
        """
        try:
            settings = cls(_cli_parse_args=arguments)  # type: ignore[call-arg]
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"])
            raise ValueError(f"{name}: {first['msg']}, received {first['input']!r}") from None
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return settings.model_copy(
            update={"home": settings.home.expanduser(), "model": settings.model.expanduser()}
        )

"""Typed settings of the app, from arguments and environment."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from model.reading.reader import SHIPPED

SPACE_DISK = Path("/data")
"""The persistent disk of a Hugging Face Space, if it has one."""
PRIVATE = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
"""Networks of the host's own proxies. Not `*`, which would let visitors choose their address."""
_ROOT_PATH = re.compile(r"(https?://[\w.:\[\]-]+)?(/[\w.~-]+)*/?")


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
    root_path: Annotated[
        str,
        Field(description="where a proxy in front of the app serves it: /digits, or the whole URL"),
    ] = ""
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
    owner_key: Annotated[
        SecretStr | None,
        Field(
            description="the owner's key, in the environment only; made and kept in the home "
            "folder where none is given"
        ),
    ] = None
    open_training: Annotated[bool, Field(description="let visitors train too, with limits")] = False
    visitor_epochs: Annotated[
        int, Field(ge=1, le=1000, description="epochs of a visitor's run at most")
    ] = 5
    limit_requests: Annotated[
        str, Field(description="what one visitor may ask for, such as 100/second")
    ] = "12000/minute"
    limit_runs: Annotated[str, Field(description="runs that one visitor may start")] = "6/hour"
    limits_in: Annotated[
        str, Field(description="where that is counted: memory://, or redis://host for many copies")
    ] = "memory://"
    disk: Annotated[
        float,
        Field(gt=0, description="gigabytes for runs; the oldest unused files go first"),
    ] = 10.0
    proxies: Annotated[
        str,
        Field(description="addresses of proxies in front, with commas; visitors' are as they say"),
    ] = "127.0.0.1"
    log_format: Annotated[Literal["text", "json"], Field(description="of the log")] = "text"
    model: Annotated[
        Path, Field(description="folder of the network that reads until another is put in use")
    ] = SHIPPED

    @field_validator("root_path")
    @classmethod
    def _is_a_path(cls, given: str) -> str:
        if not _ROOT_PATH.fullmatch(given):
            raise ValueError("must be a path such as /digits, or a URL such as https://host/digits")
        return given.rstrip("/")

    @field_validator("proxies")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        for each in given.split(",") if given != "*" else ():
            try:
                ip_network(each.strip())
            except ValueError:
                raise ValueError("must be addresses or networks with commas, or *") from None
        return given

    @property
    def is_on_space(self) -> bool:
        """Whether this is a Hugging Face Space, whose page is shown inside one of theirs."""
        return bool(os.environ.get("SPACE_ID"))

    @property
    def local_host(self) -> str:
        """The address at which this machine reaches the app."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def public_url(self) -> str:
        """Address of the page for others, ending in a slash, as far as it is known."""
        if self.root_path.startswith("http"):
            return f"{self.root_path}/"
        if self.is_on_space and (host := os.environ.get("SPACE_HOST")):
            return f"https://{host}/"
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"http://{host}:{self.port}{self.root_path}/"

    @classmethod
    def load(cls, arguments: list[str]) -> Self:
        """Reads settings; an argument wins over its environment variable (`SKETCHPAD_PORT`, ...).

        Raises:
            ValueError: an invalid value; the message names the setting and shows the value.
            SystemExit: `--help`, or an unknown argument.
        """
        if any(argument.startswith("--owner-key") for argument in arguments):
            raise ValueError(
                "owner_key: give it as SKETCHPAD_OWNER_KEY in the environment: everybody on this "
                "machine sees what a program was started with"
            )
        try:
            settings = cls(_cli_parse_args=arguments)  # type: ignore[call-arg]
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"])
            raise ValueError(f"{name}: {first['msg']}, received {first['input']!r}") from None
        except SettingsError as error:
            raise ValueError(str(error)) from None
        if settings.is_on_space:
            settings = settings.model_copy(update=_of_the_space(settings.model_fields_set))
        return settings.model_copy(
            update={"home": settings.home.expanduser(), "model": settings.model.expanduser()}
        )


def _of_the_space(chosen: set[str]) -> dict[str, Any]:
    """Settings on a Hugging Face Space: its address, and its persistent disk if it has one.

    Args:
        chosen: names of settings that were given, and keep their values.
    """
    # All requests come through the Space's own proxies.
    found: dict[str, Any] = {
        "host": os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0"),
        "proxies": PRIVATE,
    }
    if os.access(SPACE_DISK, os.W_OK | os.X_OK):
        found["home"] = SPACE_DISK / "digit-sketchpad"
    return {name: value for name, value in found.items() if name not in chosen}

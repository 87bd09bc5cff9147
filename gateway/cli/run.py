"""Give all commands their shared parts: the way into asyncio, errors as one line, options used more than once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.errors import ConfigurationError, GatewayError, NotFound

if TYPE_CHECKING:
    from gateway.fhir.fhir_json import Resource
    from gateway.parts import Parts
    from gateway.settings import Settings

T = TypeVar("T")

DataDir = Annotated[Path | None, typer.Option(help="Where the embedded MongoDB keeps its data [default: ./data]")]
Partners = Annotated[
    Path | None,
    typer.Option(
        help="The YAML file of partner servers [default: GATEWAY_PARTNERS, else partners.yaml in the data folder]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object")]

WRONG_SET_UP, FAILED = 2, 1


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end. An error becomes one line per issue and an exit code, never a traceback."""
    import uvloop

    try:
        return uvloop.run(work)
    except GatewayError as error:
        fail(error)
    except OSError as error:
        fail(_explained(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def read_json(file: Path) -> Resource:
    """Return the object in a JSON file. Raises Malformed or ConfigurationError, which name the file."""
    from gateway.fhir import fhir_json

    try:
        return fhir_json.parse(file.read_bytes())
    except GatewayError as error:
        raise type(error)(f"{file}: {error.text}") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None


def fail(error: GatewayError) -> NoReturn:
    """Print the issues of an error on stderr and end: exit code 2 if the configuration is wrong, else 1."""
    for issue in error.issues:
        place = f" ({issue.expression})" if issue.expression else ""
        err.print(f"[bold red]{issue.severity}[/]: {escape(issue.text + place)}", highlight=False, soft_wrap=True)
    raise typer.Exit(WRONG_SET_UP if isinstance(error, ConfigurationError) else FAILED)


def _explained(error: OSError) -> GatewayError:
    """Return an error that says what failed in the system: a full disk, a missing right, too few descriptors."""
    what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__
    return GatewayError(what)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Parts]:
    """Open the database and the parts that work on it, also while `gateway serve` runs on the same data folder.

    A NotFound raised inside the block is raised again with the name of the database that was asked.
    """
    from gateway.parts import open_parts

    async with open_parts(settings, attach=True) as parts:
        try:
            yield parts
        except NotFound as error:
            raise NotFound(f"{error.text}; asked was {database_of(settings)}") from error


def database_of(settings: Settings) -> str:
    """Say which database the commands work on, and how to choose another."""
    if settings.mongo_uri:
        return f"the database {settings.database} at GATEWAY_MONGO_URI"
    return (
        f"the database in the data folder {settings.data_dir.resolve()} (choose another: --data-dir, GATEWAY_DATA_DIR)"
    )


def configured(log_level: str | None = None, **options: Any) -> Settings:
    """Return the settings from the environment and the options of this command; end the command if one is wrong.

    Commands other than `serve` pass the log level "warning".
    """
    from gateway import logs, settings

    try:
        configuration = settings.read(log_level=log_level, **options)
    except GatewayError as error:
        fail(error)
    logs.configure(configuration.log_level)
    unknown = settings.unknown_variables(os.environ, configuration)
    if unknown:
        logs.log.warning("unknown settings in the environment are ignored", names=unknown)
    return configuration

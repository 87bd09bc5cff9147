"""What all commands share: the way into asyncio, errors as one clear line, options used more than once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.errors import ConfigurationError, GatewayError

if TYPE_CHECKING:
    from gateway.parts import Parts
    from gateway.settings import Settings

T = TypeVar("T")

DataDir = Annotated[Path | None, typer.Option(help="Where the embedded MongoDB keeps its data [default: ./data]")]
Partners = Annotated[Path | None, typer.Option(help="The YAML file of partner servers [env: GATEWAY_PARTNERS]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object")]

WRONG_SET_UP, FAILED = 2, 1


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; a GatewayError becomes one line per issue and an exit code, never a traceback."""
    import uvloop

    try:
        return uvloop.run(work)
    except GatewayError as error:
        fail(error)
    except OSError as error:
        fail(_explained(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def fail(error: GatewayError) -> NoReturn:
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
    """Open the database and the parts that work on it, also while `gateway serve` runs on the same data folder."""
    from gateway.parts import open_parts

    async with open_parts(settings, attach=True) as parts:
        yield parts


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

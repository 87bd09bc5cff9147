"""What all commands share: the way into asyncio, errors as one clear line, options used more than once."""

import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import structlog
import typer
import uvloop
from rich.markup import escape

from gateway import logs, settings
from gateway.cli.console import err
from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import Settings

log = structlog.get_logger()
T = TypeVar("T")

DataDir = Annotated[Path | None, typer.Option(help="Where the embedded MongoDB keeps its data [default: ./data]")]
Partners = Annotated[Path | None, typer.Option(help="The YAML file of partner servers [env: GATEWAY_PARTNERS]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object")]

WRONG_SET_UP, FAILED = 2, 1


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; a GatewayError becomes one line per issue and an exit code, never a traceback."""
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


def configured(log_level: str | None = None, **options: Any) -> Settings:
    """Settings from the environment and this command's options. Commands beside `serve` log only what is wrong."""
    try:
        chosen = settings.read(log_level=log_level, **options)
    except GatewayError as error:
        fail(error)
    logs.configure(chosen.log_level)
    _tell_unknown(chosen)
    return chosen


def _tell_unknown(chosen: Settings) -> None:
    unknown = settings.unknown_variables(os.environ, chosen)
    if unknown:
        log.warning("unknown settings in the environment are ignored", names=unknown)

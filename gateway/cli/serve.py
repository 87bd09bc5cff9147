"""`gateway serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.cli.run import FAILED, DataDir, Partners, configured, run
from gateway.errors import GatewayError, frames

if TYPE_CHECKING:
    from gateway.settings import Settings


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback only with GATEWAY_TOKENS")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [default: 8080]")] = None,
    data_dir: DataDir = None,
    partners: Partners = None,
    mappings: Annotated[Path | None, typer.Option(help="The folder of mapping files")] = None,
    site: Annotated[str | None, typer.Option(help="Our name towards partners")] = None,
    scores: Annotated[bool | None, typer.Option(help="Attach risk scores to incoming data [default: yes]")] = None,
) -> None:
    """Run the gateway: FHIR API, followers of the change feed, synchronization on schedule."""
    from gateway import logs

    chosen = configured(
        host=host, port=port, data_dir=data_dir, partners=partners, mappings=mappings, site=site, scores=scores
    )
    logs.catch_everything()
    run(_served(chosen))


async def _served(settings: Settings) -> None:
    """Serve. An unforeseen error becomes one line of the log without its text, which may quote patient data."""
    from gateway import app, logs

    try:
        await app.serve(settings, _ready)
    except (GatewayError, OSError):
        raise
    except Exception as error:
        logs.log.critical("ended by an unexpected error", error=type(error).__name__, at=frames(error))
        raise typer.Exit(FAILED) from None


def _ready(url: str) -> None:
    """Tell the address in plain text at a terminal, else in a line of the log."""
    if sys.stderr.isatty():
        err.print(f"gateway at [bold]{escape(url)}/[/]  (Ctrl-C stops)", highlight=False, soft_wrap=True)
    else:
        from gateway import logs

        logs.log.info(f"gateway at {url}/", url=url)

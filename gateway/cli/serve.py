"""`gateway serve`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from gateway import app
from gateway.cli.console import err
from gateway.cli.run import DataDir, Partners, configured, run


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
    """Run the gateway: FHIR API, followers of the change feed, synchronisation on schedule."""
    chosen = configured(
        host=host, port=port, data_dir=data_dir, partners=partners, mappings=mappings, site=site, scores=scores
    )
    run(app.serve(chosen, _ready))


def _ready(url: str) -> None:
    err.print(f"gateway at [bold]{escape(url)}/[/]  (Ctrl-C stops)", highlight=False, soft_wrap=True)

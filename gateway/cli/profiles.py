"""`gateway profiles …`: the profiles that resources are held to when they name them in meta.profile."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.run import AsJson, DataDir, configured, fail
from gateway.errors import GatewayError

profiles_app = typer.Typer(help="Add, list and remove the profiles resources are held to.", no_args_is_help=True)


@profiles_app.command()
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="FHIR packages (.tgz), or JSON files and Bundles of definitions", exists=True, dir_okay=False
        ),
    ],
    data_dir: DataDir = None,
) -> None:
    """Keep the profiles, value sets and code systems of packages or files, which the gateway reads when it starts.

    A note on stderr names each profile whose base is missing: only a part of it can be checked until the base is added.
    """
    from gateway.intake import definitions

    folder = configured("warning", data_dir=data_dir).data_dir
    try:
        for file in files:
            package = definitions.add(folder, file)
            out.print(f"added {package.name}: {_counts_text(package.counts)}", highlight=False)
        for text in definitions.load(folder).incomplete():
            err.print(f"note: {text}", markup=False, highlight=False, soft_wrap=True)
    except GatewayError as error:
        fail(error)


@profiles_app.command("list")
def show(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List what was added."""
    from gateway.intake import definitions

    try:
        packages = definitions.listed(configured("warning", data_dir=data_dir).data_dir)
    except GatewayError as error:
        fail(error)
    if as_json:
        out.print_json(json.dumps({package.name: package.counts for package in packages}))
        return
    table = Table("name", "holds")
    for package in packages:
        table.add_row(package.name, _counts_text(package.counts))
    out.print(table if packages else "No profiles were added.")


@profiles_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="As `gateway profiles list` has it")], data_dir: DataDir = None
) -> None:
    """Forget a package or file."""
    from gateway.intake import definitions

    try:
        definitions.remove(configured("warning", data_dir=data_dir).data_dir, name)
    except GatewayError as error:
        fail(error)
    out.print(f"removed {name}", highlight=False)


def _counts_text(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {type_}" for type_, count in sorted(counts.items()))

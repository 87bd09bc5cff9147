"""The table of the commands `gateway map …`."""

import typer

from gateway.cli.mapping.attempt import attempt
from gateway.cli.mapping.check import check
from gateway.cli.mapping.coverage import coverage
from gateway.cli.mapping.init import init
from gateway.cli.mapping.prove import prove_laws
from gateway.cli.mapping.remap import apply, diff
from gateway.cli.mapping.test import test

map_app = typer.Typer(help="Try, check, prove and apply the mapping files.", no_args_is_help=True)
map_app.command("try")(attempt)
map_app.command()(init)
map_app.command()(check)
map_app.command()(test)
map_app.command()(coverage)
map_app.command("prove")(prove_laws)
map_app.command()(diff)
map_app.command()(apply)


@map_app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the mapping language, with which editors complete and check mapping files."""
    from gateway.mapping.definition.schema import shipped

    typer.echo(shipped(), nl=False)

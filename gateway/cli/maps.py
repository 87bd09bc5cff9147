"""`gateway map …`: the table of its commands."""

import typer

from gateway.cli import map_check, map_coverage, map_init, map_test, map_try, prove, remap
from gateway.mapping.definition.schema import shipped

app = typer.Typer(help="Try, check, prove and apply the mapping files under mappings/.", no_args_is_help=True)
app.command("try")(map_try.attempt)
app.command()(map_init.init)
app.command()(map_check.check)
app.command()(map_test.test)
app.command()(map_coverage.coverage)
app.command("prove")(prove.prove_laws)
app.command()(remap.diff)
app.command()(remap.apply)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the mapping language, with which editors complete and check mapping files."""
    typer.echo(shipped(), nl=False)

"""`gateway map …`: the table of its commands."""

import typer

from gateway.cli.mapping import attempt, check, coverage, init, prove, remap, test
from gateway.mapping.definition.schema import shipped

app = typer.Typer(help="Try, check, prove and apply the mapping files under mappings/.", no_args_is_help=True)
app.command("try")(attempt.attempt)
app.command()(init.init)
app.command()(check.check)
app.command()(test.test)
app.command()(coverage.coverage)
app.command("prove")(prove.prove_laws)
app.command()(remap.diff)
app.command()(remap.apply)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the mapping language, with which editors complete and check mapping files."""
    typer.echo(shipped(), nl=False)

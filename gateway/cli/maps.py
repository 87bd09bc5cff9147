"""`gateway map …`: look at what the mapping files do."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli import map_check, map_test, prove, remap
from gateway.cli.run import configured, fail, out
from gateway.errors import GatewayError
from gateway.fhir import json
from gateway.mapping import Mappings
from gateway.mapping.schema import shipped
from gateway.mapping.trace import Reading

app = typer.Typer(help="Try, check, prove and apply the mapping files under mappings/.", no_args_is_help=True)
app.command()(map_check.check)
app.command()(map_test.test)
app.command("prove")(prove.prove_laws)
app.command()(remap.diff)
app.command()(remap.apply)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the mapping language, with which editors complete and check mapping files."""
    typer.echo(shipped(), nl=False)


@app.command("try")
def attempt(
    file: Annotated[Path, typer.Argument(help="A FHIR resource as JSON", exists=True, dir_okay=False)],
    mappings: Annotated[Path | None, typer.Option(help="The folder of mapping files")] = None,
    trace: Annotated[bool, typer.Option(help="Show which rule read what")] = True,
) -> None:
    """Show the internal document a resource becomes, and which line of the mapping read what. Stores nothing."""
    try:
        resource = json.parse(file.read_bytes())
        known = Mappings.load(configured("warning", mappings=mappings).mappings)
        projections = known.get(resource)
        rows = known.trace(resource) if trace else []
    except GatewayError as error:
        fail(error)
    if not projections:
        out.print(f"No mapping reads {resource.get('resourceType')}; the FHIR bytes are stored all the same.")
        return
    if rows:
        out.print(_table(rows))
    for projection in projections:
        out.print(f"[bold]{projection.collection}[/]")
        out.print_json(json.dump(projection.document).decode())


def _table(readings: Iterable[Reading]) -> Table:
    table = Table(Column("rule", no_wrap=True), *(Column(name, overflow="fold") for name in ("field", "path", "value")))
    for reading in readings:
        if reading.value is None and not reading.notes:
            continue
        notes = "".join(f"\n[yellow]{escape(place)}: {escape(said)}[/]" for place, said in map(_said, reading.notes))
        shown = "" if reading.value is None else escape(json.dump(reading.value).decode())
        table.add_row(reading.rule, reading.field, escape(reading.path or ""), shown[:200] + notes)
    return table


def _said(note: tuple[Any, ...]) -> tuple[str, str]:
    """(path, text) of what could not be read, or of what was found wanting."""
    if len(note) == 2:
        return note[0], note[1]
    place, rule, before, after = note
    return place, f"{rule}: {json.dump(before).decode()} becomes {json.dump(after).decode()}"

"""`gateway map try`: what a mapping makes of one resource, there and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.console import out
from gateway.cli.run import AsJson, configured, fail, read_json
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.mapping.proofs.round_trip import RoundTrip
    from gateway.mapping.trace import Reading


def attempt(
    file: Annotated[Path, typer.Argument(help="A FHIR resource as JSON", exists=True, dir_okay=False)],
    mappings: Annotated[Path | None, typer.Option(help="The folder of mapping files")] = None,
    trace: Annotated[bool, typer.Option(help="Show which rule read what")] = True,
    as_json: AsJson = False,
) -> None:
    """Show the internal document a resource becomes, which line of the mapping read what, and the way back: the
    resource that the document makes of the one it came from, and alone. Stores nothing.
    """
    from gateway.fhir import fhir_json
    from gateway.mapping import Mappings
    from gateway.mapping.proofs.round_trip import round_trip

    try:
        resource = read_json(file)
        loaded = Mappings.load(configured("warning", mappings=mappings).mappings)
        projections = loaded.get(resource)
        rows = loaded.trace(resource) if trace else []
    except GatewayError as error:
        fail(error)
    mapping = loaded.by_type.get(str(resource.get("resourceType")))
    returned = round_trip(mapping, resource) if mapping is not None else None
    if as_json:
        documents = [{"collection": mapped.collection, "document": mapped.document} for mapped in projections]
        content = {
            "documents": documents,
            "trace": [*map(_as_json, rows)],
            "back": asdict(returned) if returned else None,
        }
        typer.echo(fhir_json.dump(content))
        return
    if not projections:
        out.print(f"No mapping reads {resource.get('resourceType')}; the FHIR bytes are stored all the same.")
        return
    if rows:
        out.print(_table(rows))
    for projection in projections:
        out.print(f"[bold]{projection.collection}[/]")
        out.print_json(fhir_json.dump(projection.document).decode())
    if returned is not None:
        _show(returned)


def _show(returned: RoundTrip) -> None:
    from gateway.fhir import fhir_json

    verdict = escape(returned.refused) if returned.refused else "byte for byte" if returned.unchanged else "changed"
    out.print(f"[bold]back[/], with the resource it came from: {verdict}", highlight=False)
    if returned.alone is None:
        return
    out.print("[bold]back[/], the document alone:")
    out.print_json(fhir_json.dump(returned.alone).decode())
    for issue in returned.issues:
        out.print(f"[yellow]{issue.severity}: {escape(f'{issue.expression}: {issue.text}')}[/]", highlight=False)
    if returned.missing:
        out.print(f"only in the resource: {escape(', '.join(returned.missing))}", highlight=False)


def _as_json(reading: Reading) -> dict[str, Any]:
    notes = [dict(zip(("path", "text"), _note_text(note), strict=True)) for note in reading.notes]
    return {"rule": reading.rule, "field": reading.field, "path": reading.path, "value": reading.value, "notes": notes}


def _table(readings: Iterable[Reading]) -> Table:
    from gateway.fhir import fhir_json

    table = Table(Column("rule", no_wrap=True), *(Column(name, overflow="fold") for name in ("field", "path", "value")))
    for reading in readings:
        if reading.value is None and not reading.notes:
            continue
        places = map(_note_text, reading.notes)
        notes = "".join(f"\n[yellow]{escape(place)}: {escape(text)}[/]" for place, text in places)
        shown = "" if reading.value is None else out.shorten(fhir_json.dump(reading.value).decode(), 200)
        table.add_row(reading.rule, reading.field, escape(reading.path or ""), escape(shown) + notes)
    return table


def _note_text(note: tuple[Any, ...]) -> tuple[str, str]:
    """(path, text) of what could not be read, or of what was found wanting."""
    from gateway.fhir import fhir_json

    if len(note) == 2:
        return note[0], note[1]
    place, rule, before, after = note
    return place, f"{rule}: {fhir_json.dump(before).decode()} becomes {fhir_json.dump(after).decode()}"

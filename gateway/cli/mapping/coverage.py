"""`gateway map coverage`: which elements of real data no rule reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.console import counted, err, out, progress_bar
from gateway.cli.run import AsJson, configured, fail
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.mapping.proofs.coverage import Coverage


_SHOWN = 40


def coverage(
    files: Annotated[list[Path], typer.Argument(help="Files or folders: .json, .ndjson, also .gz", show_default=False)],
    mappings: Annotated[Path | None, typer.Option(help="The folder of mapping files")] = None,
    as_json: AsJson = False,
) -> None:
    """Show, per resource type, the elements in your data that no rule of the mappings reads, with an example of each.

    Bundles are opened. Narrative and contained resources do not count; extensions are told by their address.
    """
    from gateway.fhir import fhir_json
    from gateway.intake.files import find, resources
    from gateway.intake.flat import flat
    from gateway.mapping import Mappings
    from gateway.mapping.proofs.coverage import Coverage

    try:
        paths = find(files)
        by_type = Mappings.load(configured("warning", mappings=mappings).mappings).by_type
    except GatewayError as error:
        fail(error)
    read = {type_: Coverage(mapping) for type_, mapping in by_type.items()}
    without, faults = Counter[str](), 0
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        for number, read_file in enumerate(chain.from_iterable(map(resources, paths))):
            faults += read_file.resource is None
            for label, resource in flat(read_file.label, read_file.resource or {}):
                type_ = resource["resourceType"]
                if type_ in read:
                    read[type_].add(resource, label)
                else:
                    without[type_] += 1
            bar.update(task, completed=number + 1)
    coverages = [coverage_of_type for coverage_of_type in read.values() if coverage_of_type.resources]
    if as_json:
        types = [_as_json(coverage_of_type) for coverage_of_type in coverages]
        report = {"types": types, "without_mapping": dict(without.most_common()), "unreadable": faults}
        typer.echo(fhir_json.dump(report))
    else:
        _show(coverages, without)
    if faults:
        err.print(f"{faults} could not be read as JSON", highlight=False)


def _as_json(coverage_of_type: Coverage) -> dict[str, Any]:
    return {
        "resource": coverage_of_type.mapping.resource,
        "resources": coverage_of_type.resources,
        "values": coverage_of_type.values,
        "read": coverage_of_type.read,
        "share": round(coverage_of_type.share, 4),
        "unread": [unread._asdict() for unread in coverage_of_type.unread()],
    }


def _show(coverages: Iterable[Coverage], without: Counter[str]) -> None:
    for coverage in coverages:
        resources, values = counted(coverage.resources, "resource"), counted(coverage.values, "value")
        summary = f"{resources}, {coverage.share:.1%} of {values} read"
        out.print(f"[bold]{coverage.mapping.resource}[/]  {summary}", highlight=False)
        unread = coverage.unread()
        if unread:
            table = Table(
                "element", Column("resources", justify="right"), Column("occurrences", justify="right"), "example"
            )
            for element, having, occurrences, example in unread[:_SHOWN]:
                table.add_row(escape(element), f"{having:,}", f"{occurrences:,}", escape(example))
            out.print(table)
        if len(unread) > _SHOWN:
            out.print(f"and {len(unread) - _SHOWN} more: --json tells all", highlight=False)
    if without:
        listed = ", ".join(f"{type_} {count:,}" for type_, count in without.most_common())
        out.print(f"[bold]without a mapping[/]  {listed}", highlight=False)

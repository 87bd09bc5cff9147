"""`gateway fhirpath`: try an expression on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.console import err
from gateway.cli.run import FAILED, fail
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.fhir.fhir_json import Resource


def fhirpath(
    expression: Annotated[str, typer.Argument(help="FHIRPath, such as Patient.name.given", show_default=False)],
    file: Annotated[Path, typer.Argument(help="FHIR as .json or .ndjson, also .gz", exists=True, dir_okay=False)],
    strict: Annotated[bool, typer.Option("--strict", help="An element the type does not have is an error")] = False,
    types: Annotated[bool, typer.Option("--types", help="Show the FHIR type before each result")] = False,
) -> None:
    """Evaluate FHIRPath on each resource of a file: one result per line, as JSON.

    If the expression can find nothing in any type of resource in the file, a note on stderr says why.
    """
    from gateway.fhir import fhir_json
    from gateway.intake.files import resources

    failed = yielded = False
    faults: dict[str, str] = {}
    for read in resources(file):
        if read.resource is None:
            err.print(f"{read.label}: {read.fault}", markup=False, highlight=False, soft_wrap=True)
            failed = True
            continue
        try:
            for type_, value in _results(expression, read.resource, strict):
                yielded = True
                typer.echo((f"{type_} " if types else "") + fhir_json.dump(value).decode())
        except GatewayError as error:
            fail(error)
        type_ = str(read.resource.get("resourceType"))
        if type_ not in faults:
            faults[type_] = _fault(expression, type_)
    if not yielded and all(faults.values()):
        for type_, fault in faults.items():
            err.print(f"note: in a {type_} this finds nothing: {fault}", markup=False, highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(FAILED)


def _fault(expression: str, type_: str) -> str:
    """Say why the expression finds nothing in any resource of a type, "" if it may find something."""
    from gateway.fhir import path

    try:
        path.compile(expression, type_)
    except path.PathError as error:
        return error.reason
    return ""


def _results(expression: str, resource: Resource, strict: bool) -> list[tuple[str, object]]:
    from gateway.fhir import path

    type_ = resource.get("resourceType")
    return path.compile(expression, type_ if strict and isinstance(type_, str) else None).typed(resource)

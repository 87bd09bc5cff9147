"""`gateway map prove`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from gateway.cli.console import err, out, progress_bar
from gateway.cli.run import FAILED, AsJson, configured, fail
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.fhir.fhir_json import Resource
    from gateway.mapping import Mappings
    from gateway.mapping.proofs.laws import Proof


SHOWN = 50


def prove_laws(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="FHIR files or folders [default: the golden pairs]")
    ] = None,
    mappings: Annotated[Path | None, typer.Option(help="The folder of mapping files")] = None,
    edits: Annotated[int, typer.Option(help="Edits to try on each document", min=0)] = 8,
    as_json: AsJson = False,
) -> None:
    """Prove on your own data that nothing is lost: what is read can be written back, and only what was edited changes.

    Prints each violation by element. Exit code 1 if there is any, if a file cannot be read, or if nothing was there to
    prove. Stores nothing.
    """
    from gateway.mapping import Mappings

    try:
        folder = configured("warning", mappings=mappings).mappings
        loaded = Mappings.load(folder)
        unread: list[str] = []
        proof = _proved(loaded, _records(paths or [folder / "golden"], unread), edits)
    except GatewayError as error:
        fail(error)
    if as_json:
        print(json.dumps(_report(proof) | {"unreadable": len(unread)}))  # noqa: T201 - one line, however long, for programs
    else:
        _show(proof)
    for label in unread[:SHOWN]:
        err.print(f"{escape(label)} could not be read as FHIR", highlight=False)
    if not proof.resources:
        err.print("nothing was proved: there is no resource of a type with a mapping", highlight=False)
    if proof.violations or unread or not proof.resources:
        raise typer.Exit(FAILED)


def _records(paths: list[Path], unread: list[str]) -> Iterator[tuple[str, Resource]]:
    """Yield all resources. Add the label of each unreadable one to `unread`: a proof must not pass over them."""
    from gateway.intake.files import find, resources
    from gateway.intake.flat import flat

    for path in find(paths):
        for read in resources(path):
            if read.resource is None:
                unread.append(read.label)
            else:
                yield from flat(read.label, read.resource)


def _proved(loaded: Mappings, records: Iterable[tuple[str, Resource]], edits: int) -> Proof:
    from gateway.mapping.proofs.laws import Proof, prove

    proof = Proof()
    for label, resource in _watched(records):
        mapping = loaded.by_type.get(resource["resourceType"])
        if mapping is not None:
            prove(mapping, resource, label, proof, most=edits)
    return proof


def _watched(records: Iterable[tuple[str, Resource]]) -> Iterator[tuple[str, Resource]]:
    with progress_bar(*Progress.get_default_columns()[:1], "{task.completed:,.0f} read") as bar:
        task = bar.add_task("proving", total=None)
        for record in records:
            yield record
            bar.advance(task)


def _report(proof: Proof) -> dict[str, object]:
    return {
        "resources": proof.resources,
        "edits": proof.edits,
        "refused": proof.refused,
        "alone": proof.alone,
        "violations": [violation._asdict() for violation in proof.violations],
    }


def _show(proof: Proof) -> None:
    out.print(
        f"{proof.resources:,} resources come back as they were; {proof.edits:,} edits were written and read again, "
        f"{proof.refused:,} refused; {proof.alone:,} documents made resources of their own: "
        f"{len(proof.violations):,} violations",
        highlight=False,
    )
    if not proof.violations:
        return
    table = Table("law", "resource", "element", "what")
    for violation in proof.violations[:SHOWN]:
        table.add_row(violation.law, escape(violation.resource), escape(violation.element), escape(violation.text))
    out.print(table)
    if len(proof.violations) > SHOWN:
        out.print(f"and {len(proof.violations) - SHOWN:,} more: --json shows all")

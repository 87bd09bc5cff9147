"""`gateway map test`: do the golden pairs beside the mappings still hold?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.console import counted, err, out
from gateway.cli.run import FAILED, AsJson, configured, fail
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.mapping.proofs.golden import PairOutcome


def test(
    folder: Annotated[Path | None, typer.Argument(help="The folder of mapping files [default: mappings]")] = None,
    update: Annotated[
        bool, typer.Option(help="Write the documents as they are now, after showing what changes")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking")] = False,
    as_json: AsJson = False,
) -> None:
    """Map every golden resource there and back, and show where the documents differ from the golden ones.

    Exit code 1 if one does, or if a law of the way back is broken.
    """
    from gateway.fhir import fhir_json
    from gateway.mapping import Mappings
    from gateway.mapping.proofs.golden import compare, golden_pairs

    try:
        mappings_folder = configured("warning", mappings=folder).mappings
        mappings = Mappings.load(mappings_folder)
        outcomes = [compare(pair) for pair in golden_pairs(mappings_folder, mappings)]
    except GatewayError as error:
        fail(error)
    wrong = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        results = [_as_json(outcome) for outcome in wrong]
        typer.echo(fhir_json.dump({"pairs": len(outcomes), "failed": len(wrong), "results": results}))
    else:
        _show(wrong)
    err.print(f"{counted(len(outcomes), 'pair')}, {len(wrong)} differ", highlight=False)
    tried = {outcome.pair.mapping.file for outcome in outcomes}
    for mapping in mappings.by_collection.values():
        if mapping.file not in tried:
            err.print(f"{mapping.file}: no golden pair tries this mapping", highlight=False, markup=False)
    if not outcomes:
        golden = mappings_folder / "golden"
        err.print(f"there are no golden pairs in {golden}: see docs/how-to/add-a-mapping.md", highlight=False)
    if update:
        wrong = _written(wrong, yes=yes)
    if wrong or not outcomes:
        raise typer.Exit(FAILED)


def _written(wrong: list[PairOutcome], *, yes: bool) -> list[PairOutcome]:
    """Write the changed documents, and return the outcomes that are wrong even then."""
    from gateway.mapping.proofs.golden import compare

    changed = [outcome for outcome in wrong if outcome.text and (outcome.differences or outcome.fault)]
    if not changed or not (yes or typer.confirm(f"Write {len(changed)} documents?", err=True)):
        return wrong
    for outcome in changed:
        outcome.pair.document.write_text(outcome.text, "utf-8")
    return [again for outcome in wrong if not (again := compare(outcome.pair)).passed]


def _show(wrong: Iterable[PairOutcome]) -> None:
    for outcome in wrong:
        out.print(f"[bold]{escape(outcome.pair.name)}[/] {escape(outcome.fault)}", highlight=False)
        for violation in outcome.violations:
            out.print(
                f"  {escape(violation.element)}: {escape(violation.text)} ({escape(violation.law)})", highlight=False
            )
        if outcome.differences:
            table = Table(*(Column(name, overflow="fold") for name in ("field", "expected", "got")))
            for field, expected, got in outcome.differences:
                table.add_row(escape(field), escape(_text(expected)), escape(_text(got)))
            out.print(table)


def _text(value: Any) -> str:
    from gateway.fhir import fhir_json
    from gateway.mapping.proofs.golden import MISSING

    return "" if value is MISSING else fhir_json.dump(value).decode()


def _as_json(outcome: PairOutcome) -> dict[str, Any]:
    """An outcome as JSON; a side that has nothing is left out."""
    from gateway.mapping.proofs.golden import MISSING

    differences = [
        {name: part for name, part in difference._asdict().items() if part is not MISSING}
        for difference in outcome.differences
    ]
    return {
        "pair": outcome.pair.name,
        "fault": outcome.fault,
        "differences": differences,
        "violations": [violation._asdict() for violation in outcome.violations],
    }

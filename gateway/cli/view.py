"""`gateway view …`: ViewDefinitions (SQL on FHIR) over files or the database."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from gateway.cli.console import err
from gateway.cli.run import FAILED, AsJson, DataDir, configured, fail, opened, read_json, run
from gateway.errors import ConfigurationError, GatewayError

if TYPE_CHECKING:
    from gateway.fhir import view
    from gateway.fhir.fhir_json import Resource
    from gateway.settings import Settings


view_app = typer.Typer(help="Turn resources into tables by ViewDefinitions (SQL on FHIR).", no_args_is_help=True)

_PORTION = 500
_File = Annotated[Path, typer.Argument(help="A ViewDefinition as JSON", exists=True, dir_okay=False)]


@view_app.command("run")
def run_view(
    definition: _File,
    files: Annotated[list[Path] | None, typer.Argument(help="Files or folders; without any, the database")] = None,
    format: Annotated[Literal["csv", "json", "ndjson", "parquet"], typer.Option(help="Of the output")] = "csv",  # noqa: A002
    output: Annotated[Path | None, typer.Option(help="A file [default: stdout]", dir_okay=False)] = None,
    header: Annotated[bool, typer.Option(help="The names of the columns as first line of CSV")] = True,
    data_dir: DataDir = None,
) -> None:
    """Write the rows of a view over FHIR files (Bundles are opened) or over all that is stored.

    Exit code 1 if a file could not be read, with what could be read written nevertheless.
    """
    from gateway.fhir import view
    from gateway.intake.files import find

    try:
        compiled = view.compile(read_json(definition))
        faults = list[str]()
        with _opened(output) as file:
            table = _ViewFile(compiled, format, header, file)
            if files:
                found = find(files)
                for portion in _portions(_read(found, compiled.resource, faults)):
                    table.add(portion)
            else:
                run(_over_database(table, configured("warning", data_dir=data_dir)))
            table.end()
    except GatewayError as error:
        fail(error)
    for text in faults:
        err.print(text, markup=False, highlight=False, soft_wrap=True)
    if faults:
        raise typer.Exit(FAILED)


class _ViewFile:
    """A file that the rows of a view are written to."""

    def __init__(self, compiled: view.View, format_: str, header: bool, file: BinaryIO) -> None:
        from gateway.fhir.view.formats import FORMATS

        self.view, self._file = compiled, file
        self._encoder = FORMATS[format_].encoder(compiled.columns, header)

    def add(self, portion: Iterable[Resource]) -> None:
        """Write the rows of some resources."""
        self._file.write(self._encoder.rows(list(self.view.rows(portion))))

    def end(self) -> None:
        """Write what the format needs after the last row."""
        self._file.write(self._encoder.end())


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Yield stdout, or a file that appears under its name only once it is complete. Raises ConfigurationError."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(output)
    except OSError as error:
        raise ConfigurationError(f"{output}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _read(paths: Iterable[Path], type_: str, faults: list[str]) -> Iterator[Resource]:
    from gateway.intake.files import resources

    for path in paths:
        for read in resources(path):
            if read.resource is None:
                faults.append(f"{read.label}: {read.fault}")
            elif read.resource.get("resourceType") == "Bundle" != type_:
                yield from _entries(read.resource)
            else:
                yield read.resource


def _entries(bundle: Resource) -> Iterator[Resource]:
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def _portions(found: Iterator[Resource]) -> Iterator[list[Resource]]:
    while portion := list(islice(found, _PORTION)):
        yield portion


async def _over_database(table: _ViewFile, settings: Settings) -> None:
    from gateway.api.operations.view_run import stored

    async with opened(settings) as parts:
        async for portion in stored(parts.store, table.view.resource):
            table.add(portion)


@view_app.command()
def suite(
    folder: Annotated[Path, typer.Argument(help="Test files of SQL on FHIR", exists=True, file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Run test files of SQL on FHIR. The last line is one JSON object; exit code 1 if a test fails."""
    from gateway.fhir import fhir_json
    from gateway.fhir.view.suite import cases, fault

    passed, failing = 0, list[str]()
    try:
        for file in sorted(folder.glob("*.json")):
            for case in cases(read_json(file)):
                reason = fault(case)
                passed += not reason
                failing += [f"{file.stem}: {case.title}"] if reason else []
                if reason and not as_json:
                    typer.echo(f"{failing[-1]}: {reason}")
    except GatewayError as error:
        fail(error)
    typer.echo(fhir_json.dump({"passed": passed, "failed": len(failing), "failing": failing}))
    if failing:
        raise typer.Exit(FAILED)

"""`gateway validate`: check files against FHIR R4 and their profiles, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from gateway.cli.console import counted, err, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, configured, fail
from gateway.errors import BadRequest, GatewayError, Issue

if TYPE_CHECKING:
    from gateway.fhir.validate import Profiles
    from gateway.intake.files import FileRead


Judged = list[tuple[str, list[Issue]]]

_BATCH_BYTES = 250_000


class _Rules(NamedTuple):
    """The rules to check resources against, besides R4.

    profiles: definitions of the profiles that resources name.
    claimed: profiles that every resource must meet.
    """

    profiles: Profiles | None = None
    claimed: tuple[str, ...] = ()


def validate(
    files: Annotated[list[Path], typer.Argument(help="Files or folders: .json, .ndjson, also .gz", show_default=False)],
    profile: Annotated[list[str] | None, typer.Option(help="Hold every resource to this profile, too")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check FHIR files against R4: file:line, element and reason of every finding. Exit code 1 if any is an error.

    Profiles in meta.profile count where `gateway profiles add` has brought their definitions. Findings go to stdout,
    progress and the summary to stderr.
    """
    from gateway.fhir import fhir_json
    from gateway.intake.files import find, texts

    try:
        paths = find(files)
        rules = _rules(configured("warning", data_dir=data_dir).data_dir, tuple(profile or ()))
    except GatewayError as error:
        fail(error)
    count, wrong, findings = 0, 0, list[dict[str, Any]]()
    # On a terminal findings are printed above the bar; a stdout that leads elsewhere must not be redirected to it.
    with progress_bar() as bar:
        task = bar.add_task("validating", total=None)
        for batch in _judged(_batches(chain.from_iterable(map(texts, paths))), rules):
            for label, issues in batch:
                count += 1
                wrong += any(issue.severity in ("error", "fatal") for issue in issues)
                rows = [{"file": label, **asdict(issue)} for issue in issues]
                findings += rows if as_json else []
                for row in [] if as_json else rows:
                    typer.echo(_line(row))
            bar.update(task, completed=count, description=f"validating: {count:,} read, {wrong:,} invalid")
    if as_json:
        typer.echo(fhir_json.dump({"resources": count, "invalid": wrong, "issues": findings}))
    err.print(f"{counted(count, 'resource')}, {wrong:,} invalid", highlight=False)
    if wrong:
        raise typer.Exit(FAILED)


def _rules(data_dir: Path, claimed: tuple[str, ...]) -> _Rules:
    from gateway.intake import definitions

    profiles = definitions.load(data_dir)
    for url in claimed:
        if not profiles.holds(url):
            raise BadRequest(f"the profile {url} is not loaded: gateway profiles add")
    return _Rules(profiles if len(profiles) or claimed else None, claimed)


def _line(row: dict[str, Any]) -> str:
    place = f"{row['expression']}: " if row["expression"] else ""
    return f"{row['file']}: {row['severity']}: {place}{row['text']}"


def _batches(reads: Iterable[FileRead]) -> Iterator[list[FileRead]]:
    """Yield batches large enough to be worth sending to another process."""
    from gateway.intake.files import FileRead

    batch, size = list[FileRead](), 0
    for read in reads:
        batch.append(read)
        size += len(read.raw)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _judged(batches: Iterator[list[FileRead]], rules: _Rules) -> Iterator[Judged]:
    """Yield judgments in the order of the files, with no more batches under way than keep the cores busy."""
    from gateway.fhir import r4

    first, second = next(batches, None), next(batches, None)
    if second is None:
        yield from [[(read.label, _issues(read, rules)) for read in first]] if first else []
        return
    r4.types()  # loaded once, shared by all that are forked from here
    cores = len(os.sched_getaffinity(0))
    waiting: deque[Future[Judged]] = deque()
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork"), _begin, (rules,)) as pool:
        for batch in chain((first or [], second), batches):
            waiting.append(pool.submit(_judge, batch))
            if len(waiting) > 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_own = _Rules()  # of a worker process: inherited once, where an argument would be pickled with every batch


def _begin(rules: _Rules) -> None:
    global _own
    _own = rules


def _judge(batch: list[FileRead]) -> Judged:
    return [(read.label, _issues(read, _own)) for read in batch]


def _issues(read: FileRead, rules: _Rules) -> list[Issue]:
    from gateway.fhir import fhir_json
    from gateway.fhir.validate import validate as issues_of

    if read.fault:
        return [Issue("fatal", "exception", read.fault)]
    try:
        return issues_of(fhir_json.parse(read.raw), profiles=rules.profiles, claimed=rules.claimed)
    except GatewayError as error:
        return [Issue("fatal", issue.code, issue.text, issue.expression) for issue in error.issues]

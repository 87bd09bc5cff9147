"""`gateway sync …`: exchange with partner servers, and look after what failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.cli.console import counted, out, progress_bar
from gateway.cli.run import FAILED, AsJson, DataDir, Partners, configured, fail, opened, run
from gateway.errors import ConfigurationError

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.sync import deciding
    from gateway.sync.partners import Partner
    from gateway.sync.report import Report


_WHERE = "The partners file is --partners, else GATEWAY_PARTNERS, else partners.yaml in the data folder."
sync_app = typer.Typer(help=f"Exchange with partner servers. {_WHERE}", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, help="How many at most")]
Name = Annotated[str, typer.Argument(help="The partner's name in the partners file")]
Site = Annotated[str | None, typer.Option(help="Our name towards partners")]


@sync_app.command("run")
def exchange(
    partner: Name,
    data_dir: DataDir = None,
    partners: Partners = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Pull what is new at PARTNER and push what is new here. Safe to repeat, and to interrupt.

    Failures go to the dead letters and do not stop the rest. Exit code 1 if the run did not come to its end.
    """
    settings = configured("warning", data_dir=data_dir, partners=partners, site=site)
    report = run(_exchange(settings, partner))
    if as_json:
        typer.echo(json.dumps(report.json))
    else:
        out.print(_summary(report))
    if not report.ok:
        raise typer.Exit(FAILED)


async def _exchange(settings: Settings, name: str) -> Report:
    from gateway.sync import run as running

    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[counts]}"), TimeElapsedColumn())
    async with opened(settings) as parts:
        with progress_bar(*columns) as bar:
            task = bar.add_task(name, counts="")

            def progress(stage: str, report: Report) -> None:
                counts = f"pulled {report.pulled:,}  pushed {report.pushed:,}  letters {report.dead_letters:,}"
                bar.update(task, description=stage, counts=counts)

            return await running.run(parts.store, find_partner(parts.partners, name), progress=progress)


def find_partner(partners: tuple[Partner, ...], name: str) -> Partner:
    """Return the partner of this name. Raises ConfigurationError that lists the names there are."""
    for partner in partners:
        if partner.name == name:
            return partner
    names = ", ".join(partner.name for partner in partners) or "none"
    raise ConfigurationError(f"No partner is called {name!r}; known: {names}. {_WHERE}")


def _summary(report: Report) -> Table:
    table = Table(title=f"{report.partner}: {report.seconds:.1f} s", show_header=False, title_justify="left")
    for name in ("pulled", "pushed", "unchanged", "deleted", "conflicts", "dead_letters", "issues"):
        table.add_row(name.replace("_", " "), f"{getattr(report, name):,}")
    for error in report.errors:
        table.add_row("[red]error[/]", error)
    return table


@sync_app.command("partners")
def listed(data_dir: DataDir = None, partners: Partners = None, site: Site = None) -> None:
    """Check the partners file and list what is in it."""
    from gateway.parts import load_partners

    settings = configured("warning", data_dir=data_dir, partners=partners, site=site)
    try:
        loaded = load_partners(settings)
    except ConfigurationError as error:
        fail(error)
    table = Table("partner", "base URL", "types", "direction", "every")
    for partner in loaded:
        every = f"{partner.schedule:g} s" if partner.schedule else "on command"
        table.add_row(partner.name, partner.base_url, ", ".join(partner.types), partner.direction, every)
    out.print(table)


@sync_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A new name; of a gateway, the name it calls itself")],
    base_url: Annotated[str, typer.Argument(help="Its FHIR base")],
    types: Annotated[list[str], typer.Option("--type", help="A resource type to exchange; repeat for more")],
    direction: Annotated[str, typer.Option(help="pull, push or both")] = "both",
    schedule: Annotated[float, typer.Option(help="Seconds between runs of `gateway serve`; 0: only on command")] = 0,
    token_env: Annotated[str | None, typer.Option(help="The environment variable that holds a bearer token")] = None,
    data_dir: DataDir = None,
    partners: Partners = None,
    site: Site = None,
) -> None:
    """Add a partner to the partners file, which is made if need be. A wrong value changes nothing."""
    from gateway.sync import adding

    settings = configured("warning", data_dir=data_dir, partners=partners, site=site)
    block = {"name": name, "base_url": base_url, "types": types, "direction": direction, "schedule": schedule}
    if token_env:
        block["auth"] = {"kind": "bearer", "token_env": token_env}
    try:
        added = adding.add(settings.partners_file, block, site=settings.site)
    except ConfigurationError as error:
        fail(error)
    out.print(f"{added.name} is in {settings.partners_file}; try: gateway sync run {added.name}", highlight=False)


@sync_app.command("decide")
def decide(
    partner: Name,
    key: Annotated[str, typer.Argument(help="The conflict's dead letter, such as 'pull Patient/17'")],
    keep: Annotated[Literal["ours", "theirs"], typer.Option(help="Whose present state counts")],
    data_dir: DataDir = None,
    partners: Partners = None,
    site: Site = None,
) -> None:
    """Settle a conflict: the side not kept follows the other, and keeps what it had in its history."""
    settings = configured("warning", data_dir=data_dir, partners=partners, site=site)
    out.print(_summary(run(_decide(settings, partner, key, keep))))


async def _decide(settings: Settings, name: str, key: str, keep: deciding.Keep) -> Report:
    from gateway.sync import deciding

    async with opened(settings) as parts:
        return await deciding.decide(parts.store, find_partner(parts.partners, name), key, keep)


@sync_app.command("letters")
def letters(data_dir: DataDir = None, as_json: AsJson = False, limit: Limit = 100) -> None:
    """List the dead letters: what failed, why, how often. Payloads are not shown."""
    rows = run(_letters(configured("warning", data_dir=data_dir), limit))
    if as_json:
        out.print_json(json.dumps(rows))
        return
    for line in letter_lines(rows):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def letter_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield two lines for each letter: which it is and how often it was tried, and the whole reason."""
    rows = list(rows)
    for row in rows:
        yield f"{row['source']}  {row['key']}  {counted(row['attempts'], 'attempt')}"
        yield f"  {row['reason']}{': ' if row['detail'] else ''}{row['detail']}"
    if not rows:
        yield "There are no dead letters."


async def _letters(settings: Settings, limit: int) -> list[dict[str, Any]]:
    async with opened(settings) as parts:
        rows = await parts.store.letters.newest(limit=limit)
    fields = ("source", "key", "reason", "detail", "attempts")
    return [{name: getattr(row, name) for name in fields} for row in rows]


@sync_app.command("replay")
def replay(
    partner: Name,
    key: Annotated[
        str | None, typer.Argument(help="The letter's key; all of the partner's letters if left out")
    ] = None,
    data_dir: DataDir = None,
    partners: Partners = None,
    site: Site = None,
) -> None:
    """Try dead letters of PARTNER again; those that succeed are gone. Exit code 1 if any failed again."""
    report = run(_replay(configured("warning", data_dir=data_dir, partners=partners, site=site), partner, key))
    out.print(_summary(report))
    if report.dead_letters or not report.ok:
        raise typer.Exit(FAILED)


async def _replay(settings: Settings, name: str, key: str | None) -> Report:
    from gateway.sync import replaying

    async with opened(settings) as parts:
        return await replaying.replay(parts.store, find_partner(parts.partners, name), key)

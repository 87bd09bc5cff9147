"""`gateway codes review`: one item after the other to a person at a terminal, or one decision from a script."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from gateway.cli.console import err, out
from gateway.cli.run import AsJson, DataDir, configured, opened, run
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.codes.queue import QueueItem
    from gateway.codes.review import Verdict
    from gateway.codes.suggestion import Suggestion
    from gateway.settings import Settings


review_app = typer.Typer(help="Decide what local codes mean.", invoke_without_command=True)

QueueState = Literal["open", "accepted", "rejected", "skipped", "all"]
Key = Annotated[str, typer.Argument(help="The key of the item, as `review --list` shows it")]
By = Annotated[str, typer.Option("--by", help="Who decides: a person's name")]
Mappings = Annotated[Path | None, typer.Option(help="The folder of mapping files, where the code map lies")]
_KEYS = "[y] the first  [1-5] that one  [code] another LOINC code  [n] none of them  [s] skip  [q] quit"


@review_app.callback()
def interactive(
    context: typer.Context,
    listing: Annotated[bool, typer.Option("--list", help="Print the queue and ask nothing")] = False,
    state: Annotated[QueueState, typer.Option(help="Only items in this state")] = "open",
    limit: Annotated[int, typer.Option(min=1, help="So many at most")] = 100,
    by: Annotated[str, typer.Option("--by", help="Who decides: your name")] = "",
    data_dir: DataDir = None,
    mappings: Mappings = None,
    as_json: AsJson = False,
) -> None:
    """Show one open item after the other with its suggestions, and ask. Nothing is coded without your yes."""

    if context.invoked_subcommand:
        return
    settings = configured("warning", data_dir=data_dir, mappings=mappings)
    if listing or as_json:
        _list(run(_loaded(settings)), state, limit, as_json=as_json)
        return
    if not by.strip():
        raise typer.BadParameter("a decision needs a name", param_hint="--by")
    run(_ask(settings, by, state, limit))


@review_app.command()
def accept(
    key: Key,
    loinc: Annotated[str, typer.Argument(help="The LOINC code")],
    by: By,
    every_unit: Annotated[bool, typer.Option("--every-unit", help="It is right for all units it came with")] = False,
    change: Annotated[bool, typer.Option("--change", help="Replace what the code map says")] = False,
    data_dir: DataDir = None,
    mappings: Mappings = None,
    as_json: AsJson = False,
) -> None:
    """Write a code to the code map."""
    settings = configured("warning", data_dir=data_dir, mappings=mappings)
    _done(run(_decide(settings, key, "accept", by, loinc, every_unit=every_unit, change=change)), as_json)


@review_app.command()
def reject(key: Key, by: By, data_dir: DataDir = None, mappings: Mappings = None, as_json: AsJson = False) -> None:
    """Reject all suggestions: the local code stays without a LOINC code and is not asked about again."""
    _done(run(_decide(configured("warning", data_dir=data_dir, mappings=mappings), key, "reject", by)), as_json)


@review_app.command()
def reopen(key: Key, by: By, data_dir: DataDir = None, mappings: Mappings = None, as_json: AsJson = False) -> None:
    """Take a decision back; what was accepted leaves the code map."""
    _done(run(_decide(configured("warning", data_dir=data_dir, mappings=mappings), key, "reopen", by)), as_json)


def suggestion_json(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion as programs read it."""
    return asdict(suggestion)


def suggestion_lines(number: int, suggestion: Suggestion) -> Iterator[str]:
    """Yield a suggestion in two lines: what it is, and why."""
    yield f"  {number}  [bold]{suggestion.code}[/]  {suggestion.confidence:.0%}  {escape(suggestion.name)}"
    yield f"     [dim]{escape('; '.join(suggestion.reasons))}[/]"


async def _loaded(settings: Settings) -> list[QueueItem]:
    from gateway.codes import queue

    async with opened(settings) as parts:
        return await queue.load(parts.store)


async def _decide(
    settings: Settings, key: str, verdict: Verdict, by: str, code: str = "", **meant: bool
) -> list[QueueItem]:
    from gateway.codes import review
    from gateway.codes.files import Files

    async with opened(settings) as parts:
        files = Files.of(settings.data_dir, settings.mappings)
        return await review.decide(parts.store, files, key, verdict, by=by, code=code, now=datetime.now(UTC), **meant)


async def _ask(settings: Settings, by: str, state: str, limit: int) -> None:
    """The database is open while the person thinks; asking happens in a thread, so that it is looked after."""
    from gateway.codes import queue, review
    from gateway.codes.files import Files

    async with opened(settings) as parts:
        files = Files.of(settings.data_dir, settings.mappings)
        items = [item for item in await queue.load(parts.store) if state in ("all", item.state)][:limit]
        done: set[str] = set()
        for number, item in enumerate(items, 1):
            if item.key in done:
                continue
            out.print(f"\n[bold]{number} of {len(items)}[/]", highlight=False, soft_wrap=True)
            _show(item)
            while (answer := await asyncio.to_thread(_answer, item)) is not None:
                verdict, code = answer
                try:
                    decided = await review.decide(
                        parts.store, files, item.key, verdict, by=by, code=code, now=datetime.now(UTC)
                    )
                except GatewayError as error:
                    out.print(f"[red]{escape(error.text)}[/]", highlight=False, soft_wrap=True)
                    continue
                done |= {item.key for item in decided}
                break
            else:
                return
    out.print("Nothing more to decide." if not items else "That was all.")


def _answer(item: QueueItem) -> tuple[Verdict, str] | None:
    """Ask a person about an item until the answer is clear. Return None if the person wants to stop."""
    while True:
        try:
            entry = typer.prompt(_KEYS, prompt_suffix=": ").strip().lower()
        except (EOFError, typer.Abort):
            return None
        match entry:
            case "q":
                return None
            case "n":
                return "reject", ""
            case "s":
                return "skip", ""
        if entry == "y" and not item.known:
            out.print("[yellow]The first is not likely: say its number if it is right.[/]")
            continue
        number = "1" if entry == "y" else entry
        if number.isdecimal() and 0 < int(number) <= len(item.suggestions):
            return "accept", item.suggestions[int(number) - 1].code
        if "-" in entry:
            return "accept", entry
        out.print(f"[yellow]There is no {escape(entry)!r} here.[/]")


def _show(item: QueueItem) -> None:
    unit = f" in {item.unit}" if item.unit else ""
    values = f", {item.values}" if item.values else ""
    kinds = ", ".join(item.kinds)
    state = "" if item.state == "open" else f", {item.state} {item.code}".rstrip()
    out.print(f"[bold]{escape(', '.join(item.names))}[/]{escape(unit)}", highlight=False, soft_wrap=True)
    seen = f"  {item.key}  {item.from_}  seen {item.count:,} times, {kinds}{values}{state}"
    out.print(escape(seen), highlight=False, soft_wrap=True)
    if item.suggestions and not item.known:
        out.print("  [yellow]I do not know.[/] The least unlikely:")
    for number, suggestion in enumerate(item.suggestions, 1):
        for line in suggestion_lines(number, suggestion):
            out.print(line, highlight=False, soft_wrap=True)


def _list(items: list[QueueItem], state: str, limit: int, *, as_json: bool) -> None:
    shown = [item for item in items if state in ("all", item.state)][:limit]
    if as_json:
        out.print_json(_json([item.as_json() for item in shown]))
        return
    for item in shown:
        _show(item)
    if not items:
        err.print("The queue is empty: `gateway codes refresh` fills it.")


def _done(items: list[QueueItem], as_json: bool) -> None:
    if as_json:
        out.print_json(_json([item.as_json() for item in items]))
        return
    for item in items:
        entry = f"{item.key}  {item.from_}  {item.unit}: {item.state} {item.code}".rstrip()
        out.print(escape(entry), highlight=False, soft_wrap=True)


def _json(value: Any) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()

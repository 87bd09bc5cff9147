"""`gateway codes …`: suggest LOINC codes for what came without, and let a person decide."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.codes.review import review_app, suggestion_json, suggestion_lines
from gateway.cli.console import err, out, progress_bar
from gateway.cli.run import AsJson, DataDir, configured, fail, opened, run
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.codes import review
    from gateway.codes.corpus import Corpus
    from gateway.codes.files import Files
    from gateway.codes.suggestion import Answer
    from gateway.settings import Settings


codes_app = typer.Typer(help="LOINC codes for observations that came without one.", no_args_is_help=True)
codes_app.add_typer(review_app, name="review")

Mappings = Annotated[Path | None, typer.Option(help="The folder of mapping files, where the code map lies")]
From = Annotated[
    list[Path] | None,
    typer.Option("--from", help="Learn from these files or folders instead of what is stored", show_default=False),
]


@codes_app.command()
def train(from_: From = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Learn from the coded observations, measure on names held back, and keep the model in the data folder."""
    from gateway.codes.learning.train import train as learn

    settings = configured("warning", data_dir=data_dir)
    corpus = _corpus(settings, from_)
    try:
        card = learn(corpus, _files(settings).models, datetime.now(UTC))
    except GatewayError as error:
        fail(error)
    if as_json:
        out.print_json(json.dumps(card))
        return
    out.print(_data(card["data"]), highlight=False, soft_wrap=True)
    out.print(_accuracies("On names held back", card["held_out"]))
    out.print(_trusted(card["trust"]), highlight=False, soft_wrap=True)


@codes_app.command()
def report(from_: From = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show how often suggestions are right: on names held back, and on whole sources held back. Keeps nothing."""
    from gateway.codes.learning import evaluate
    from gateway.codes.learning.train import seen

    settings = configured("warning", data_dir=data_dir)
    corpus = _corpus(settings, from_)
    try:
        with err.status("learning and asking, again and again"):
            figures = evaluate.report(corpus.examples()).as_json()
    except GatewayError as error:
        fail(error)
    figures["data"] = {**seen(corpus), **figures["data"]}
    if as_json:
        out.print_json(json.dumps(figures))
        return
    out.print(_data(figures["data"]), highlight=False, soft_wrap=True)
    out.print(_accuracies("On names held back (a fifth at a time)", figures["held_out"]))
    if figures["by_source"]:
        out.print(_accuracies("On sources held back (one at a time)", figures["by_source"]))
        out.print(_sources(figures["sources"]))
    out.print(_trusted(figures["trust"]), highlight=False, soft_wrap=True)


@codes_app.command()
def suggest(
    text: Annotated[str, typer.Argument(help="The name of what was observed")],
    unit: Annotated[str, typer.Option(help="Its unit")] = "",
    kind: Annotated[str, typer.Option(help="What its value is: quantity, concept, text, …")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Suggest codes for a name. Stores nothing."""
    from gateway.codes.corpus import Look
    from gateway.codes.learning import keep

    try:
        model, _ = keep.load(_files(configured("warning", data_dir=data_dir)).models)
    except GatewayError as error:
        fail(error)
    (answer,) = model.answer([Look(text, unit, kind or ("quantity" if unit else ""))])
    if as_json:
        suggestions = [suggestion_json(suggestion) for suggestion in answer.suggestions]
        out.print_json(json.dumps({"known": answer.known, "suggestions": suggestions}))
    else:
        _print(answer)


@codes_app.command()
def refresh(data_dir: DataDir = None, mappings: Mappings = None, as_json: AsJson = False) -> None:
    """Fill the review queue from everything stored, with new suggestions. What people decided stays decided."""
    settings = configured("warning", data_dir=data_dir, mappings=mappings)
    refreshed = run(_refresh(settings))
    if as_json:
        out.print_json(json.dumps(refreshed.as_json()))
        return
    out.print(
        f"{refreshed.observations:,} observations and components: "
        f"{refreshed.items:,} local codes and names in the queue, "
        f"{refreshed.open:,} open, {refreshed.known:,} of them with a suggestion more likely right than wrong",
        highlight=False,
    )
    if not refreshed.model:
        out.print("There is no model to make suggestions yet: run `gateway codes train`, then refresh again.")
    if refreshed.left_out:
        out.print(
            f"[yellow]{refreshed.left_out:,} found no room in the queue[/]: decide about others, then refresh again."
        )


async def _refresh(settings: Settings) -> review.Refreshed:
    from gateway.codes import review

    async with opened(settings) as parts:
        return await review.refresh(parts.store, _files(settings), datetime.now(UTC))


def _files(settings: Settings) -> Files:
    from gateway.codes.files import Files

    return Files.of(settings.data_dir, settings.mappings)


def _corpus(settings: Settings, paths: list[Path] | None) -> Corpus:
    from gateway.intake import codes as intake

    if not paths:
        return run(_stored(settings))
    try:
        with progress_bar() as bar:
            task = bar.add_task("reading", total=None)
            return intake.corpus(paths, lambda files: bar.advance(task, files))
    except GatewayError as error:
        fail(error)


async def _stored(settings: Settings) -> Corpus:
    from gateway.codes import stored

    async with opened(settings) as parts:
        return await stored.learn_from(parts.store)


# --- what is printed


def _data(data: dict[str, Any]) -> str:
    return (
        f"{data['looked_at']:,} observations and components, {data['coded']:,} with a LOINC code: "
        f"{data['spellings']:,} names (with their units) of {data['codes']:,} codes, from {data['sources']} sources; "
        f"of {data['examples']:,} examples {data['names_not_of_loinc']:,} have a name that is not LOINC's"
    )


def _accuracies(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(
        "asked about",
        *(Column(name, justify="right") for name in ("questions", "first is right", "among five")),
        title=title,
        title_justify="left",
    )
    for row in rows:
        table.add_row(row["what"], f"{row['questions']:,}", _share(row["top1"]), _share(row["top5"]))
    return table


def _share(share: dict[str, float]) -> str:
    return f"{share['value']:.1%} ({share['low']:.0%} to {share['high']:.0%})"


def _sources(rows: list[dict[str, Any]]) -> Table:
    numbers = ("questions", "of known codes", "first is right", "among five")
    table = Table("source held back", *(Column(name, justify="right") for name in numbers))
    for row in rows:
        counts = (row[name] for name in ("questions", "known", "top1", "top5"))
        table.add_row(escape(row["source"] or "(unknown)"), *map(str, counts))
    return table


def _trusted(trust: dict[str, Any]) -> str:
    lines = [
        f"Claims to know {trust['answered']:,} of all that was held back, and is right about {trust['right']:,} "
        f"of them; Brier score {trust['brier']}"
    ]
    for low, count, mean, share in trust["bins"]:
        lines.append(f"  confidence from {low:.2f}: {count:,} questions, mean {mean:.2f}, right {share:.2f}")
    return "\n".join(lines)


def _print(answer: Answer) -> None:
    if not answer.known:
        out.print("[yellow]I do not know.[/] The least unlikely:" if answer.suggestions else "I do not know.")
    for number, suggestion in enumerate(answer.suggestions, 1):
        for line in suggestion_lines(number, suggestion):
            out.print(line, highlight=False, soft_wrap=True)

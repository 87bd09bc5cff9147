"""The whole story once: two hospitals filled, synchronised both ways, scored, counted."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway import settings
from gateway.demo.ask import Answers, ask
from gateway.demo.documents import count_high_pressure
from gateway.demo.edit import edit, seen
from gateway.demo.hospital import bundles
from gateway.demo.post import Posted, post, submit
from gateway.demo.processes import DemoFailed, Site, command, serving
from gateway.fhir.fhir_json import Resource
from gateway.intake.files import by_folder, find
from gateway.intake.load import load
from gateway.parts import open_parts
from gateway.store import Store
from gateway.store.internal.quality import FindingFilter

OURS, PARTNER = "northgate", "lakeside"
PARTNERS = """\
partners:
  - name: {name}
    base_url: {url}/fhir
    types: [Patient, Encounter, Observation]
    direction: both
    schedule: 60
    unknown_targets: logical
"""


@dataclass(frozen=True)
class Plan:
    """What to show. Patients and observations are those of both hospitals together; `data` replaces ours by files."""

    folder: Path
    port: int = 8080
    partner_port: int = 8081
    patients: int = 200
    observations: int = 20_000
    data: Path | None = None


@dataclass(frozen=True)
class Summary:
    """The last line of `make demo ONCE=1`: what our gateway holds, and what moved."""

    patients: int
    observations: int
    documents: int
    findings: int
    edits_at_partner: int
    pulled: int
    pushed: int
    dead_letters: int
    risk_assessments: int
    high_pressure: int
    high_pressure_by_documents: int | None
    one_record: int
    seconds: float
    resources_per_second: float

    def json(self) -> str:
        return json.dumps(asdict(self))


@asynccontextmanager
async def told(plan: Plan, console: Console) -> AsyncIterator[Summary]:
    """Run the story; both hospitals stay up until the block is left."""
    started = time.perf_counter()
    ours, partner = prepare(plan)
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(serving(site)) for site in (ours, partner)))
        console.print(
            f"Two gateways are up, each on a MongoDB of its own: {ours.url} and {partner.url}", highlight=False
        )
        posted = await fill(plan, ours, partner, console)
        await edit(ours)
        moved = await synchronise(ours)
        async with attached(ours) as store:
            await scored(store, console)
            edits, answers = await seen(partner), await ask(ours)
            summary = await summarise(store, moved, posted, edits, answers, time.perf_counter() - started)
        yield summary


def prepare(plan: Plan) -> tuple[Site, Site]:
    """Two empty hospitals; only ours knows the other and computes scores."""
    if plan.folder.exists():
        shutil.rmtree(plan.folder)
    plan.folder.mkdir(parents=True)
    file = plan.folder / "partners.yaml"
    partner = Site(PARTNER, plan.partner_port, plan.folder / PARTNER, ("--no-scores",))
    file.write_text(PARTNERS.format(name=PARTNER, url=partner.url))
    return Site(OURS, plan.port, plan.folder / OURS, ("--partners", str(file))), partner


async def fill(plan: Plan, ours: Site, partner: Site, console: Console) -> Posted:
    """POST bundles to both over HTTP; the figures are those of ours."""
    share = 0.6
    ours_patients, ours_observations = round(plan.patients * share), round(plan.observations * share)
    theirs = bundles(2, plan.patients - ours_patients, plan.observations - ours_observations, site=PARTNER)
    with bar(console) as progress:
        if plan.data:
            posted = await files(plan.data, ours, progress, console)
        else:
            mine = bundles(1, ours_patients, ours_observations, site=OURS)
            posted = await send(ours, mine, progress)
        await send(partner, theirs, progress)
    console.print(
        f"{posted.entries:,} resources into {ours.name} in {posted.seconds:.1f} s: {posted.rate:,.0f} a second",
        highlight=False,
    )
    return posted


def bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


async def send(site: Site, source: Iterable[Resource], progress: Progress) -> Posted:
    generated = list(source)
    task = progress.add_task(f"bundles to {site.name}", total=sum(len(b["entry"]) for b in generated))
    return await post(f"{site.url}/fhir", generated, lambda entries: progress.advance(task, entries))


async def files(folder: Path, site: Site, progress: Progress, console: Console) -> Posted:
    """Load a folder over HTTP; what the gateway refuses goes to its dead letters."""
    folders, started = by_folder(find([folder])), time.perf_counter()
    task = progress.add_task(f"{folder} to {site.name}", total=None)
    async with httpx.AsyncClient(timeout=120) as client, attached(site) as store:
        report = await load(
            store,
            lambda bundle: submit(client, f"{site.url}/fhir", bundle),
            folders,
            progress=lambda entries: progress.advance(task, entries),
        )
    for reason, count in report.reasons.most_common(8):
        console.print(f"  refused {count:>6,}: {reason}", highlight=False)
    return Posted(report.stored + report.unchanged, time.perf_counter() - started)


@dataclass(frozen=True)
class Moved:
    pulled: int
    pushed: int


async def synchronise(ours: Site) -> Moved:
    """`gateway sync run` beside the running server, as an engineer would type it."""
    file = ours.folder.parent / "partners.yaml"
    options = ("--data-dir", str(ours.folder), "--partners", str(file), "--site", ours.name)
    printed = await command("sync", "run", PARTNER, "--json", *options)
    try:
        result = json.loads(printed.strip().splitlines()[-1])
        return Moved(result["pulled"], result["pushed"])
    except (ValueError, LookupError):
        raise DemoFailed(f"gateway sync run printed no result (log: {ours.log})") from None


@asynccontextmanager
async def attached(site: Site) -> AsyncIterator[Store]:
    chosen = settings.read(data_dir=site.folder, site=site.name)
    async with open_parts(chosen, attach=True) as parts:
        yield parts.store


async def scored(store: Store, console: Console, *, seconds: float = 600) -> None:
    """Wait until the risk follower has seen the whole feed, its own results included."""
    with bar(console) as progress:
        task = progress.add_task("scores", total=await store.feed.head())
        for _ in range(int(seconds * 5)):
            head, seen = await store.feed.head(), await store.feed.position("risk")
            progress.update(task, completed=seen, total=head)
            if seen >= head:
                return
            await asyncio.sleep(0.2)
    raise DemoFailed("The scores were not complete in time")


async def summarise(
    store: Store, moved: Moved, posted: Posted, edits: int, answers: Answers, seconds: float
) -> Summary:
    counts = await store.resources.counts()
    collections = [*store.internal.mappings.collections]
    documents = [await store.internal.count(name) for name in collections]
    found = await store.internal.quality(collections, ["rule"], FindingFilter())
    return Summary(
        patients=counts.get("Patient", 0),
        observations=counts.get("Observation", 0),
        documents=sum(documents),
        findings=sum(one.findings for one in found.counts),
        edits_at_partner=edits,
        pulled=moved.pulled,
        pushed=moved.pushed,
        dead_letters=await store.letters.count(),
        risk_assessments=counts.get("RiskAssessment", 0),
        high_pressure=answers.high,
        high_pressure_by_documents=await count_high_pressure(),
        one_record=answers.everything,
        seconds=round(seconds, 1),
        resources_per_second=round(posted.rate, 1),
    )

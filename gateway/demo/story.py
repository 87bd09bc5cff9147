"""Tell the whole story once: fill two hospitals, synchronize both ways, score, and count.

The order: start both gateways · fill them (`fill`) · edit a document (`edit`) · synchronize · wait for the scores ·
suggest codes for what came without LOINC · ask and count (`ask`, `results`).
"""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console

from gateway.codes import queue, review, stored
from gateway.codes.files import Files
from gateway.codes.learning import train
from gateway.demo.ask import Answers, ask
from gateway.demo.documents import count_high_pressure
from gateway.demo.edit import count_edits, edit_document
from gateway.demo.fill import attached, check_data, fill, progress_bar
from gateway.demo.plan import OURS, PARTNER, DemoPlan
from gateway.demo.post import Posted
from gateway.demo.processes import DemoFailed, Site, run_command, serving
from gateway.demo.results import Summary
from gateway.errors import GatewayError
from gateway.parts import Parts
from gateway.store import Store
from gateway.store.internal.quality import FindingFilter

PARTNERS = """\
partners:
  - name: {name}
    base_url: {url}/fhir
    types: [Patient, Encounter, Observation]
    direction: both
    schedule: 600
    unknown_targets: logical
"""
"""The partners file of ours. A shorter schedule would run in the middle of the story and take its figures away."""


class Moved(NamedTuple):
    """The resources that one exchange pulled from the partner and pushed to it."""

    pulled: int
    pushed: int


@dataclass(frozen=True)
class Told:
    """A story that was told: its figures and the two hospitals, which are still up."""

    summary: Summary
    ours: Site
    partner: Site


@asynccontextmanager
async def tell(plan: DemoPlan, console: Console) -> AsyncIterator[Told]:
    """Tell the story; both hospitals stay up until the block is left.

    Raises DemoFailed, and ConfigurationError if `plan.data` holds no FHIR files.
    """
    started = time.perf_counter()
    check_data(plan)
    ours, partner = prepare(plan)
    console.print("Starting two gateways, each on a MongoDB of its own", highlight=False)
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(serving(site)) for site in (ours, partner)))
        console.print(f"They are up: {ours.url} and {partner.url}", highlight=False)
        posted = await fill(plan, ours, partner, console)
        await edit_document(ours)
        moved = await synchronize(ours)
        async with attached(ours) as parts:
            await wait_for_scores(parts.store, console)
            local_codes = await suggest_codes(parts)
            edits, answers = await count_edits(partner), await ask(ours)
            seconds = time.perf_counter() - started
            summary = await summarize(
                parts.store,
                moved=moved,
                posted=posted,
                local_codes=local_codes,
                edits=edits,
                answers=answers,
                seconds=seconds,
            )
        yield Told(summary, ours, partner)


def prepare(plan: DemoPlan) -> tuple[Site, Site]:
    """Return two empty hospitals, ours and the partner. Only ours knows the other and computes scores."""
    if plan.folder.exists():
        shutil.rmtree(plan.folder)
    ours = Site(OURS, plan.port, plan.folder / OURS)
    partner = Site(PARTNER, plan.partner_port, plan.folder / PARTNER, ("--no-scores",))
    ours.folder.mkdir(parents=True)
    (ours.folder / "partners.yaml").write_text(PARTNERS.format(name=PARTNER, url=partner.url))
    return ours, partner


async def synchronize(ours: Site) -> Moved:
    """Run `gateway sync run` beside the running server, as an engineer would type it. Raises DemoFailed."""
    options = ("--data-dir", str(ours.folder), "--site", ours.name)
    return read_moved(await run_command("sync", "run", PARTNER, "--json", *options), ours)


def read_moved(printed: str, ours: Site) -> Moved:
    """Return the figures of the report that `gateway sync run --json` printed. Raises DemoFailed without one."""
    try:
        report = json.loads(printed.strip().splitlines()[-1])
        return Moved(report["pulled"], report["pushed"])
    except (ValueError, LookupError, TypeError):
        raise DemoFailed(f"gateway sync run printed no result (log: {ours.log})") from None


async def wait_for_scores(store: Store, console: Console, *, seconds: float = 600) -> None:
    """Wait until the risk follower has seen the whole feed, its own results included. Raises DemoFailed if too late."""
    with progress_bar(console) as bar:
        task = bar.add_task("scores", total=await store.feed.head())
        for _ in range(int(seconds * 5)):
            head, position = await store.feed.head(), await store.feed.position("risk")
            bar.update(task, completed=position, total=head)
            if position >= head:
                return
            await asyncio.sleep(0.2)
    raise DemoFailed("The scores were not complete in time")


async def suggest_codes(parts: Parts) -> int:
    """Learn from the coded observations, fill the review queue, and return how many local codes wait there.

    Where there is too little to learn from, the queue has no suggestions.
    """
    files, now = Files.of(parts.settings.data_dir, parts.settings.mappings), datetime.now(UTC)
    corpus = await stored.learn_from(parts.store)
    with suppress(GatewayError):
        await asyncio.to_thread(train.train, corpus, files.models, now)
    await review.refresh(parts.store, files, now)
    return sum(item.state == "open" for item in await queue.load(parts.store))


async def summarize(
    store: Store,
    *,
    moved: Moved,
    posted: Posted,
    local_codes: int,
    edits: int,
    answers: Answers,
    seconds: float,
) -> Summary:
    """Return the figures of our hospital, whose store is open."""
    counts = await store.resources.counts()
    collections = [*store.internal.mappings.collections]
    documents = [await store.internal.count(name) for name in collections]
    quality = await store.internal.quality(collections, ["rule"], FindingFilter())
    return Summary(
        patients=counts.get("Patient", 0),
        observations=counts.get("Observation", 0),
        documents=sum(documents),
        findings=sum(count.findings for count in quality.counts),
        local_codes=local_codes,
        edits_at_partner=edits,
        pulled=moved.pulled,
        pushed=moved.pushed,
        dead_letters=await store.letters.count(),
        risk_assessments=counts.get("RiskAssessment", 0),
        high_pressure=answers.high_pressure,
        high_pressure_by_documents=await count_high_pressure(),
        one_record=answers.record,
        record_of=answers.patient,
        seconds=round(seconds, 1),
        resources_per_second=round(posted.rate, 1),
    )

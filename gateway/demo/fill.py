"""Fill the two hospitals over HTTP: with synthetic patients, or ours with the files of a folder."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway import settings
from gateway.demo.hospital import NOW, bundles
from gateway.demo.hospital.device import device_bundle
from gateway.demo.plan import DemoPlan
from gateway.demo.post import Posted, post, submit
from gateway.demo.processes import DemoFailed, Site
from gateway.errors import ConfigurationError
from gateway.fhir.fhir_json import Resource
from gateway.intake.files import SUFFIXES, by_folder, find
from gateway.intake.load import load
from gateway.parts import Parts, open_parts


def check_data(plan: DemoPlan) -> None:
    """Raise ConfigurationError if the plan names a folder without FHIR files: better now than after a minute."""
    if plan.data is not None and not find([plan.data]):
        raise ConfigurationError(f"{plan.data}: there are no files to load; they end in {', '.join(SUFFIXES)}")


async def fill(plan: DemoPlan, ours: Site, partner: Site, console: Console) -> Posted:
    """Fill both hospitals and return the figures of ours. Raises DemoFailed if nothing could be loaded."""
    with progress_bar(console) as bar:
        if plan.data:
            posted = await load_folder(plan.data, ours, bar, console)
        else:
            posted = await send(ours, bundles(1, plan.our_patients, plan.our_observations, site=ours.name), bar)
            await send(ours, [device_bundle(ours.name, plan.our_patients, NOW)], bar)  # its patients must be there
            theirs = (plan.patients - plan.our_patients, plan.observations - plan.our_observations)
            await send(partner, bundles(2, *theirs, site=partner.name), bar)
    console.print(
        f"{posted.entries:,} resources into {ours.name} in {posted.seconds:.1f} s: {posted.rate:,.0f} a second",
        highlight=False,
    )
    return posted


def progress_bar(console: Console) -> Progress:
    """Return a progress bar that disappears at its end; draw nothing if there is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


async def send(site: Site, source: Iterable[Resource], bar: Progress) -> Posted:
    """POST generated bundles to a site. Raises DemoFailed if one is refused."""
    generated = list(source)
    task = bar.add_task(f"bundles to {site.name}", total=sum(len(bundle["entry"]) for bundle in generated))
    return await post(f"{site.url}/fhir", generated, lambda entries: bar.advance(task, entries))


async def load_folder(folder: Path, site: Site, bar: Progress, console: Console) -> Posted:
    """Load a folder over HTTP. What the gateway refuses goes to its dead letters, with the reason printed.

    Raises DemoFailed if all of it is refused.
    """
    folders, started = by_folder(find([folder])), time.perf_counter()
    task = bar.add_task(f"{folder} to {site.name}", total=None)
    async with httpx.AsyncClient(timeout=120) as client, attached(site) as parts:
        report = await load(
            parts.store,
            lambda bundle: submit(client, f"{site.url}/fhir", bundle),
            folders,
            progress=lambda entries: bar.advance(task, entries),
        )
    for reason, count in report.reasons.most_common(8):
        console.print(f"  refused {count:>6,}: {reason}", highlight=False, soft_wrap=True)
    loaded = report.stored + report.unchanged
    if not loaded:
        raise DemoFailed(f"{folder}: nothing in it could be loaded ({report.refused:,} refused)")
    return Posted(loaded, time.perf_counter() - started)


@asynccontextmanager
async def attached(site: Site) -> AsyncIterator[Parts]:
    """Open the database of a site beside its running gateway."""
    async with open_parts(settings.read(data_dir=site.folder, site=site.name), attach=True) as parts:
        yield parts

"""A run that dies at any point is continued by the next: nothing missing, nothing double."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.errors import Busy
from gateway.store.layout.records import Write
from gateway.sync.client import Client, PartnerAnswer
from gateway.sync.lease import turn
from gateway.sync.run import run
from tests.sync.conftest import Site, observation, patient


class Dies(BaseException):
    """As abrupt as a signal: nothing may catch it."""


class Dying(Client):
    """A client that dies on its n-th request, before sending it or after the partner has answered."""

    def __init__(self, partner: Any, at: int, *, answered: bool) -> None:
        super().__init__(partner)
        self.left, self.answered = at, answered

    async def _request(self, *arguments: Any) -> PartnerAnswer:
        self.left -= 1
        if self.left == 0 and not self.answered:
            raise Dies
        answer = await super()._request(*arguments)
        if self.left <= 0 and self.answered:
            raise Dies
        return answer


async def fill(site: Site, patients: int, observations: int) -> None:
    writes: list[Awaitable[Any]] = []
    for number in range(patients):
        one = patient(f"p{number}")
        writes.append(site.store.commit(Write("Patient", one["id"], one, "api")))
    for number in range(observations):
        one = observation(f"o{number}", f"Patient/p{number % patients}")
        writes.append(site.store.commit(Write("Observation", one["id"], one, "api")))
    await asyncio.gather(*writes)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("create", ["post", "put"])
@pytest.mark.parametrize("direction", ["pull", "push"])
async def test_a_run_that_dies_at_any_request_is_continued(
    sites: Callable[[str], Awaitable[Site]], direction: str, create: str, answered: bool
) -> None:
    if direction == "pull" and create == "put":
        pytest.skip("pulling creates nothing at the partner")
    a, b = await sites("a"), await sites("b")
    source, target = (b, a) if direction == "pull" else (a, b)
    await fill(source, 6, 30)
    partner = a.partner(b, direction=direction, create=create, page_size=7, batch_size=8)
    died = 0
    for at in range(1, 6):
        try:
            report = await run(a.store, partner, client=Dying(partner, at, answered=answered))
        except Dies:
            died += 1
            continue
        assert report.ok
    final = await a.sync(b, direction=direction, create=create)
    assert died >= 2 and final.dead_letters == 0
    assert await target.store.resources.counts() == {"Patient": 6, "Observation": 30}
    assert await target.store.feed.head() == 36  # each written once
    assert await a.store.letters.count() == 0
    present = {one["id"] for one in await target.all("Patient")}
    assert {one["subject"]["reference"].split("/")[1] for one in await target.all("Observation")} == present


async def test_a_pull_goes_on_from_the_page_it_was_on(sites: Callable[[str], Awaitable[Site]]) -> None:
    a, b = await sites("a"), await sites("b")
    await fill(b, 30, 0)
    partner = a.partner(b, direction="pull", types=("Patient",), page_size=10)
    with pytest.raises(Dies):
        await run(a.store, partner, client=Dying(partner, 3, answered=False))
    taken = (await a.store.resources.counts())["Patient"]
    assert taken >= 10
    report = await run(a.store, partner)
    assert report.pulled == 30 - taken and report.pages == 3 - taken // 10


async def test_a_cancelled_run_leaves_its_turn_to_the_next(sites: Callable[[str], Awaitable[Site]]) -> None:
    a, b = await sites("a"), await sites("b")
    await fill(b, 60, 0)
    halfway = asyncio.Event()
    task = asyncio.create_task(run(a.store, a.partner(b, page_size=10), lambda stage, report: halfway.set()))
    await halfway.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    report = await run(a.store, a.partner(b), patience=0)
    assert report.ok and (await a.store.resources.counts())["Patient"] == 60


async def test_two_runs_of_one_partner_do_not_overlap(sites: Callable[[str], Awaitable[Site]]) -> None:
    a, b = await sites("a"), await sites("b")
    async with turn(a.store, "b"):
        with pytest.raises(Busy, match="another run"):
            await run(a.store, a.partner(b), patience=0)
    assert (await run(a.store, a.partner(b), patience=0)).ok


async def test_both_exchanging_at_the_same_moment_leave_one_copy_of_each(
    sites: Callable[[str], Awaitable[Site]],
) -> None:
    a, b = await sites("a"), await sites("b")
    await fill(a, 20, 60)
    for _ in range(2):
        reports = await asyncio.gather(
            run(a.store, a.partner(b, page_size=9, batch_size=7)), run(b.store, b.partner(a, page_size=8, batch_size=9))
        )
        assert all(report.ok for report in reports)
    for site in (a, b):
        assert await site.store.resources.counts() == {"Patient": 20, "Observation": 60}
        assert await site.store.letters.count() == 0

"""Keeping in step while the gateway serves."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.sync import schedule
from gateway.sync.lease import turn
from gateway.sync.schedule import keep_in_step
from tests.sync.conftest import patient


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_what_changes_there_arrives_here_again_and_again(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    stop = asyncio.Event()
    task = asyncio.create_task(keep_in_step(a.store, [a.partner(b, schedule=0.05, direction="pull")], stop))
    for number in (1, 2):
        await b.put(patient(f"p{number}"))
        await until(lambda wanted=number: _count(a, wanted))
    stop.set()
    await asyncio.wait_for(task, 5)


async def _count(site: Any, wanted: int) -> bool:
    return bool((await site.store.resources.counts()).get("Patient") == wanted)


async def test_a_failing_partner_hinders_no_other_and_logs_no_patient(
    sites: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("secret-id"))
    original, stop = schedule.run, asyncio.Event()

    async def run(store: Any, partner: Any, **settings: Any) -> Any:
        if partner.name == "broken":
            raise RuntimeError("Patient/secret-id")
        return await original(store, partner, **settings)

    monkeypatch.setattr(schedule, "run", run)
    broken = a.partner(b, name="broken", schedule=0.05)
    with capture_logs() as logs:
        task = asyncio.create_task(keep_in_step(a.store, [broken, a.partner(b, schedule=0.05)], stop))
        await until(lambda: _count(a, 1))
        stop.set()
        await asyncio.wait_for(task, 5)
    assert {"event": "sync failed", "partner": "broken", "error": "RuntimeError", "log_level": "error"} in logs
    assert "secret-id" not in str(logs)


async def test_a_partner_without_a_schedule_is_left_alone(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    stop = asyncio.Event()
    task = asyncio.create_task(keep_in_step(a.store, [a.partner(b)], stop))
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.wait_for(task, 5)
    assert await a.store.resources.counts() == {}


async def test_a_partner_that_another_process_attends_to_is_not_waited_for(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    async with turn(a.store, "b"):
        assert await schedule._succeeded(a.store, a.partner(b))


@pytest.mark.parametrize("failures", range(1, 20))
def test_pauses_grow_to_an_hour_and_no_longer(failures: int) -> None:
    assert schedule._pause(1, failures) <= 3600
    assert schedule._pause(60, failures) >= 60

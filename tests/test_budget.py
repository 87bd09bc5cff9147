"""gateway.budget: what one request may use, wherever in the code it is used."""

import asyncio

import pytest

from gateway import budget
from gateway.budget import Budget, Limits
from gateway.errors import TooCostly


def test_nothing_is_limited_outside_a_request() -> None:
    budget.check()
    budget.spend(bytes=10**15, documents=10**15, values=10**15)
    assert budget.current() is None


@pytest.mark.parametrize("kind", ["bytes", "documents", "values"])
def test_what_is_spent_up_to_the_limit_is_allowed_and_one_more_is_refused_with_its_name(kind: str) -> None:
    with budget.use(Budget(Limits(bytes=10, documents=10, values=10))):
        budget.spend(**{kind: 10})
        with pytest.raises(TooCostly, match=kind) as refused:
            budget.spend(**{kind: 1})
    assert refused.value.issues[0].code == "too-costly"


def test_time_that_is_over_stops_the_work() -> None:
    with budget.use(Budget(Limits(seconds=-1))), pytest.raises(TooCostly, match="seconds"):
        budget.check()


async def test_threads_and_tasks_work_on_the_budget_of_their_request() -> None:
    with budget.use(Budget(Limits(values=3))) as own:
        await asyncio.gather(asyncio.to_thread(budget.spend, values=2), asyncio.to_thread(budget.spend, values=1))
        own.abandon()
        with pytest.raises(TooCostly, match="client left"):
            await asyncio.to_thread(budget.check)
    assert own.seconds_left == 0


async def test_waiting_ends_with_the_time() -> None:
    own = Budget(Limits(seconds=0.05))
    with pytest.raises(TooCostly, match=r"0\.05 seconds"):
        async with own.limited():
            await asyncio.sleep(10)


async def test_waiting_ends_when_the_request_is_abandoned() -> None:
    own = Budget(Limits())
    asyncio.get_running_loop().call_later(0.05, own.abandon)
    with pytest.raises(TooCostly, match="client left"):
        async with own.limited():
            await asyncio.sleep(10)


async def test_a_timeout_of_something_else_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError):
        async with Budget(Limits()).limited(), asyncio.timeout(0.01):
            await asyncio.sleep(10)


async def test_after_a_commit_there_is_time_to_tell_of_it() -> None:
    own = Budget(Limits(seconds=0))
    own.extend()
    own.check()
    assert own.seconds_left > 5


async def test_nothing_more_is_read_once_documents_have_run_out() -> None:
    own = Budget(Limits(documents=10))
    with pytest.raises(TooCostly, match="more than the 10 documents"):
        own.spend(documents=11)
    with pytest.raises(TooCostly, match="more than the 10 documents"):
        async with own.limited():
            pass


def test_bytes_that_were_refused_leave_room_for_something_smaller() -> None:
    own = Budget(Limits(bytes=10))
    with pytest.raises(TooCostly):
        own.spend(bytes=11)
    own.spend(bytes=10)


def test_what_fails_gives_its_bytes_back_but_not_the_work_that_was_done() -> None:
    with budget.use(Budget(Limits(bytes=10, documents=3))):
        with pytest.raises(ValueError), budget.refunding():
            budget.spend(bytes=10, documents=2)
            raise ValueError
        budget.spend(bytes=10, documents=1)
        with pytest.raises(TooCostly, match="documents"):
            budget.spend(documents=1)


def test_a_rehearsal_costs_nothing() -> None:
    with budget.use(Budget(Limits(bytes=10, documents=3, values=3))):
        for _ in range(3):
            with budget.refunding(always=True):
                budget.spend(bytes=10, documents=3, values=3)


async def test_what_tasks_of_a_block_spend_is_refunded_with_it() -> None:
    with budget.use(Budget(Limits(bytes=10))):
        with budget.refunding() as spent:
            await asyncio.gather(*(asyncio.to_thread(budget.spend, bytes=2) for _ in range(5)))
            assert spent.bytes == 10
            spent.refund_bytes()
        budget.spend(bytes=10)

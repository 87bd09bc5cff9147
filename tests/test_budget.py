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

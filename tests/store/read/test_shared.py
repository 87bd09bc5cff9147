"""Questions of one iteration of the event loop share one call."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from gateway import budget
from gateway.budget import Budget, Limits
from gateway.store.read.shared import Shared


class Doubling:
    """Doubles even numbers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[Sequence[int]] = []
        self.budgets: list[object] = []

    async def __call__(self, questions: Sequence[int]) -> Mapping[int, int]:
        self.calls.append(questions)
        self.budgets.append(budget.current())
        if 13 in questions:
            raise LookupError("13")
        return {number: number * 2 for number in questions if number % 2 == 0}


async def test_each_asker_gets_the_answer_to_its_own_question() -> None:
    double = Doubling()
    shared = Shared(double)
    assert await asyncio.gather(*(shared.ask(number) for number in (1, 2, 4, 2))) == [None, 4, 8, 4]
    assert double.calls == [[1, 2, 4]]


async def test_questions_of_a_later_iteration_are_asked_anew() -> None:
    double = Doubling()
    shared = Shared(double)
    assert [await shared.ask(2), await shared.ask(2)] == [4, 4]
    assert double.calls == [[2], [2]]


async def test_an_error_reaches_every_asker_and_the_next_call_works() -> None:
    shared = Shared(Doubling())
    outcomes = await asyncio.gather(shared.ask(2), shared.ask(13), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]
    assert await shared.ask(2) == 4


async def test_a_cancelled_asker_leaves_the_others_their_answer() -> None:
    shared = Shared(Doubling())
    leaving, staying = asyncio.create_task(shared.ask(2)), asyncio.create_task(shared.ask(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_shared_call_belongs_to_no_single_request() -> None:
    double = Doubling()
    with budget.use(Budget(Limits())):
        assert await Shared(double).ask(2) == 4
    assert double.budgets == [None]

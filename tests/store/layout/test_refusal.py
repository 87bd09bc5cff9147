"""Errors of MongoDB reach clients as errors of the gateway, and calls end with the budget of their request."""

import asyncio

import pymongo
import pytest
from bson.errors import InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
)

from gateway import budget, errors
from gateway.budget import Budget, Limits
from gateway.store.layout.refusal import check_deadline, explain, raises_busy


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationFailure("cache", 388), errors.TooLarge),
        (OperationFailure("object too large", 10334), errors.TooLarge),
        (DocumentTooLarge("17 MB"), errors.TooLarge),
        (BulkWriteError({"writeErrors": [{"code": 17420}]}), errors.TooLarge),
        (BulkWriteError({"writeErrors": [{"code": 11000}]}), errors.Conflict),
        (OperationFailure("duplicate", 11000), errors.Conflict),
        (InvalidDocument("key contains null"), errors.Invalid),
        (OverflowError("int too large"), errors.Invalid),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), errors.Invalid),
    ],
)
def test_a_refused_document_is_the_fault_of_the_client(error: Exception, kind: type[Exception]) -> None:
    assert type(explain(error)) is kind


def test_the_reason_never_quotes_a_value() -> None:
    told = explain(InvalidDocument("cannot encode object: 'Muster, Anna'"))
    assert str(told) == "The resource holds a value that cannot be stored: InvalidDocument."


@pytest.mark.parametrize("error", [OperationFailure("not authorized", 13), ConnectionFailure("away"), KeyError("x")])
def test_an_error_that_is_no_refusal_stays_what_it_is(error: Exception) -> None:
    assert explain(error) is error


@pytest.mark.parametrize("error", [ConnectionFailure("away"), ExecutionTimeout("slow"), NetworkTimeout("slow")])
async def test_a_database_that_is_away_is_busy(error: Exception) -> None:
    @raises_busy
    async def ask() -> None:
        raise error

    with pytest.raises(errors.Busy) as caught:
        await ask()
    assert caught.value.__cause__ is error


async def test_other_errors_and_results_pass() -> None:
    @raises_busy
    async def ask(value: int, *, fail: bool = False) -> int:
        if fail:
            raise errors.NotFound("no")
        return value + 1

    assert await ask(1) == 2
    with pytest.raises(errors.NotFound):
        await ask(1, fail=True)


async def test_within_a_request_the_driver_gets_the_time_that_is_left() -> None:
    @raises_busy
    async def ask() -> float | None:
        return pymongo._csot.get_timeout()

    assert await ask() is None
    with budget.use(Budget(Limits(seconds=20))):
        seconds = await ask()
    assert seconds is not None and 15 < seconds <= 20


async def test_a_call_that_outlives_the_budget_is_too_costly() -> None:
    @raises_busy
    async def ask() -> None:
        await asyncio.sleep(5)

    with budget.use(Budget(Limits(seconds=0.05))), pytest.raises(errors.TooCostly):
        await ask()


@pytest.mark.parametrize("error", [ExecutionTimeout("slow"), NetworkTimeout("slow")])
async def test_a_timeout_within_a_request_is_the_end_of_its_budget(error: Exception) -> None:
    @raises_busy
    async def ask() -> None:
        raise error

    with budget.use(Budget(Limits())), pytest.raises(errors.TooCostly):
        await ask()


async def test_a_database_that_is_away_is_busy_within_a_request_too() -> None:
    @raises_busy
    async def ask() -> None:
        raise ConnectionFailure("away")

    with budget.use(Budget(Limits())), pytest.raises(errors.Busy):
        await ask()


def test_the_deadline_is_checked_a_round_trip_before_its_end() -> None:
    check_deadline()
    with budget.use(Budget(Limits(seconds=5))):
        check_deadline()
    with budget.use(Budget(Limits(seconds=0.05))), pytest.raises(errors.TooCostly):
        check_deadline()

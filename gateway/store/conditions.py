"""Conditions, judged inside the transaction. Transactions are strictly serial, so one that holds holds until commit."""

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store import search
from gateway.store.collections import Database
from gateway.store.records import Condition, ConditionChanged


async def check(database: Database, condition: Condition, session: AsyncClientSession) -> None:
    """Raises ConditionChanged when the query no longer matches exactly the expected resources."""
    expected = set(condition.expected)
    found = await search.matches(database, condition.query, len(expected) + 1, session=session)
    if set(found) != expected:
        raise ConditionChanged("What the condition matches has changed in the meantime; try again.")

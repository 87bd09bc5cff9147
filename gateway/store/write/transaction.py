"""Run one MongoDB transaction for a group of units: read the current versions, decide, write the changes.

The first operation moves the counter of the feed. That makes any two of these transactions conflict, whichever process
runs them, so they are strictly serial: the feed has no gaps and is in commit order, and a condition that is met inside
the transaction stays met until the commit. Why that is affordable: docs/explanation/decisions/feed-order.md.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from gateway import errors, event_loop
from gateway.errors import GatewayError
from gateway.store.layout.fields import MAPPED_TO
from gateway.store.layout.records import Condition, ConditionChanged, Result
from gateway.store.layout.schema import COUNTERS, FEED, RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.write import admission, conditions, integrity
from gateway.store.write.decide import Decided, Prepared, decide
from gateway.store.write.operations import Operations
from gateway.store.write.unit import Unit
from gateway.store.write.waves import waves

Outcome = Sequence[Result] | Exception
Check = Callable[[Sequence[Condition], AsyncClientSession], Awaitable[set[int]]]
"""Return the positions of those conditions that are no longer met, as the transaction sees it. Called by
DatabaseTransaction, once per wave."""


class RefusedAfterWriting(Exception):
    """Raised when the unit at position `number` turns out to be wrong once it is written, so that the transaction must
    be aborted. `error` is the reason."""

    def __init__(self, number: int, error: GatewayError) -> None:
        super().__init__(str(error))
        self.number, self.error = number, error


class DatabaseTransaction:
    """One attempt at a transaction.

    wrote: whether there is anything to commit.
    contended: whether the transaction before this one was that of another process.
    seq: the position of the feed that was used last.
    end: the last position that is reserved for this transaction.
    at: the time of all versions that it writes.
    current: the resource documents before the transaction, by key.
    """

    def __init__(self, database: Database, session: AsyncClientSession, check: Check, process: str) -> None:
        self.database, self.session, self.check, self.process = database, session, check, process
        self.wrote = self.contended = False
        self.seq = self.end = 0
        self.at = datetime.now(UTC)
        self.current: dict[str, Document] = {}

    @property
    def entered(self) -> bool:
        """Whether this transaction holds the counter of the feed, so that no other transaction can be under way."""
        return self.end > 0

    async def run(self, units: Sequence[Unit], *, replace_foreign: bool = False) -> list[Outcome]:
        """Decide and write `units`. Return one outcome per unit; a refused unit writes nothing and hinders no other.

        replace_foreign: see Operations.
        """
        await self.enter(sum(len(unit.prepared) for unit in units))
        await self._read([prepared.key for unit in units for prepared in unit.prepared])
        outcomes: dict[int, Outcome] = {}
        for wave in waves(units):
            await self._write(wave, units, outcomes, Operations(replace_foreign=replace_foreign))
        if self.wrote:
            await self._leave()
        return [outcomes[number] for number in range(len(units))]

    async def enter(self, positions: int) -> None:
        """Reserve `positions` in the feed, and take the time of the transaction.

        That time is at least one millisecond after the time of the transaction before, so that `meta.lastUpdated` never
        contradicts the feed, whatever the clocks of several machines say. Raises GatewayError if the database was
        dropped.
        """
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # MongoDB stores milliseconds
        later = {"$dateAdd": {"startDate": "$at", "unit": "millisecond", "amount": 1}}
        step: Document = {"seq": {"$add": ["$seq", positions]}, "at": {"$max": [now, later]}}
        step |= {"by": self.process, "before": "$by"}
        counter = await self.database[COUNTERS].find_one_and_update(
            {"_id": FEED}, [{"$set": step}], return_document=ReturnDocument.AFTER, session=self.session
        )
        if counter is None:
            raise errors.GatewayError("The counter of the change feed is gone: the database was dropped or restored.")
        self.contended = counter.get("before") != self.process
        self.seq, self.end, self.at = counter["seq"] - positions, counter["seq"], counter["at"]

    async def _leave(self) -> None:
        """Give back the positions that were not needed."""
        if self.seq != self.end:
            await self.database[COUNTERS].update_one({"_id": FEED}, {"$set": {"seq": self.seq}}, session=self.session)

    async def _read(self, keys: Sequence[str]) -> None:
        documents = self.database[RESOURCES].find(
            {"_id": {"$in": list(keys)}},
            {**VERSION_FIELDS, MAPPED_TO: 1},
            session=self.session,
            batch_size=len(keys) + 1,
        )
        self.current = {document["_id"]: document async for document in documents}

    async def _write(
        self, wave: Sequence[int], units: Sequence[Unit], outcomes: dict[int, Outcome], operations: Operations
    ) -> None:
        unmet = await self._with_unmet_condition(wave, units)
        broken = await self._with_broken_reference(wave, units)
        for number in wave:
            try:
                if number in broken:
                    raise broken[number]
                if number in unmet:
                    raise ConditionChanged("What the condition matches has changed in the meantime; try again.")
                decided = await self._decide_unit(units[number])
            except GatewayError as error:
                outcomes[number] = error
                continue
            self.seq = operations.add(decided, units[number].state, self.seq)
            outcomes[number] = [decision.result for decision in decided]
        self.wrote |= await operations.write(self.database, self.session)
        for number in wave:
            if not isinstance(outcomes[number], Exception):
                try:
                    await self._check_conditions(units[number])
                except errors.Invalid as error:
                    raise RefusedAfterWriting(number, error) from None

    async def _check_conditions(self, unit: Unit) -> None:
        """Raise Invalid if a resource of `unit`, now written, does not meet the condition that it is written under.

        Only those conditions are checked that could not be judged by the index fields of the resource before.
        """
        for number, prepared in enumerate(unit.prepared):
            write = prepared.write
            if prepared.template and admission.meets_condition(write, prepared.fields or {}, self.at) is None:
                with errors.about_write(number):
                    if not await conditions.is_met_by_stored(self.database, write, self.session):
                        raise admission.unmet_condition(write)

    async def _decide_unit(self, unit: Unit) -> list[Decided]:
        decided = []
        for number, prepared in enumerate(unit.prepared):
            with errors.about_write(number):
                decided.append(await self._decide(prepared))
        return decided

    async def _decide(self, prepared: Prepared) -> Decided:
        """Decide a write: in the thread for commits if it is large, because the transaction must not wait for
        requests."""
        work = partial(decide, prepared, self.current.get(prepared.key), self.at)
        if prepared.size > event_loop.LARGE:
            return await event_loop.in_commit_thread(work)
        await event_loop.breathe()
        return work()

    async def _with_unmet_condition(self, wave: Sequence[int], units: Sequence[Unit]) -> set[int]:
        """Return the units of the wave that have a condition which is no longer met."""
        pairs = [(number, condition) for number in wave for condition in units[number].conditions]
        if not pairs:
            return set()
        unmet = await self.check([condition for _, condition in pairs], self.session)
        return {pairs[position][0] for position in unmet}

    async def _with_broken_reference(self, wave: Sequence[int], units: Sequence[Unit]) -> dict[int, GatewayError]:
        """Return the units of the wave after which a reference would lead nowhere, each with its error."""
        numbers = [number for number in wave if units[number].checks_references]
        if not numbers:
            return {}
        broken = await integrity.broken(self.database, [units[number] for number in numbers], self.session)
        return {numbers[position]: error for position, error in broken.items()}

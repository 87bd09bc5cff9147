"""One MongoDB transaction for a group of units: read what is there, decide, write all that changes, commit.

The first operation moves the counter of the feed. That makes any two of these transactions conflict, whichever process
runs them, so they are strictly serial: the feed is gapless and in commit order, and a condition judged inside holds
until the commit. Why that is affordable: docs/explanation/decisions/feed-order.md.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from gateway import errors, event_loop
from gateway.errors import GatewayError
from gateway.store.layout.records import Condition, ConditionChanged, Result
from gateway.store.layout.schema import COUNTERS, FEED, RESOURCES, VERSION_FIELDS, Database, Document
from gateway.store.write import admission, conditions, integrity
from gateway.store.write.changes import Batch
from gateway.store.write.decide import Decided, Prepared, decide
from gateway.store.write.unit import Unit
from gateway.store.write.waves import waves

Outcome = Sequence[Result] | Exception
Check = Callable[[Sequence[Condition], AsyncClientSession], Awaitable[set[int]]]
"""The positions of the conditions that no longer hold, as the transaction sees it."""


class RefusedAfterWriting(Exception):
    """The unit at position `number` must not be committed, for the reason `error`; nothing of the transaction may."""

    def __init__(self, number: int, error: GatewayError) -> None:
        super().__init__(str(error))
        self.number, self.error = number, error


class Transaction:
    """What happens inside, once per attempt. `wrote` tells whether there is anything to commit, `contended` whether
    the transaction before was another process's."""

    def __init__(self, database: Database, session: AsyncClientSession, check: Check, process: str) -> None:
        self.database, self.session, self.check, self.process = database, session, check, process
        self.wrote = self.contended = False
        self.seq = self.end = 0
        self.at = datetime.now(UTC)
        self.current: dict[str, Document] = {}

    @property
    def entered(self) -> bool:
        """Tell whether this transaction holds the counter of the feed, so that no other can be under way."""
        return self.end > 0

    async def run(self, units: Sequence[Unit], *, over: bool = False) -> list[Outcome]:
        """One outcome per unit; one that is refused leaves nothing behind and hinders no other. `over`: see Batch."""
        places = sum(len(unit.prepared) for unit in units)
        await self.enter(places)
        await self._read([one.key for unit in units for one in unit.prepared])
        outcomes: dict[int, Outcome] = {}
        for wave in waves(units):
            await self._write(wave, units, outcomes, Batch(over))
        if self.wrote:
            await self._leave()
        return [outcomes[number] for number in range(len(units))]

    async def enter(self, places: int) -> None:
        """Takes `places` seats in the feed. A transaction's time is one millisecond or more after the one before, so
        `meta.lastUpdated` never contradicts the feed, whatever the clocks of several machines say."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        later = {"$dateAdd": {"startDate": "$at", "unit": "millisecond", "amount": 1}}
        step: Document = {"seq": {"$add": ["$seq", places]}, "at": {"$max": [now, later]}}
        step |= {"by": self.process, "before": "$by"}
        counter = await self.database[COUNTERS].find_one_and_update(
            {"_id": FEED}, [{"$set": step}], return_document=ReturnDocument.AFTER, session=self.session
        )
        if counter is None:
            raise errors.GatewayError("The counter of the change feed is gone: the database was dropped or restored.")
        self.contended = counter.get("before") != self.process
        self.seq, self.end, self.at = counter["seq"] - places, counter["seq"], counter["at"]

    async def _leave(self) -> None:
        """Gives back the seats that were not needed."""
        if self.seq != self.end:
            await self.database[COUNTERS].update_one({"_id": FEED}, {"$set": {"seq": self.seq}}, session=self.session)

    async def _read(self, keys: Sequence[str]) -> None:
        found = self.database[RESOURCES].find(
            {"_id": {"$in": list(keys)}}, {**VERSION_FIELDS, "m": 1}, session=self.session, batch_size=len(keys) + 1
        )
        self.current = {document["_id"]: document async for document in found}

    async def _write(
        self, wave: Sequence[int], units: Sequence[Unit], outcomes: dict[int, Outcome], batch: Batch
    ) -> None:
        failed = await self._failed(wave, units)
        broken = await self._broken(wave, units)
        for number in wave:
            try:
                if number in broken:
                    raise broken[number]
                if number in failed:
                    raise ConditionChanged("What the condition matches has changed in the meantime; try again.")
                decided = await self._all_decided(units[number])
            except GatewayError as error:
                outcomes[number] = error
                continue
            self.seq = batch.add(decided, units[number].state, self.seq)
            outcomes[number] = [one.result for one in decided]
        self.wrote |= await batch.write(self.database, self.session)
        for number in wave:
            if not isinstance(outcomes[number], Exception):
                try:
                    await self._check_conditions(units[number])
                except errors.Invalid as error:
                    raise RefusedAfterWriting(number, error) from None

    async def _check_conditions(self, unit: Unit) -> None:
        """Raise Invalid if a resource does not meet the condition that it is written under, where its index fields do
        not tell: once all of the unit is written, the database does."""
        for number, one in enumerate(unit.prepared):
            if one.template and admission.meets_condition(one.write, one.fields or {}, self.at) is None:
                with errors.about_write(number):
                    if not await conditions.is_met_by_stored(self.database, one.write, self.session):
                        raise admission.unmet_condition(one.write)

    async def _all_decided(self, unit: Unit) -> list[Decided]:
        decided = []
        for number, prepared in enumerate(unit.prepared):
            with errors.about_write(number):
                decided.append(await self._decided(prepared))
        return decided

    async def _decided(self, prepared: Prepared) -> Decided:
        """Decide in the thread for commits if the write is large: this transaction must not wait for other requests."""
        work = partial(decide, prepared, self.current.get(prepared.key), self.at)
        if prepared.size > event_loop.LARGE:
            return await event_loop.in_commit_thread(work)
        await event_loop.breathe()
        return work()

    async def _failed(self, wave: Sequence[int], units: Sequence[Unit]) -> set[int]:
        """The units of the wave that have a condition which no longer holds."""
        asked = [(number, condition) for number in wave for condition in units[number].conditions]
        if not asked:
            return set()
        return {asked[n][0] for n in await self.check([condition for _, condition in asked], self.session)}

    async def _broken(self, wave: Sequence[int], units: Sequence[Unit]) -> dict[int, GatewayError]:
        """The units of the wave whose references, or those to what they delete, would lead nowhere."""
        judged = [number for number in wave if units[number].refers]
        if not judged:
            return {}
        found = await integrity.broken(self.database, [units[number] for number in judged], self.session)
        return {judged[position]: error for position, error in found.items()}

"""Reading by id, and the internal documents."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from pymongo import monitoring
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.monitoring import CommandStartedEvent

from gateway.errors import Busy
from gateway.mapping import Projection
from gateway.store import Store, Write
from gateway.store.layout.records import DocumentMappings
from tests.conftest import NoMappings
from tests.store.resources import write


class Finds(monitoring.CommandListener):
    """Counts the find commands sent on `resources`."""

    count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += event.command.get("find") == "resources"

    def succeeded(self, event: Any) -> None: ...
    def failed(self, event: Any) -> None: ...


async def test_concurrent_reads_share_one_query(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.commit(*(write(f"p{n}") for n in range(20)))
    finds = Finds()
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__command_listeners", [finds])
    monkeypatch.setattr(store.client._event_listeners, "_EventListeners__enabled_for_commands", True)
    found = await asyncio.gather(*(store.resources.read("Patient", f"p{n % 25}") for n in range(50)))
    assert [one.id if one else None for one in found] == [f"p{n}" if n < 20 else None for n in range(25)] * 2
    assert finds.count == 1


async def test_a_reader_who_leaves_takes_nobody_along(store: Store) -> None:
    await store.commit(write("a"))
    tasks = [asyncio.create_task(store.resources.read("Patient", "a")) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert [one.id for one in await asyncio.gather(*tasks[1:]) if one] == ["a", "a"]


async def test_versions_that_never_were_are_not_found(store: Store) -> None:
    await store.commit(write("a"))
    assert await store.resources.vread("Patient", "a", 1) == await store.resources.read("Patient", "a")
    assert await store.resources.vread("Patient", "a", 2) is None
    assert await store.resources.vread("Patient", "a", 0) is None
    assert await store.resources.vread("Patient", "b", 1) is None


class ByName(NoMappings):
    """Maps every resource with a `into` to a document in each of those collections."""

    def get(self, resource: Any, /) -> tuple[Projection, ...]:
        document = {"_id": resource["id"], "n": resource.get("n"), "name": "x"}
        return tuple(Projection(name, document) for name in resource.get("into", "").split())


class TestInternalDocuments:
    @pytest.fixture
    def mappings(self) -> DocumentMappings:
        return ByName()

    async def test_they_follow_their_resource(self, store: Store) -> None:
        await store.commit(write("a", into="things", n=Decimal("1.50")))
        document = await store.internal.find("things", "a")
        assert document and document["fhir"]["version"] == 1
        assert str(document["n"]) == "1.50"
        await store.commit(write("a", into="things", n=2))
        document = await store.internal.find("things", "a")
        assert document and (document["n"], document["fhir"]["version"]) == (2, 2)
        await store.commit(write("a", into="others"))
        assert await store.internal.find("things", "a") is None
        assert await store.internal.find("others", "a")
        await store.commit(write("a"))
        assert await store.internal.find("others", "a") is None
        await store.commit(write("a", into="things"))
        await store.commit(Write("Patient", "a", None, "api"))
        assert await store.internal.find("things", "a") is None

    async def test_each_of_several_follows(self, store: Store) -> None:
        async def holding() -> set[str]:
            return {name for name in ("things", "others", "more") if await store.internal.find(name, "a")}

        for into in ("things others", "others more", "more", "things others more", ""):
            await store.commit(write("a", into=into))
            assert await holding() == {*into.split()}
        await store.commit(write("a", into="things others more"))
        await store.commit(Write("Patient", "a", None, "api"))
        assert await holding() == set()

    async def test_a_database_that_knows_of_one_document_only_is_understood(self, store: Store) -> None:
        await store.commit(write("a", into="things"))
        await store.database["resources"].update_one({"_id": "Patient/a"}, {"$set": {"m": "things"}})
        await store.commit(write("a", into="others"))
        assert await store.internal.find("things", "a") is None and await store.internal.find("others", "a")

    async def test_a_decimal_beyond_34_digits_is_rounded_in_the_document_only(self, store: Store) -> None:
        await store.commit(write("a", into="things", n=Decimal("0." + "123456789" * 5)))
        document, read = await store.internal.find("things", "a"), await store.resources.read("Patient", "a")
        assert document and str(document["n"]) == "0.1234567891234567891234567891234568"
        assert read and b'"n":0.' + b"123456789" * 5 in read.body

    @pytest.mark.parametrize("direction", [1, -1])
    async def test_pages_cover_everything_once_also_where_values_are_missing_or_equal(
        self, store: Store, direction: int
    ) -> None:
        numbers = [None, 3, 1, None, 2, 2, 2, 1, None, 5]
        await store.commit(*(write(f"p{n}", into="things", n=value) for n, value in enumerate(numbers)))
        seen: list[dict[str, Any]] = []
        after: tuple[Any, ...] | None = None
        while page := await store.internal.find_many("things", {"name": "x"}, [("n", direction)], 3, after):
            seen += page
            after = (page[-1]["n"], page[-1]["_id"])
        assert len(seen) == len({one["_id"] for one in seen}) == 10
        values = [-1 if one["n"] is None else one["n"] for one in seen]
        assert values == sorted(values, reverse=direction < 0)


async def test_a_database_that_does_not_answer_is_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    monkeypatch.setattr("gateway.store.read.read.by_key", away)
    with pytest.raises(Busy):
        await store.resources.read("Patient", "a")
    with pytest.raises(Busy):
        await store.resources.read_many([("Patient", "a")])

"""Internal documents follow their resources, and the mappings in use."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.mapping import Projection
from gateway.store import Store, Write
from gateway.store.layout.records import DocumentMappings
from tests.conftest import NoMappings
from tests.store.resources import Things, write


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


class TestMappingsInUse:
    @pytest.fixture
    def mappings(self) -> DocumentMappings:
        return Things()

    async def test_commits_map_by_the_mappings_in_use(self, store: Store) -> None:
        await store.commit(write("a", n=1))
        await store.internal.use(Things("second", unit="mg"))
        await store.commit(write("b", n=1))
        first, second = [await store.internal.find("things", id_) for id_ in ("a", "b")]
        assert first and second
        assert (first["fhir"]["mapping"], "unit" in first) == ("first", False)
        assert (second["fhir"]["mapping"], second["unit"]) == ("second", "mg")

    async def test_applying_them_brings_older_documents_in_line(self, store: Store) -> None:
        await store.commit(write("a", n=1), write("b", n=2))
        await store.internal.use(Things("second", unit="mg"))
        applied = await store.internal.apply(lambda done, total: None)
        assert (applied.resources, applied.made, applied.left) == (2, 2, 0)
        assert await store.internal.count("things", {"unit": "mg", "fhir.mapping": "second"}) == 2
        assert await store.feed.head() == 2

    async def test_their_indexes_are_created_when_they_come_into_use(self, store: Store) -> None:
        information = await store.database.things.index_information()
        assert any(index["key"] == [("quality.rule", 1)] and index["sparse"] for index in information.values())

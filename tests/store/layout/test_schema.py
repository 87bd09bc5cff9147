"""The names of collections, which databases hold, and the projection that reads a version."""

from gateway.store.layout import schema

EXISTING = {
    "resources",
    "versions",
    "feed",
    "counters",
    "followers",
    "letters",
    "links",
    "imports",
    "state",
    "writers",
    "words_1",
}


def test_the_collections_are_those_of_existing_databases() -> None:
    assert {*schema.NAMES} == EXISTING and len(schema.NAMES) == len(EXISTING)


def test_every_collection_is_described() -> None:
    assert schema.__doc__ is not None
    assert [name for name in schema.NAMES if f"    {name} " not in schema.__doc__] == []


def test_a_version_is_read_without_its_search_fields() -> None:
    assert schema.VERSION_FIELDS == {"t": 1, "i": 1, "v": 1, "u": 1, "x": 1, "b": 1, "o": 1}

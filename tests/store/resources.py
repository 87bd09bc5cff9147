"""Small resources, and the promises of the feed as one check."""

from typing import Any, ClassVar

from gateway.mapping import Projection
from gateway.search.query import Query, parse
from gateway.store import Store, Write
from gateway.store.write.decide import Prepared, prepare
from tests.conftest import NoMappings

Resource = dict[str, Any]


def patient(id_: str, **content: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, **content}


def write(id_: str, **content: Any) -> Write:
    return Write("Patient", id_, patient(id_, **content), "api")


async def consistent(store: Store) -> None:
    """The feed is gapless and agrees with the versions, the current resources and their times."""
    changes = await store.feed.after(0, 1_000_000)
    assert [c.seq for c in changes] == list(range(1, len(changes) + 1))
    assert await store.feed.head() == len(changes)
    assert [c.at for c in changes] == sorted(c.at for c in changes)
    latest: dict[tuple[str, str], int] = {}
    for change in changes:
        assert change.version == latest.get((change.type, change.id), 0) + 1
        latest[change.type, change.id] = change.version
    current = await store.resources.read_many(latest)
    assert {key: one.version for key, one in current.items()} == latest
    superseded = await store.database.versions.count_documents({})
    assert superseded == len(changes) - len(latest)


def query(text: str, type_: str = "Patient") -> Query:
    """Parse a search URL's query, such as `identifier=urn:x|1`."""
    return parse(type_, [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&"))])


def prepared(write: Write) -> Prepared:
    """Prepare a write without any mapping."""
    return prepare(write, NoMappings())


class Things(NoMappings):
    """Mappings that make a document of `things` of each patient with the element `n`."""

    collections: ClassVar[dict[str, str]] = {"things": "Patient"}

    def __init__(self, stamp: str = "first", **added: Any) -> None:
        self.stamp, self.added = stamp, added

    @property
    def stamps(self) -> dict[str, str]:  # type: ignore[override]
        return {"things": self.stamp}

    def get(self, resource: Any, /) -> tuple[Projection, ...]:
        if "n" not in resource:
            return ()
        document = {name: resource[name] for name in ("n", "quality") if name in resource}
        return (Projection("things", {**document, **self.added}, self.stamp),)

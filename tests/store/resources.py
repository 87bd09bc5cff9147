"""Small resources, and the promises of the feed as one check."""

from typing import Any

from gateway.store import Store, Write

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

"""The crosswalk between our resources and those of partners."""

from datetime import UTC, datetime

from gateway.store import Link, Linked, Store, Stored, Write
from gateway.store.bookkeeping.links import link_document
from tests.store.resources import patient

LINKED = Linked(Link("north", "Patient", "77", "3"), "Patient", "a", 2)


async def test_links_are_found_from_both_sides(store: Store) -> None:
    await store.links.put([LINKED])
    assert await store.links.by_remote("north", [("Patient", "77"), ("Patient", "1")]) == {("Patient", "77"): LINKED}
    assert await store.links.by_local("north", [("Patient", "a"), ("Patient", "b")]) == {("Patient", "a"): LINKED}


async def test_each_partner_has_links_of_its_own(store: Store) -> None:
    other = Linked(Link("south", "Patient", "77"), "Patient", "b", 1)
    await store.links.put([LINKED, other])
    assert await store.links.by_remote("south", [("Patient", "77")]) == {("Patient", "77"): other}
    assert await store.links.by_local("south", [("Patient", "a")]) == {}


async def test_a_remote_resource_has_one_link_at_a_time(store: Store) -> None:
    moved = Linked(Link("north", "Patient", "77", "4"), "Patient", "b", 1)
    await store.links.put([LINKED])
    await store.links.put([moved])
    assert await store.links.by_remote("north", [("Patient", "77")]) == {("Patient", "77"): moved}
    assert await store.links.by_local("north", [("Patient", "a")]) == {}


async def test_of_several_links_of_one_resource_the_latest_version_counts(store: Store) -> None:
    later = Linked(Link("north", "Patient", "78", "1"), "Patient", "a", 5)
    await store.links.put([later, LINKED])
    assert await store.links.by_local("north", [("Patient", "a")]) == {("Patient", "a"): later}


async def test_nothing_asked_and_nothing_put_is_nothing_done(store: Store) -> None:
    await store.links.put([])
    assert await store.links.by_local("north", []) == {} and await store.links.by_remote("north", []) == {}


async def test_a_removed_link_is_not_found(store: Store) -> None:
    await store.links.put([LINKED])
    await store.links.remove(Link("north", "Patient", "78"))
    assert len(await store.links.by_remote("north", [("Patient", "77")])) == 1
    await store.links.remove(Link("north", "Patient", "77", "another version"))
    assert await store.links.by_remote("north", [("Patient", "77")]) == {}


async def test_a_link_is_stored_with_the_write_it_comes_with_also_when_nothing_changes(store: Store) -> None:
    for version in ("1", "2"):
        link = Link("north", "Patient", "77", version)
        await store.commit(Write("Patient", "a", patient("a"), "partner:north", link=link))
        assert await store.links.by_remote("north", [("Patient", "77")]) == {
            ("Patient", "77"): Linked(link, "Patient", "a", 1)
        }
    assert await store.feed.head() == 1


def test_the_stored_document_names_both_sides() -> None:
    local = Stored("Patient", "a", 2, datetime(2026, 1, 1, tzinfo=UTC), False, b"{}", "api")
    assert link_document(LINKED.link, local) == {
        "_id": "north Patient/77",
        "partner": "north",
        "rt": "Patient",
        "ri": "77",
        "rv": "3",
        "t": "Patient",
        "i": "a",
        "v": 2,
    }

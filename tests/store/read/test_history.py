"""History, newest first."""

import asyncio
from datetime import timedelta

from gateway.store import Store, Write
from tests.store.resources import write


async def test_history_of_one_resource_a_type_and_all(store: Store) -> None:
    await store.commit(write("a"), write("b"))
    await store.commit(write("a", active=True))
    await store.commit(Write("Patient", "a", None, "api"))
    await store.commit(Write("Basic", "x", {"resourceType": "Basic"}, "api"))
    one = await store.resources.history("Patient", "a")
    assert [(e.action, e.stored.version, e.stored.deleted) for e in one.entries] == [
        ("delete", 3, True),
        ("update", 2, False),
        ("create", 1, False),
    ]
    assert (one.total, one.next) == (3, None)
    assert b'"active":true' in one.entries[1].stored.body and b"active" not in one.entries[2].stored.body
    assert [e.seq for e in (await store.resources.history("Patient", None)).entries] == [4, 3, 2, 1]
    assert [e.stored.type for e in (await store.resources.history(None, None, count=2)).entries] == ["Basic", "Patient"]
    assert (await store.resources.history("Patient", "never")).entries == []


async def test_pages_do_not_shift_while_the_feed_grows(store: Store) -> None:
    for n in range(5):
        await store.commit(write("a", n=n))
    seen: list[int] = []
    before: int | None = None
    while True:
        page = await store.resources.history("Patient", "a", count=2, before=before)
        seen += [entry.stored.version for entry in page.entries]
        await store.commit(write("a", n=f"meanwhile {before}"))
        before = page.next
        if before is None:
            break
    assert seen == [5, 4, 3, 2, 1]


async def test_since_and_at(store: Store) -> None:
    for n in range(3):
        await store.commit(write("a", n=n))
        await asyncio.sleep(0.005)
    await store.commit(write("b"))
    _, second, third, _ = [change.at for change in await store.feed.after(0, 9)]
    tick = timedelta(milliseconds=1)
    assert [e.seq for e in (await store.resources.history("Patient", "a", since=second)).entries] == [3, 2]
    assert [e.seq for e in (await store.resources.history("Patient", "a", since=second + tick)).entries] == [3]
    during = await store.resources.history("Patient", "a", at=[(third - tick, third)])
    assert [e.seq for e in during.entries] == [2]
    assert [e.seq for e in (await store.resources.history(None, None, at=[(second, third + tick)])).entries] == [3, 2]


async def test_what_was_deleted_before_a_span_was_not_current_in_it(store: Store) -> None:
    await store.commit(write("a"))
    await store.commit(Write("Patient", "a", None, "api"))
    await asyncio.sleep(0.005)
    await store.commit(write("b"))
    _, gone, last = [change.at for change in await store.feed.after(0, 9)]
    tick = timedelta(milliseconds=1)
    assert [e.seq for e in (await store.resources.history(None, None, at=[(gone + tick, last + tick)])).entries] == [3]
    assert [e.seq for e in (await store.resources.history(None, None, at=[(gone, last)])).entries] == [2]
    both = [(gone - tick, gone), (last, last + tick)]
    assert [e.seq for e in (await store.resources.history(None, None, at=both)).entries] == [3, 1]


async def test_a_history_can_be_of_some_resources_only(store: Store) -> None:
    await store.commit(write("a"), write("b"), write("c"))
    keys = [("Patient", "a"), ("Patient", "c"), ("Basic", "b")]
    assert [e.stored.id for e in (await store.resources.history(None, None, keys=keys)).entries] == ["c", "a"]
    assert (await store.resources.history(None, None, keys=[])).total == 0

"""Searches by words: what they find, that they see what was just written and nothing else, page for page."""

import asyncio
import itertools
from typing import Any

import pytest

from gateway.errors import BadRequest, Busy, NotSupported
from gateway.search.query import parse
from gateway.store import Condition, ConditionChanged, Store, Write
from gateway.store.feed import followers
from gateway.store.find import chains, text_index
from gateway.store.find.text_index import TextIndex
from gateway.store.layout.schema import FOLLOWERS, WORDS
from tests.store.searching import all_pages, found, ids, observation, patient, put


def told(id_: str, text: str, **content: Any) -> dict[str, Any]:
    return observation(id_, "Patient/a", text=narrative(text), **content)


def narrative(text: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}


WARD = [
    told("1", "<p>Bone metastases</p>"),
    told("2", "<p>liver; M&#233;tastases &amp; more</p>"),
    told("3", "<p>meta<b>stas</b>es of <i>bone</i></p>"),
    told("4", "b<!-- bone --> <br/>one", note=[{"text": "Bone, says the note"}]),
    observation(
        "5",
        "Patient/a",
        code="8867-4",
        method={"text": "By ear"},
        valueCodeableConcept={"coding": [{"system": "http://x.org", "code": "q", "display": "Übelkeit, leichte"}]},
    ),
    patient(
        "a", name=[{"family": "Bone"}], text=narrative("a liver"), identifier=[{"type": {"text": "Pass"}, "value": "7"}]
    ),
]


async def caught_up(store: Store) -> None:
    """As it is some time after the last write."""
    reader = TextIndex(store.database, store._feed)
    assert await reader._catch_up(float("inf"), await store.feed.head())
    assert await reader._cursor() == await store.feed.head()


@pytest.fixture(params=["just written", "caught up", "many"])
async def ward(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    await put(store, *WARD)
    if request.param != "just written":
        await caught_up(store)
    if request.param == "many":
        monkeypatch.setattr(chains, "MANY", 0)
    return store


async def those(store: Store, type_: str | None, query: str) -> list[str]:
    return sorted(ids(await found(store, type_, query)))


async def test_what_is_found(ward: Store) -> None:
    asked = {
        ("Observation", "_text=(bone OR liver) and metastases"): ["1", "2", "3"],
        ("Observation", "_text=bone"): ["1", "3"],
        ("Observation", "_text=BONE metastasés"): ["1", "3"],
        ("Observation", '_text="bone metastases"'): ["1"],
        ("Observation", '_text="metastases of bone"'): ["3"],
        ("Observation", '_text="bone metast*"'): [],
        ("Observation", "_text=bone-metastases"): ["1"],
        ("Observation", "_text=met*"): ["1", "2", "3"],
        ("Observation", "_text=met"): [],
        ("Observation", "_text=not bone"): ["2", "4", "5"],
        ("Observation", "_text=liver,of"): ["2", "3"],
        ("Observation", "_text=liver or bone and of"): ["2", "3"],
        ("Observation", "_text=bone&_text=of"): ["3"],
        ("Observation", "_content=bone"): ["1", "3", "4"],
        ("Observation", '_content="says the note"'): ["4"],
        ("Observation", '_content="ear ubelkeit"'): [],
        ("Observation", "_content=8867-4"): ["5"],
        ("Observation", "_content=leichte and not bone"): ["5"],
        ("Patient", "_content=bone"): ["a"],
        ("Patient", "_text=bone"): [],
        (None, "_content=bone"): ["1", "3", "4", "a"],
        (None, "_text=liver"): ["2", "a"],
        (None, "_type=Patient&_text=liver"): ["a"],
        (None, "_type=Patient,Observation&_text=liver"): ["2", "a"],
        ("Observation", "value-concept:text=übel"): ["5"],
        ("Observation", "value-concept:text=Leicht"): ["5"],
        ("Observation", "value-concept:text=ubelkeit leichte"): ["5"],
        ("Observation", "value-concept:text=belkeit"): [],
        ("Observation", "combo-value-concept:text=übelkeit"): ["5"],
        ("Observation", "method:text=by,nothing"): ["5"],
        ("Patient", "identifier:text=pass"): ["a"],
        ("Patient", "identifier:text=7"): [],
        ("Observation", "_text=bone&_id=1,2"): ["1"],
        ("Observation", "code=8480-6&_text=metastases&_sort=-_id"): ["1", "2", "3"],
        ("Observation", "patient._text=liver&_text=bone"): ["1", "3"],
        ("Observation", "subject:Patient.identifier:text=pass&_text=liver"): ["2"],
        ("Patient", "_has:Observation:patient:_content=leichte"): ["a"],
        ("Patient", "_has:Observation:patient:_content=nowhere"): [],
        ("Observation", '_filter=_text co "bone" and not (_content co "metastases") or value-concept:text eq übel'): [
            "5"
        ],
        ("Observation", '_filter=not (_text co "bone") and code eq 8480-6'): ["2", "4"],
        ("Observation", "_filter=subject._text co liver and _text co of"): ["3"],
    }
    for (type_, query), expected in asked.items():
        assert await those(ward, type_, query) == expected, query


async def test_what_was_written_is_found_at_once_and_what_is_gone_is_not(ward: Store) -> None:
    await put(ward, told("1", "kidney"), told("6", "bone"))
    await ward.commit(Write("Observation", "3", None, "api"))
    assert await those(ward, "Observation", "_text=bone") == ["6"]
    assert await those(ward, "Observation", "_text=kidney") == ["1"]
    await caught_up(ward)
    assert await those(ward, "Observation", "_text=bone") == ["6"]
    assert await ward.database[WORDS].count_documents({"_id": "Observation/3"}) == 0
    await put(ward, told("3", "bone again"))
    assert await those(ward, "Observation", "_text=bone") == ["3", "6"]


@pytest.mark.parametrize("before", ["just written", "caught up"])
@pytest.mark.parametrize("between", ["nothing else", "caught up"])
@pytest.mark.parametrize("many", [False, True])
async def test_all_pages_are_of_one_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch, before: str, between: str, many: bool
) -> None:
    """Also when in between there are more, fewer and other resources with these words, and the words of those known."""
    await put(store, *(told(f"b{number}", "bone" if number % 3 else "liver") for number in range(20)))
    if before == "caught up":
        await caught_up(store)
    if many:
        monkeypatch.setattr(chains, "MANY", 2)
    expected = [f"b{number}" for number in range(20) if number % 3]
    query = "_text=bone&_sort=_id&_count=5&_total=accurate"
    met, page = list[str](), await found(store, "Observation", query)
    for number in range(10):
        met += ids(page)
        assert page.total == len(expected)
        if not page.next:
            break
        await put(
            store, told("b7", "liver"), told("b9", "bone"), told(f"b1{number}", "none"), told(f"a{number}", "bone")
        )
        await store.commit(Write("Observation", "b19", None, "api"))
        if between == "caught up":
            await caught_up(store)
        page = await found(store, "Observation", f"{query}&_page={page.next}")
    assert sorted(met) == sorted(expected)
    now = await found(store, "Observation", "_text=bone&_count=100")
    assert {"b9", "a0", "a1"} <= set(ids(now))
    assert {"b7", "b19", "b10"} & set(ids(now)) == set()


async def test_a_search_first_catches_up_when_it_is_far_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "ACCEPTED_LAG", 3)
    monkeypatch.setattr(text_index, "_BATCH", 4)
    await put(store, *(told(f"b{number}", "bone") for number in range(30)))
    assert len(await those(store, "Observation", "_text=bone")) == 30
    assert await store.text_index._cursor() >= 27
    await those(store, "Observation", "code=1")  # asks for no words
    found_ = await asyncio.gather(*(those(store, "Observation", "_text=bone&_count=100") for _ in range(5)))
    assert all(len(one) == 30 for one in found_)


async def test_several_processes_catch_up_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "ACCEPTED_LAG", 0)
    monkeypatch.setattr(text_index, "_BATCH", 10)
    await put(store, *(told(f"b{number}", "bone") for number in range(100)))
    readers = [TextIndex(store.database, store._feed) for _ in range(4)]
    query = parse("Observation", [("_text", "bone")])
    await asyncio.gather(*(reader.ready(query) for reader in readers))
    assert await store.database[WORDS].count_documents({"w": "text|bone"}) == 100


async def test_who_cannot_catch_up_in_time_is_told_how_far_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "ACCEPTED_LAG", 0)
    monkeypatch.setattr(text_index, "CATCH_UP_SECONDS", 0.2)
    await put(store, *(told(f"b{number}", "bone") for number in range(7)))
    other = followers.Lease(store.database, WORDS)
    assert await other.acquire() == 0
    with pytest.raises(Busy, match="7 changes behind"):
        await those(store, "Observation", "_text=bone")
    await other.release()
    assert len(await those(store, "Observation", "_text=bone")) == 7


async def test_a_writer_that_was_taken_for_dead_writes_nothing(store: Store) -> None:
    await put(store, told("1", "bone"))
    slow, quick = TextIndex(store.database, store._feed), TextIndex(store.database, store._feed)
    await slow._lease.acquire()
    await store.database[FOLLOWERS].update_one({"_id": WORDS}, {"$unset": {"until": 1}})
    await quick._lease.acquire()
    with pytest.raises(followers.LeaseLost):
        await slow._step(0)
    assert await quick._step(0) == 1


async def test_when_the_feed_is_quiet_it_catches_up_by_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "QUIET_SECONDS", 0.02)
    await put(store, *WARD)
    stop = asyncio.Event()
    keeping = asyncio.create_task(store.text_index.keep(stop))
    async with asyncio.timeout(20):
        while await store.text_index._cursor() < await store.feed.head():
            await asyncio.sleep(0.02)
    stop.set()
    await keeping
    assert await those(store, "Observation", "_text=bone") == ["1", "3"]


async def test_conditions_on_words_are_judged_in_the_transaction_of_the_write(ward: Store) -> None:
    query = parse("Observation", [("_text", "kidney")])
    assert await ward.resources.matches(query) == []
    new = Write("Observation", "9", told("9", "kidney"), "api", condition=Condition(query, ()))
    await ward.commit(new)
    assert await ward.resources.matches(query) == ["9"]
    again = Write("Observation", "10", told("10", "kidney"), "api", condition=Condition(query, ()))
    with pytest.raises(ConditionChanged):
        await ward.commit(again)


async def test_words_made_in_another_way_are_made_anew(mongo: str, store: Store, mappings: Any) -> None:
    await put(store, *WARD)
    await store.database["words_0"].insert_one({"_id": "Patient/a", "t": "Patient", "w": ["old"]})
    await store.database[FOLLOWERS].insert_one({"_id": "words_0", "seq": 99})
    async with await Store.open(mongo, store.database.name, mappings):
        assert "words_0" not in await store.database.list_collection_names()
        assert await store.database[FOLLOWERS].find_one({"_id": "words_0"}) is None


@pytest.mark.parametrize(
    ("type_", "query"),
    [
        ("Observation", "_text=("),
        ("Observation", "_text=)"),
        ("Observation", "_text=bone)"),
        ("Observation", "_text=(bone"),
        ("Observation", "_text=and"),
        ("Observation", "_text=bone or"),
        ("Observation", "_text=bone,"),
        ("Observation", "_text=not"),
        ("Observation", "_text=()"),
        ("Observation", "_text=*"),
        ("Observation", "_text=" + "(" * 5000),
        ("Observation", "_text=" + "not " * 60),
        ("Observation", "_text=" + "bone " * 5000),
        ("Observation", "_text:missing=true"),
        ("Observation", "_text:exact=x"),
        ("Observation", "_sort=_text"),
        ("Observation", "code:text=-"),
        ("Observation", "code:text=a,,b"),
        ("Observation", "subject:text=a"),
        ("Observation", "_text.name=a"),
        ("Binary", "_text=a"),
        ("Observation", "_text=bone&_contained=true"),
    ],
)
async def test_what_cannot_be_understood_is_refused(store: Store, type_: str, query: str) -> None:
    with pytest.raises((BadRequest, NotSupported)):
        await found(store, type_, query)


async def test_odd_and_large_resources_have_words_too(store: Store) -> None:
    await put(
        store,
        told("1", "x" * 100 + " 胃癌 病人 Straße", note=[{"text": "word " * 300_000 + "far"}]),
        {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "Ym9uZQ=="},
        {
            "resourceType": "Bundle",
            "id": "c",
            "type": "collection",
            "entry": [{"resource": patient("z", name=[{"text": "Zed"}])}],
        },
    )
    for _ in range(2):
        assert await those(store, "Observation", "_text=胃癌") == ["1"]
        assert await those(store, "Observation", "_text=癌胃") == []
        assert await those(store, "Observation", "_text=STRASSE") == ["1"]
        assert await those(store, "Observation", f"_text={'x' * 100}") == ["1"]
        assert await those(store, None, "_content=zed") == ["c"]
        assert await those(store, "Binary", "_content=Ym9uZQ") == []
        assert await those(store, "Binary", "_content=plain") == ["b"]
        await caught_up(store)
    assert (await all_pages(store, "Observation", "_content=word")) == [["1"]]


async def test_what_is_large_is_read_bit_by_bit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(store, *(told(f"b{number}", "bone " * 200) for number in range(20)), told("c", "liver"))
    monkeypatch.setattr(text_index, "_BYTES_READ", 3_000)
    monkeypatch.setattr(text_index, "_BYTES_IN_COMMAND", 3_000)
    for _ in range(2):
        assert len(await those(store, "Observation", "_text=bone&_count=100")) == 20
        assert await those(store, "Observation", "_text=liver") == ["c"]
        await caught_up(store)


async def test_one_giant_keeps_nobody_else_from_being_found(store: Store) -> None:
    """Its words would be more than MongoDB takes as one document."""
    words_of_four = map("".join, itertools.product("აბგდევზთიკლმნოპჟრსტუფქღყშჩც", repeat=4))
    await put(store, told("giant", " ".join(itertools.islice(words_of_four, 190_000))), told("c", "liver"))
    await caught_up(store)
    assert await those(store, "Observation", "_text=liver") == ["c"]
    assert await those(store, "Observation", "_content=აააა") == ["giant"]

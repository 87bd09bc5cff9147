"""Two gateways as each other's partners."""

from typing import Any

import pytest

from gateway.errors import NotFound
from gateway.fhir import fhir_json
from gateway.sync.deciding import decide
from gateway.sync.identity import local_id, origins
from gateway.sync.replaying import replay
from tests.sync.conftest import observation, patient


async def test_a_pulled_resource_gets_an_id_of_its_own_and_says_where_it_comes_from(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("7"))
    await b.put(observation("8", "Patient/7"))
    report = await a.sync(b, direction="pull")
    assert (report.pulled, report.dead_letters) == (2, 0)
    [mine] = await a.all("Patient")
    assert mine["id"] == local_id("b", "Patient", "7") and mine["name"] == [{"family": "Muster"}]
    assert mine["meta"]["source"] == f"{b.url}/Patient/7/_history/1"
    assert origins(mine)["b"] == ("b", "Patient", "7", "1")
    [measured] = await a.all("Observation")
    assert measured["subject"] == {"reference": f"Patient/{mine['id']}"}


async def test_a_second_pull_writes_nothing(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    for number in range(25):
        await b.put(patient(f"p{number}"))
    first = await a.sync(b, direction="pull", page_size=10)
    head = await a.store.feed.head()
    second = await a.sync(b, direction="pull", page_size=10)
    assert (first.pulled, first.pages) == (25, 4)  # three of patients, an empty one of observations
    assert second.pulled == 0 and second.unchanged > 0 and await a.store.feed.head() == head


async def test_changes_and_deletions_follow(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await b.put(patient("2"))
    await a.sync(b, direction="pull")
    await b.edit("Patient", "1", gender="female")
    await b.remove("Patient", "2")
    report = await a.sync(b, direction="pull")
    assert (report.pulled, report.deleted) == (1, 1)
    [left] = await a.all("Patient")
    assert left["gender"] == "female" and origins(left)["b"].version == "2"


async def test_a_push_creates_once_with_references_of_the_partner(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(observation("8", "Patient/7"))  # before its patient in the feed
    await a.put(patient("7"))
    report = await a.sync(b, direction="push")
    assert (report.pushed, report.dead_letters) == (2, 0)
    [there] = await b.all("Patient")
    [measured] = await b.all("Observation")
    assert measured["subject"] == {"reference": f"Patient/{there['id']}"}
    assert origins(there)["a"] == ("a", "Patient", "7", "1")
    assert (await a.sync(b, direction="push")).pushed == 0


async def test_updates_and_deletions_are_pushed(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    for id_ in "12":
        await a.put(patient(id_))
    await a.sync(b, direction="push")
    await a.edit("Patient", "1", gender="male")
    await a.remove("Patient", "2")
    report = await a.sync(b, direction="push")
    assert (report.pushed, report.deleted, report.dead_letters) == (1, 1, 0)
    [left] = await b.all("Patient")
    assert left["gender"] == "male"


async def test_what_both_push_and_pull_settles_without_a_storm(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    for site in (a, b):
        await site.put(patient(f"of-{site.name}"))
        await site.put(observation(f"on-{site.name}", f"Patient/of-{site.name}"))
    for _ in range(3):
        await a.sync(b)
        await b.sync(a)
    heads = await a.store.feed.head(), await b.store.feed.head()
    assert heads == (4, 4)
    assert (await a.sync(b)).pushed == 0 and (await b.sync(a)).pushed == 0
    assert (await a.store.feed.head(), await b.store.feed.head()) == heads
    for site in (a, b):
        assert len(await site.all("Patient")) == 2 and len(await site.all("Observation")) == 2
        assert await site.store.letters.count() == 0


async def test_an_edit_travels_to_the_owner_and_the_owners_next_edit_back(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b)
    copy = local_id("b", "Patient", "1")
    await a.edit("Patient", copy, gender="female")
    assert (await a.sync(b)).pushed == 1
    owned = fhir_json.parse((await b.store.resources.read("Patient", "1")).body)
    assert owned["gender"] == "female" and "source" not in owned["meta"]
    assert (await b.sync(a)).pushed == 0
    await b.edit("Patient", "1", birthDate="1970-01-01")
    await b.sync(a)
    await a.sync(b)
    stored = fhir_json.parse((await a.store.resources.read("Patient", copy)).body)
    assert (stored["gender"], stored["birthDate"]) == ("female", "1970-01-01")
    assert len(await a.all("Patient")) == len(await b.all("Patient")) == 1
    assert await a.store.letters.count() == await b.store.letters.count() == 0


async def test_an_edit_of_our_resource_at_the_partner_comes_home(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    await a.sync(b)
    [there] = await b.all("Patient")
    await b.edit("Patient", there["id"], gender="other")
    report = await a.sync(b)
    assert (report.pulled, report.conflicts) == (1, 0)
    mine = await a.all("Patient")
    assert [one["id"] for one in mine] == ["1"] and mine[0]["gender"] == "other"
    assert "a" not in origins(mine[0])


async def test_a_change_on_both_sides_overwrites_neither(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b)
    copy = local_id("b", "Patient", "1")
    await a.edit("Patient", copy, gender="female")
    await b.edit("Patient", "1", gender="male")
    report = await a.sync(b)
    assert report.conflicts == 2  # seen by the pull and by the push
    assert fhir_json.parse((await a.store.resources.read("Patient", copy)).body)["gender"] == "female"
    assert fhir_json.parse((await b.store.resources.read("Patient", "1")).body)["gender"] == "male"
    letters = {letter.key: letter for letter in await a.store.letters.newest("partner:b")}
    assert letters.keys() == {"pull Patient/1", f"push Patient/{copy}"}
    assert "version 2 there" in letters["pull Patient/1"].detail and "version 2 of" in letters["pull Patient/1"].detail


@pytest.mark.parametrize(("keep", "gender"), [("ours", "female"), ("theirs", "male")])
@pytest.mark.parametrize("work", ["pull", "push"])
async def test_a_person_decides_a_conflict(sites: Any, keep: Any, gender: str, work: str) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b)
    copy = local_id("b", "Patient", "1")
    await a.edit("Patient", copy, gender="female")
    await b.edit("Patient", "1", gender="male")
    await a.sync(b)
    with pytest.raises(NotFound):
        await decide(a.store, a.partner(b), "pull Patient/2", keep)
    key = "pull Patient/1" if work == "pull" else f"push Patient/{copy}"
    report = await decide(a.store, a.partner(b), key, keep)
    assert report.ok and report.dead_letters == 0 and await a.store.letters.count() == 0
    assert fhir_json.parse((await a.store.resources.read("Patient", copy)).body)["gender"] == gender
    assert fhir_json.parse((await b.store.resources.read("Patient", "1")).body)["gender"] == gender
    again = await a.sync(b)
    assert (again.pulled, again.pushed, again.conflicts) == (0, 0, 0)


async def test_replaying_a_conflict_that_is_still_one_keeps_its_letter(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b)
    await a.edit("Patient", local_id("b", "Patient", "1"), gender="female")
    await b.edit("Patient", "1", gender="male")
    await a.sync(b)
    report = await replay(a.store, a.partner(b), "pull Patient/1")
    assert report.dead_letters == 1
    [letter] = [one for one in await a.store.letters.newest() if one.key == "pull Patient/1"]
    assert letter.attempts == 2
    await b.edit("Patient", "1", gender="female")
    assert (await replay(a.store, a.partner(b))).dead_letters == 0
    assert await a.store.letters.count() == 0


async def test_the_same_change_on_both_sides_is_no_conflict(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await b.put(patient("1"))
    await a.sync(b, direction="pull")
    await a.edit("Patient", local_id("b", "Patient", "1"), gender="male")
    await b.edit("Patient", "1", gender="male")
    report = await a.sync(b)
    assert (report.conflicts, report.dead_letters, report.pushed) == (0, 0, 0)


async def test_two_that_only_pull_from_each_other_keep_one_copy(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    for _ in range(2):
        await b.sync(a, direction="pull")
        await a.sync(b, direction="pull")
    assert [one["id"] for one in await a.all("Patient")] == ["1"]
    [copy] = await b.all("Patient")
    await b.edit("Patient", copy["id"], gender="other")
    await a.sync(b, direction="pull")
    assert (await a.all("Patient"))[0]["gender"] == "other"


async def test_a_resource_pushed_to_us_is_not_pulled_as_another(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    await a.put(observation("2"))
    await a.sync(b, direction="push")
    report = await b.sync(a)
    assert (report.pulled, report.pushed) == (0, 0)
    assert len(await b.all("Patient")) == 1 and await a.store.feed.head() == 2
    await a.edit("Patient", "1", gender="male")
    assert (await b.sync(a, direction="pull")).pulled == 1
    assert (await b.all("Patient"))[0]["gender"] == "male"


async def test_through_three_gateways_nothing_loops(sites: Any) -> None:
    a, b, c = await sites("a"), await sites("b"), await sites("c")
    await a.put(patient("of-a"))
    await c.put(patient("of-c"))
    for _ in range(3):
        await a.sync(b)
        await b.sync(c)
    heads = [await site.store.feed.head() for site in (a, b, c)]
    assert heads == [2, 2, 2]
    await a.edit("Patient", "of-a", gender="female")
    for _ in range(2):
        await a.sync(b)
        await b.sync(c)
    assert [await site.store.feed.head() for site in (a, b, c)] == [3, 3, 3]
    assert sum(one.get("gender") == "female" for one in await c.all("Patient")) == 1
    assert [await site.store.letters.count() for site in (a, b, c)] == [0, 0, 0]


async def test_an_edit_made_before_we_knew_of_the_copy_reaches_it(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    await b.sync(a, direction="pull")
    await a.edit("Patient", "1", gender="male")
    report = await a.sync(b)
    assert (report.pushed, report.conflicts) == (1, 0)
    [copy] = await b.all("Patient")
    assert copy["gender"] == "male"


async def test_a_lost_crosswalk_is_read_from_the_tags(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("of-a"))
    await b.put(patient("of-b"))
    await a.sync(b)
    links = await a.store.links.by_remote("b", [("Patient", one["id"]) for one in await b.all("Patient")])
    for linked in links.values():
        await a.store.links.remove(linked.link)
    await a.store.states.remove("sync/b/push")
    await a.store.states.remove("sync/b/pull/Patient")
    await a.edit("Patient", local_id("b", "Patient", "of-b"), gender="other")
    report = await a.sync(b)
    assert len(links) == 2 and (report.pulled, report.pushed, report.conflicts) == (0, 1, 0)
    assert len(await a.all("Patient")) == len(await b.all("Patient")) == 2
    assert fhir_json.parse((await b.store.resources.read("Patient", "of-b")).body)["gender"] == "other"


async def test_where_we_choose_the_ids_push_and_pull_meet_in_the_same_resource(sites: Any) -> None:
    a, b = await sites("a"), await sites("b")
    await a.put(patient("1"))
    await a.sync(b, direction="push", create="put")
    assert [one["id"] for one in await b.all("Patient")] == [local_id("a", "Patient", "1")]
    assert (await b.sync(a)).pulled == 0 and await b.store.feed.head() == 1
    await a.put(patient("2"))
    await b.sync(a, direction="pull")
    assert (await a.sync(b, create="put")).pushed == 0
    assert (await b.store.feed.head(), await a.store.feed.head()) == (2, 2)

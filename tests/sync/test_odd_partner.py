"""A partner that behaves like real EHRs do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.responses import HTMLResponse, Response

from gateway.store.layout.records import Stored
from gateway.sync.client import Client
from gateway.sync.identity import local_id
from gateway.sync.pull import pull
from gateway.sync.push import push
from gateway.sync.replaying import replay
from gateway.sync.report import Report
from tests.sync.conftest import Site, observation, patient, serving
from tests.sync.odd import OddEHR


@pytest.fixture
def ehr() -> OddEHR:
    return OddEHR()


@pytest.fixture
async def url(ehr: OddEHR) -> AsyncIterator[str]:
    async with serving(ehr.app) as root:
        yield f"{root}/fhir"


@pytest.fixture
async def here(sites: Any) -> Site:
    site: Site = await sites("here")
    return site


async def local(here: Site, type_: str, id_: str) -> Stored | None:
    return await here.store.resources.read(type_, local_id("ehr", type_, id_))


async def at_once(seconds: float) -> None:
    """Waiting, without the waiting."""


async def test_outcomes_includes_duplicates_and_wrong_totals_do_not_matter(ehr: OddEHR, url: str, here: Site) -> None:
    for number in range(7):
        ehr.add(patient(f"p{number}"))
    report = await here.sync(url, direction="pull", page_size=3)
    assert (report.pulled, report.dead_letters) == (7, 0)
    assert await here.store.resources.counts() == {"Patient": 7}


async def test_a_page_that_expires_is_gone_on_from_the_last_one_taken_in(ehr: OddEHR, url: str, here: Site) -> None:
    for number in range(9):
        ehr.add(patient(f"p{number}"))
    ehr.expire_after = 2
    report = await here.sync(url, direction="pull", page_size=3, types=("Patient",), overlap=0)
    assert report.pulled == 9 and await here.store.resources.counts() == {"Patient": 9}
    starts = [address for _, address, _ in ehr.requests if "_lastUpdated=" in address]
    assert len(starts) == 1 and "_lastUpdated=ge2026-01-01T00%3A00%3A06.000Z" in starts[0]


async def test_without_last_updated_everything_is_read_and_only_news_written(ehr: OddEHR, url: str, here: Site) -> None:
    ehr.knows_last_updated = False
    for number in range(5):
        ehr.add(patient(f"p{number}"))
    assert (await here.sync(url, direction="pull", page_size=2)).pulled == 5
    ehr.add(patient("p3", gender="male"))
    report = await here.sync(url, direction="pull", page_size=2)
    assert (report.pulled, report.unchanged) == (1, 4)


async def test_without_versions_the_content_tells_what_changed(ehr: OddEHR, url: str, here: Site) -> None:
    ehr.versions = False
    ehr.add(patient("1"))
    await here.sync(url, direction="pull")
    ehr.add(patient("1"))  # touched, not changed
    assert (await here.sync(url, direction="pull")).pulled == 0
    ehr.add(patient("1", gender="male"))
    assert (await here.sync(url, direction="pull")).pulled == 1
    await here.edit("Patient", local_id("ehr", "Patient", "1"), gender="other")
    assert (await here.sync(url)).pushed == 1
    assert ehr.resources["Patient/1"]["gender"] == "other"


async def test_what_is_no_resource_is_set_aside_and_the_rest_taken_in(ehr: OddEHR, url: str, here: Site) -> None:
    ehr.add(patient("1"))
    twice = b'{"resourceType":"Patient","id":"2","gender":"male","gender":"female"}'
    ehr.raw = [b'{"id":"x"}', b'{"resourceType":"Patient"}', b'{"resourceType":"Patient","id":"a b"}', twice, b"17"]
    ehr.raw.append(b'{"gender":"xx","resourceType":"Patient","id":"odd","meta":{"source":["a"]}}')
    report = await here.sync(url, direction="pull", types=("Patient",))
    assert (report.pulled, report.dead_letters) == (2, 5)
    assert report.issues == report.findings.total() and any("Patient.gender" in one for one in report.findings)
    letters = await here.store.letters.newest("partner:ehr")
    assert {letter.payload for letter in letters} == set(ehr.raw[:5])
    assert {letter.reason for letter in letters} == {"unreadable"}
    assert await local(here, "Patient", "odd") is not None
    await here.sync(url, direction="pull", types=("Patient",))
    assert await here.store.letters.count("partner:ehr") == 5  # the same failure is the same letter


async def test_html_in_place_of_a_bundle_is_an_error_of_the_run_not_a_crash(ehr: OddEHR, url: str, here: Site) -> None:
    ehr.busy = [HTMLResponse("<h1>Maintenance</h1>")]
    ehr.add(observation("1"))
    partner = here.partner(url, direction="pull")
    async with Client(partner) as client:
        report = await pull(here.store, partner, client)
    assert report.errors == ["pull Patient: The partner's answer is not a FHIR Bundle in JSON."]
    assert report.pulled == 1  # the other type is not held up


async def test_a_busy_partner_is_given_the_time_it_asks_for(ehr: OddEHR, url: str, here: Site) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    ehr.busy = [Response(status_code=429, headers={"Retry-After": "7"}), HTMLResponse("", 503)]
    ehr.add(patient("1"))
    partner = here.partner(url, direction="pull", types=("Patient",))
    async with Client(partner, sleep=wait) as client:
        report = await pull(here.store, partner, client)
    assert report.pulled == 1 and waited[0] == 7 and 0 < waited[1] < 2


async def test_a_partner_that_stays_away_ends_the_run_and_keeps_the_place(ehr: OddEHR, url: str, here: Site) -> None:
    await here.put(patient("1"))
    ehr.busy = [HTMLResponse("", 503) for _ in range(3)]
    partner = here.partner(url, attempts=3)
    async with Client(partner, sleep=at_once) as client:
        report = await push(here.store, partner, client)
    assert not report.ok and report.pushed == 0
    assert (await here.sync(url, direction="push")).pushed == 1


async def test_a_next_link_to_another_server_is_not_followed(ehr: OddEHR, url: str, here: Site) -> None:
    for number in range(3):
        ehr.add(patient(f"p{number}"))
    stranger = OddEHR()
    async with serving(stranger.app) as elsewhere:
        ehr.next_override = f"{elsewhere}/fhir/Patient"
        partner = here.partner(url, types=("Patient",), direction="pull", page_size=2)
        async with Client(partner) as client:
            report = await pull(here.store, partner, client)
    assert "leaves" in report.errors[0] and stranger.requests == []


async def test_pages_that_go_round_in_circles_end_with_an_error(ehr: OddEHR, url: str, here: Site) -> None:
    for number in range(5):
        ehr.add(patient(f"p{number}"))
    ehr.next_override = "/fhir/Patient?context=-0&at=2"
    partner = here.partner(url, types=("Patient",), direction="pull", page_size=2)
    async with Client(partner) as client:
        report = await pull(here.store, partner, client)
    assert report.errors == ["pull Patient: the partner's pages go round in circles"]


@pytest.mark.parametrize("batches", [True, False])
async def test_pushing_with_and_without_batches(ehr: OddEHR, url: str, here: Site, batches: bool) -> None:
    ehr.takes_batches = batches
    for number in range(5):
        await here.put(observation(f"o{number}", "Patient/1"))
    await here.put(patient("1"))
    report = await here.sync(url, direction="push")
    assert (report.pushed, report.dead_letters) == (6, 0)
    [there] = [key for key in ehr.resources if key.startswith("Patient/")]
    measured = [one for key, one in ehr.resources.items() if key.startswith("Observation/")]
    assert [one["subject"]["reference"] for one in measured] == [there] * 5
    await here.edit("Patient", "1", gender="male")
    await here.remove("Observation", "o1")
    report = await here.sync(url, direction="push")
    assert (report.pushed, report.deleted, len(ehr.resources)) == (1, 1, 5)


async def test_a_partner_that_alters_what_it_stores_is_no_reason_to_write(ehr: OddEHR, url: str, here: Site) -> None:
    ehr.alters = True
    await here.put(patient("1"))
    await here.sync(url)
    head = await here.store.feed.head()
    report = await here.sync(url)
    assert (report.pulled, report.pushed, report.conflicts) == (0, 0, 0) and await here.store.feed.head() == head


async def test_a_refused_resource_does_not_hinder_others_and_can_be_replayed(ehr: OddEHR, url: str, here: Site) -> None:
    await here.put(patient("bad", gender="refused"))
    await here.put(observation("on-bad", "Patient/bad"))
    await here.put(patient("good"))
    report = await here.sync(url, direction="push")
    assert (report.pushed, report.dead_letters) == (1, 2)
    letters = {letter.key: letter for letter in await here.store.letters.newest("partner:ehr")}
    assert letters["push Patient/bad"].reason == "rejected"
    assert letters["push Observation/on-bad"].detail == "reference target Patient/bad not at partner"
    await here.edit("Patient", "bad", gender="male")
    again = await replay(here.store, here.partner(url))
    assert (again.pushed, again.dead_letters) == (2, 0) and await here.store.letters.count() == 0


async def test_a_reference_to_what_the_partner_cannot_have_becomes_logical_and_back(
    ehr: OddEHR, url: str, here: Site
) -> None:
    await here.put(patient("1"))
    await here.put(observation("2", encounter={"reference": "Encounter/9", "display": "ward 3"}))
    assert (await here.sync(url)).dead_letters == 1
    report: Report = await replay(here.store, here.partner(url, unknown_targets="logical"), "push Observation/2")
    assert report.pushed == 1
    [there] = [one for key, one in ehr.resources.items() if key.startswith("Observation/")]
    identifier = {"system": "urn:fhir-gateway:source", "value": "here/Encounter/9"}
    assert there["encounter"] == {"type": "Encounter", "display": "ward 3", "identifier": identifier}
    ehr.add({**there, "status": "amended"})
    await here.sync(url)
    [mine] = await here.all("Observation")
    assert mine["status"] == "amended" and mine["encounter"] == {"reference": "Encounter/9", "display": "ward 3"}


async def test_a_version_that_moved_at_the_partner_is_not_overwritten(ehr: OddEHR, url: str, here: Site) -> None:
    await here.put(patient("1"))
    await here.sync(url, direction="push")
    [key] = ehr.resources
    ehr.add({**ehr.resources[key], "gender": "female"})
    await here.edit("Patient", "1", gender="male")
    report = await here.sync(url, direction="push")
    assert (report.conflicts, report.dead_letters, report.pushed) == (1, 1, 0)
    assert ehr.resources[key]["gender"] == "female"


async def test_a_lost_answer_to_an_update_is_recognised_as_ours(ehr: OddEHR, url: str, here: Site) -> None:
    await here.put(patient("1"))
    await here.sync(url, direction="push")
    links = await here.store.links.by_local("ehr", [("Patient", "1")])
    await here.edit("Patient", "1", gender="male")
    await here.sync(url, direction="push")
    await here.store.links.put(links.values())  # as if we had died before writing the link
    await here.store.states.put("sync/ehr/push", {"seq": 1, "base_url": url})
    report = await here.sync(url, direction="push")
    assert (report.conflicts, report.pushed, report.unchanged) == (0, 0, 1)


async def test_a_part_of_a_resource_is_set_aside_until_all_of_it_comes(ehr: OddEHR, url: str, here: Site) -> None:
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    ehr.add(patient("1", birthDate="1950-02-03"))
    await here.sync(url, direction="pull")
    ehr.add({"resourceType": "Patient", "id": "1", "meta": {"tag": [tag]}})
    ehr.add({"resourceType": "Patient", "id": "2", "meta": {"tag": [tag]}})
    report = await here.sync(url, direction="pull")
    assert (report.pulled, report.dead_letters) == (0, 2)
    letters = await here.store.letters.newest("partner:ehr")
    assert {letter.key for letter in letters} == {"pull Patient/1", "pull Patient/2"}
    assert {(letter.reason, "SUBSETTED" in letter.detail) for letter in letters} == {("rejected", True)}
    kept = await local(here, "Patient", "1")
    assert kept is not None and b"1950-02-03" in kept.body and await local(here, "Patient", "2") is None
    ehr.add(patient("1", birthDate="1950-02-04"))
    await replay(here.store, here.partner(url, direction="pull"), "pull Patient/1")
    now = await local(here, "Patient", "1")
    assert now is not None and b"1950-02-04" in now.body
    assert [one.key for one in await here.store.letters.newest("partner:ehr")] == ["pull Patient/2"]

"""Scoring on the real store: from the feed, idempotent, retracting what was corrected, saying why where it cannot."""

import asyncio
from typing import Any

import pytest

from gateway import errors
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.risk import follow
from gateway.store import Store, Write
from tests.risk.make import AT, body, creatinine, liver, observation, patient, quantity, vitals


async def save(store: Store, *resources: Resource) -> None:
    await store.commit(*(Write(each["resourceType"], each["id"], each, "api") for each in resources))


class Scorer:
    """Hands the feed to the follower's function, from where it stopped."""

    def __init__(self, store: Store) -> None:
        self.store, self.seq = store, 0

    async def __call__(self) -> list[Resource]:
        while changes := await self.store.feed.after(self.seq, 500):
            await follow.score_changes(self.store, changes)
            self.seq = changes[-1].seq
        return await every(self.store, "RiskAssessment")


async def every(store: Store, type_: str) -> list[Resource]:
    """All live resources of a type that scoring wrote, oldest first."""
    changes = await store.feed.after(0, 10_000)
    ids = dict.fromkeys(each.id for each in changes if each.type == type_ and each.origin.startswith("risk:"))
    found = await store.resources.read_many((type_, id_) for id_ in ids)
    return [fhir_json.parse(each.body) for each in found.values() if not each.deleted]


@pytest.fixture
def score(store: Store) -> Scorer:
    return Scorer(store)


def statuses(assessments: list[Resource]) -> dict[str, str]:
    """Creatinine as said in the rationale -> status."""
    return {
        each["prediction"][0]["rationale"].split("From creatinine ")[1].split(" ")[0]: each["status"]
        for each in assessments
    }


async def reasons(store: Store, score: str, id_: str = "p1") -> Any:
    return await store.states.get(f"not-scored/{id_}/{score}")


async def test_changes_become_assessments_with_observation_provenance_and_device(store: Store, score: Scorer) -> None:
    await save(store, patient(), *vitals(), creatinine(), *liver(), *body())
    assert len(await score()) == 4
    counts = await store.resources.counts()
    assert (counts["RiskAssessment"], counts["Provenance"], counts["Device"]) == (4, 4, 4)
    assert len(await every(store, "Observation")) == 4
    assert {each.origin for each in await store.feed.after(0, 100) if each.type == "RiskAssessment"} == {
        "risk:news2",
        "risk:ckd-epi-2021",
        "risk:fib-4",
        "risk:bmi",
    }


async def test_scoring_again_writes_nothing(store: Store, score: Scorer) -> None:
    await save(store, patient(), *vitals(), creatinine())
    await score()
    before = await store.feed.head()
    await follow.score_changes(store, await store.feed.after(0, 500))
    await follow.score_patient(store, "p1")
    assert (await follow.score_all(store)).assessments == 0
    assert await store.feed.head() == before


async def test_two_scorers_at_once_leave_one_assessment(store: Store) -> None:
    await save(store, patient(), *vitals())
    await asyncio.gather(*(follow.score_patient(store, "p1") for _ in range(4)))
    changes = await store.feed.after(0, 100)
    assert sum(each.type == "RiskAssessment" for each in changes) == 1
    assert sum(each.type == "Provenance" for each in changes) == 1


async def test_the_basis_is_pinned_to_stored_versions(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine("2.0"))
    await save(store, creatinine("1.10"))
    (assessment,) = await score()
    basis = [each["reference"] for each in assessment["basis"]]
    assert basis[:2] == ["Patient/p1/_history/1", "Observation/crea/_history/2"]
    own = basis[2].removeprefix("Observation/").partition("/")[0]
    assert (await store.resources.vread("Observation", own, 1)) is not None


async def test_missing_inputs_are_recorded_and_forgotten_once_they_come(store: Store, score: Scorer) -> None:
    await save(store, patient(), *liver()[:2])
    assert await score() == []
    recorded = await reasons(store, "fib-4")
    assert recorded["reasons"] == ["platelets: not recorded"]
    assert recorded["missing"] == [{"input": "platelets", "text": "not recorded", "newest": None}]
    await save(store, liver()[2])
    assert len(await score()) == 1
    assert await reasons(store, "fib-4") is None


async def test_an_unchanged_reason_is_not_written_again(store: Store, score: Scorer) -> None:
    await save(store, patient(), *liver()[:2])
    await score()
    first = await reasons(store, "fib-4")
    await follow.score_patient(store, "p1")
    assert await reasons(store, "fib-4") == first


async def test_observations_may_come_before_their_patient(store: Store, score: Scorer) -> None:
    await save(store, creatinine())
    assert await score() == []
    await save(store, patient())
    assert len(await score()) == 1


async def test_a_corrected_value_amends_the_old_assessment_and_makes_a_new_one(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine("1.10"))
    await score()
    await save(store, creatinine("2.20", status="corrected"))
    assert statuses(await score()) == {"1.10": "amended", "2.20": "final"}
    assert sorted(each["status"] for each in await every(store, "Observation")) == ["amended", "final"]


@pytest.mark.parametrize("how", ["deleted", "entered in error", "moved", "made unreadable"])
async def test_a_withdrawn_value_puts_the_assessment_in_error(store: Store, score: Scorer, how: str) -> None:
    await save(store, patient(), patient("p2"), creatinine())
    await score()
    changed = {
        "deleted": None,
        "entered in error": creatinine(status="entered-in-error"),
        "moved": creatinine(subject={"reference": "Patient/p2"}),
        "made unreadable": {**creatinine(), "valueQuantity": {"value": 1.1}},
    }[how]
    await store.commit(Write("Observation", "crea", changed, "api"))
    found = {each["subject"]["reference"]: each["status"] for each in await score()}
    assert found["Patient/p1"] == "entered-in-error"
    assert found.get("Patient/p2") == ("final" if how == "moved" else None)
    assert await reasons(store, "ckd-epi-2021") is not None


async def test_a_retracted_assessment_that_is_right_again_is_final_again(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine("1.10"))
    await score()
    await save(store, creatinine("2.20"))
    await score()
    await save(store, creatinine("1.10"))
    assert statuses(await score()) == {"1.10": "final", "2.20": "amended"}


async def test_an_edit_that_leaves_the_value_alone_changes_no_score(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine())
    await score()
    await save(store, creatinine(note=[{"text": "seen"}]), patient(active=True))
    (assessment,) = await score()
    assert (assessment["status"], assessment["meta"]["versionId"]) == ("final", "1")


async def test_a_corrected_birth_date_or_sex_amends_what_used_it_and_nothing_else(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine(), *vitals())
    await score()
    await save(store, patient(birthDate="1960-05-02"))
    found = sorted((each["method"]["coding"][0]["code"], each["status"]) for each in await score())
    assert found == [("ckd-epi-2021", "amended"), ("ckd-epi-2021", "final"), ("news2", "final")]


async def test_one_batch_may_hold_a_value_and_its_correction(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine("1.10"))
    await score()
    await save(store, creatinine("2.20"))
    await save(store, creatinine("3.30"))
    assert statuses(await score()) == {"1.10": "amended", "3.30": "final"}


async def test_newer_observations_make_a_newer_assessment_and_keep_the_older(store: Store, score: Scorer) -> None:
    await save(store, patient(), *vitals("2026-11-22T03:00:00Z"))
    await score()
    await save(store, *({**each, "id": f"{each['id']}-2"} for each in vitals(AT)))
    found = await score()
    assert sorted((each["occurrenceDateTime"], each["status"]) for each in found) == [
        ("2026-11-22T03:00:00Z", "final"),
        (AT, "final"),
    ]


async def test_scores_do_not_score_themselves(store: Store, score: Scorer) -> None:
    await save(store, patient(), *body())
    await score()
    head = await store.feed.head()
    assert await follow.score_changes(store, await store.feed.after(score.seq - 5, 100)) is None
    assert await store.feed.head() == head


async def test_what_a_person_retracts_or_deletes_stays_so(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine(), *body())
    first, second = await score()
    await save(store, {**first, "status": "entered-in-error"})
    await store.commit(Write("RiskAssessment", second["id"], None, "api"))
    await score()
    await follow.score_patient(store, "p1")
    stored = await store.resources.read_many([("RiskAssessment", first["id"]), ("RiskAssessment", second["id"])])
    assert fhir_json.parse(stored["RiskAssessment", first["id"]].body)["status"] == "entered-in-error"
    assert stored["RiskAssessment", second["id"]].deleted


@pytest.mark.parametrize(
    "odd",
    [
        {"code": "2160-0"},
        {"code": {"coding": [{"system": "http://loinc.org", "code": ["2160-0"]}]}},
        {"subject": "Patient/p1"},
        {"valueQuantity": {"value": "1.1", "system": 7, "code": {}}},
        {"component": [7]},
        {"effectiveDateTime": 20261122},
        {"encounter": []},
    ],
)
async def test_no_shape_of_a_partners_resource_stops_the_scoring_of_others(store: Store, odd: dict[str, Any]) -> None:
    """Partners' copies are stored as they came, valid or not."""
    scorer = Scorer(store)
    await save(store, patient(), *vitals(), {**creatinine(), **odd})
    assert len(await scorer()) == 1
    await save(store, {**creatinine(), "note": [{"text": "repaired"}]})
    assert len(await scorer()) == 2


async def test_a_value_that_becomes_nonsense_retracts_what_rested_on_it(store: Store, score: Scorer) -> None:
    await save(store, patient(), creatinine())
    await score()
    await save(store, {**creatinine(), "effectiveDateTime": 7})
    assert [each["status"] for each in await score()] == ["entered-in-error"]
    assert (await store.letters.newest("risk"))[0].key == "Observation/crea"


async def test_a_deleted_patient_is_no_longer_explained(store: Store, score: Scorer) -> None:
    await save(store, patient(), *liver()[:2])
    await score()
    await store.commit(Write("Patient", "p1", None, "api"))
    await score()
    assert await store.states.starting_with("not-scored/p1/") == {}


async def test_an_unknown_patient_is_not_found(store: Store) -> None:
    with pytest.raises(errors.NotFound):
        await follow.score_patient(store, "nobody")


async def test_all_patients_are_scored_with_progress(store: Store) -> None:
    people = [patient(f"p{n}") for n in range(120)]
    pulses = [observation(f"o{n}", "8867-4", quantity("70", "/min"), of=f"p{n}") for n in range(120)]
    await save(store, *people, *pulses, *vitals(of="p7"))
    told: list[tuple[int, int]] = []
    tally = await follow.score_all(store, lambda done, total: told.append((done, total)))
    assert (tally.patients, tally.assessments, tally.without) == (120, 1, 479)
    assert told[-1] == (120, 120)


async def test_it_follows_the_feed_until_it_is_stopped(store: Store) -> None:
    stop = asyncio.Event()

    async def handle(changes: Any) -> None:
        await follow.score_changes(store, changes)
        if (await store.resources.counts()).get("RiskAssessment"):
            stop.set()

    await save(store, patient(), *vitals())
    await asyncio.wait_for(store.feed.follow("risk", handle, stop=stop), 30)
    assert (await store.resources.counts())["RiskAssessment"] == 1

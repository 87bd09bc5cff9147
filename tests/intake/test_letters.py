"""What was refused, tried again as it was meant."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.intake.report import ImportReport
from gateway.store import Store
from gateway.store.layout.records import Letter, Write
from tests.intake.conftest import Importer
from tests.intake.samples import PATIENT, bundle, entry, observation, version

WriteFile = Callable[..., Path]
StoredOf = Callable[[str], Awaitable[list[Resource]]]
LettersOf = Callable[[], Awaitable[list[Letter]]]
Again = Callable[[], Awaitable[ImportReport]]

URN = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
OTHER = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2d"
DOCTOR: Resource = {"resourceType": "Practitioner", "id": "d", "identifier": [{"system": "a", "value": "1"}]}


def needing_a_doctor() -> Resource:
    encounter = {
        "resourceType": "Encounter",
        "identifier": [{"system": "e", "value": "1"}],
        "status": "finished",
        "class": {"code": "AMB"},
        "participant": [{"individual": {"reference": "Practitioner?identifier=a|1"}}],
    }
    return bundle(
        "transaction",
        entry(URN, {"resourceType": "Patient"}, request={"method": "POST", "url": "Patient"}),
        entry(
            OTHER,
            {**encounter, "subject": {"reference": URN}},
            request={"method": "POST", "url": "Encounter", "ifNoneExist": "identifier=e|1"},
        ),
    )


async def test_a_refused_transaction_stays_whole(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, again: Again, store: Store
) -> None:
    path = write("tx.json", needing_a_doctor())
    report = await load(path)
    assert (report.stored, report.refused, [one.key for one in await letters()]) == (0, 2, [str(path)])
    report = await again()
    assert (report.refused, await stored("Patient"), await stored("Encounter")) == (2, [], [])
    await store.commit(Write("Practitioner", "d", DOCTOR, "api"))
    report = await again()
    (encounter,) = await stored("Encounter")
    assert (report.stored, await letters()) == (2, [])
    assert encounter["subject"]["reference"] == f"Patient/{URN[9:]}"
    assert encounter["participant"][0]["individual"]["reference"] == "Practitioner/d"


async def test_requests_keep_their_method_and_condition(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, again: Again, store: Store
) -> None:
    patch = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Patient.active"},
                    {"name": "value", "valueBoolean": True},
                ],
            }
        ],
    }
    file = bundle(
        "batch",
        {"request": {"method": "DELETE", "url": "Patient/3", "ifMatch": 'W/"1"'}},
        {"resource": patch, "request": {"method": "PATCH", "url": "Patient/2"}},
    )
    path = write("b.json", file)
    await load(path)
    assert [one.key for one in await letters()] == [f"{path}#Bundle.entry[{n}]" for n in (0, 1)]
    for id_ in ("2", "3"):
        await store.commit(Write("Patient", id_, {"resourceType": "Patient", "id": id_, "active": False}, "api"))
    report = await again()
    assert (report.deleted, report.stored, await letters()) == (1, 1, [])
    assert [(one["id"], one["active"]) for one in await stored("Patient")] == [("2", True)]


async def test_a_resource_is_stored_under_the_id_that_its_import_gave_it(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, again: Again, store: Store
) -> None:
    """As if the cause, here a validator that has since learnt better, had gone."""
    await load(write("a/p.json", PATIENT))
    file = bundle(
        "document",
        entry("urn:uuid:transient-1", {"resourceType": "Patient", "gender": "xx", "name": [{"family": "Bob"}]}),
        entry("urn:uuid:transient-2", observation("urn:uuid:transient-1")),
        identifier={"system": "s", "value": "1"},
    )
    await load(write("b/d.json", file))
    letter = next(one for one in await letters() if one.key.endswith("entry[0]"))
    mended = (letter.payload or b"").replace(b'"xx"', b'"male"')
    await store.letters.add(Letter("import", letter.key, letter.reason, letter.detail, mended))
    await again()
    bob = next(one for one in await stored("Patient") if one["name"][0]["family"] == "Bob")
    (result,) = await stored("Observation")
    assert result["subject"]["reference"] == f"Patient/{bob['id']}"


async def test_an_old_version_does_not_come_back_over_a_newer_one(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, again: Again, store: Store
) -> None:
    for stamped in (True, False):
        old, new = version("Old", 1), version("New", 2)
        old["resource"]["gender"] = "xx"
        for one in [] if stamped else [old, new]:
            one["response"].pop("lastModified")
            one["resource"].pop("meta")
        await load(write("h.json", bundle("history", new, old)))
        (letter,) = await letters()
        await mend(store, letter)
        report = await again()
        assert (report.stored, report.skipped, await letters()) == (0, 1, [])
        assert [one["name"][0]["family"] for one in await stored("Patient")] == ["New"]


async def mend(store: Store, letter: Letter) -> None:
    """Make the payload acceptable, at the time that the letter has."""
    mended = (letter.payload or b"").replace(b'"xx"', b'"male"')
    await store.database["letters"].update_one({"key": letter.key}, {"$set": {"payload": mended}})


async def test_what_cannot_be_read_stays(tmp_path: Path, load: Importer, letters: LettersOf, again: Again) -> None:
    lines = [
        b'{"resourceType":',
        b'{"resourceType":"Alien"}',
        b'{"resourceType":["Patient"]}',
        b'{"resourceType":"Bundle","type":"batch","entry":{}}',
        b'{"resourceType":"Bundle","type":"transaction","entry":[null]}',
        b'{"resourceType":"Bundle","type":"document","entry":{}}',
        b'{"resourceType":"Bundle","type":"history","entry":[5]}',
    ]
    (tmp_path / "x.ndjson").write_bytes(b"\n".join(lines))
    await load(tmp_path / "x.ndjson")
    report = await again()
    assert (report.refused, report.stored) == (7, 0)
    assert [one.attempts for one in await letters()] == [2] * 7


async def test_letters_of_partners_are_left_alone(again: Again, store: Store) -> None:
    letter = Letter("partner", "pull Patient/1", "conflict", "", fhir_json.dump(PATIENT), last=datetime.now(UTC))
    await store.letters.add(letter)
    report = await again()
    assert (report.stored, report.refused, await store.letters.count("partner")) == (0, 0, 1)


async def test_a_deletion_that_was_refused_is_a_deletion_again(
    write: WriteFile, load: Importer, stored: StoredOf, again: Again, store: Store
) -> None:
    await load(write("p.json", bundle("searchset", version("One", 1))))
    payload = bundle("history", {**version("", 2, "DELETE"), "fullUrl": "h"})
    await store.letters.add(Letter("import", "h.json#Bundle.entry[0]", "busy", "", fhir_json.dump(payload)))
    report = await again()
    assert (report.deleted, await stored("Patient")) == (1, [])

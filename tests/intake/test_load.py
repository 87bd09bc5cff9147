"""An import as a user sees it: what is stored afterwards, what the references lead to, what is told."""

import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.store import Store
from gateway.store.layout.records import Letter, Write
from tests.intake.conftest import Importer
from tests.intake.samples import COMPOSITION, PATIENT, bundle, entry, observation, version

URN = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
OTHER = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2d"
SHORTENED = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}

WriteFile = Callable[..., Path]
StoredOf = Callable[[str], Awaitable[list[Resource]]]
LettersOf = Callable[[], Awaitable[list[Letter]]]


def document(number: int, family: str, value: str, *, named: str = "urn:uuid:transient-1") -> Resource:
    """A laboratory's report with ids of no use to anybody else, as national systems send them."""
    composition = {**COMPOSITION, "section": [{"title": "r", "entry": [{"reference": "urn:uuid:transient-2"}]}]}
    patient = {"resourceType": "Patient", "name": [{"family": family}]}
    return bundle(
        "document",
        entry("urn:uuid:transient-0", composition),
        entry(named, patient),
        entry("urn:uuid:transient-2", observation(named, value)),
        identifier={"system": "http://lab.example", "value": f"R-{number}"},
        timestamp="2024-05-01T10:00:00Z",
    )


def families(patients: list[Resource]) -> set[str]:
    return {patient["name"][0]["family"] for patient in patients}


async def subjects(stored: StoredOf) -> dict[str, str]:
    """The value of each Observation -> the family name of the Patient it leads to."""
    patients = {f"Patient/{patient['id']}": patient["name"][0]["family"] for patient in await stored("Patient")}
    return {one["valueString"]: patients[one["subject"]["reference"]] for one in await stored("Observation")}


async def test_two_documents_with_the_same_transient_ids_stay_two(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    report = await load(
        write("ann.json", document(1, "Ann", "negative")), write("bob.json", document(2, "Bob", "positive"))
    )
    assert await subjects(stored) == {"negative": "Ann", "positive": "Bob"}
    assert (report.stored, report.refused) == (8, 0)


async def test_documents_in_one_file_after_the_other_stay_apart_too(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    for number, (family, value) in enumerate((("Ann", "negative"), ("Bob", "positive"))):
        await load(write("latest.json", document(number, family, value)))
    assert await subjects(stored) == {"negative": "Ann", "positive": "Bob"}


async def test_a_copy_of_a_document_in_another_folder_makes_no_doubles(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    await load(write("a/ann.json", document(1, "Ann", "negative")))
    report = await load(write("b/copy.json", document(1, "Ann", "negative")))
    assert (len(await stored("Patient")), len(await stored("Bundle")), report.unchanged) == (1, 1, 4)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_any_order_of_two_sources_keeps_every_resource_and_importing_again_changes_nothing(
    write: WriteFile, load: Importer, stored: StoredOf, order: tuple[int, ...]
) -> None:
    files = [
        write("a/doc.json", document(1, "Ann", "a1")),
        write("b/doc.json", document(1, "Bob", "b1")),
        write("a/set.json", searchset("http://a.example/fhir", "Cid", "a2")),
        write("b/set.json", searchset("http://b.example/fhir", "Dan", "b2")),
    ]
    for number in order:
        await load(files[number])
    assert await subjects(stored) == {"a1": "Ann", "b1": "Bob", "a2": "Cid", "b2": "Dan"}
    before = [await stored(type_) for type_ in ("Patient", "Observation", "Bundle", "Composition")]
    report = await load(*files)
    assert (report.stored, report.refused) == (0, 0)
    assert [await stored(type_) for type_ in ("Patient", "Observation", "Bundle", "Composition")] == before


def searchset(base: str, family: str, value: str) -> Resource:
    patient = {**PATIENT, "name": [{"family": family}]}
    return bundle(
        "searchset",
        entry(f"{base}/Patient/1", patient),
        entry(f"{base}/Observation/1", observation("Patient/1", value, id="1")),
    )


async def test_the_data_of_one_server_meets_wherever_its_files_lie(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    base = "http://a.example/fhir"
    other = bundle("searchset", entry(f"{base}:80/Patient/1".replace("/fhir:80", ":80/fhir"), PATIENT))
    results = bundle("searchset", entry(f"{base}/Observation/2", observation(f"{base}/Patient/1", "late", id="2")))
    await load(write("x/results.json", results))
    await load(write("y/patients.json", other), write("z/set.json", searchset("http://b.example/fhir", "Bob", "b")))
    assert await subjects(stored) == {"late": "Ann", "b": "Bob"}


async def test_files_of_a_folder_keep_their_ids_and_refer_to_each_other(
    write: WriteFile, load: Importer, store: Store
) -> None:
    write("export/Observation.ndjson", [observation("Patient/1", id="o1")])
    report = await load(write("export/Patient.ndjson", [PATIENT, {**PATIENT, "id": "2"}]).parent)
    assert (report.stored, report.refused, report.remarked) == (3, 0, {})
    result = await store.resources.read("Observation", "o1")
    assert result is not None and b'"subject":{"reference":"Patient/1"}' in result.body


async def test_a_changed_file_updates_what_it_brought(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    await load(write("p.json", PATIENT))
    await load(write("p.json", {**PATIENT, "name": [{"family": "Anne"}]}))
    assert [(one["id"], one["name"]) for one in await stored("Patient")] == [("1", [{"family": "Anne"}])]


async def test_files_of_two_folders_never_write_over_each_other(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    await load(write("a/p.json", PATIENT), write("a/o.json", observation("Patient/1", "a", id="o")))
    report = await load(
        write("b/p.json", {**PATIENT, "name": [{"family": "Bob"}]}),
        write("b/o.json", observation("Patient/1", "b", id="o")),
    )
    assert await subjects(stored) == {"a": "Ann", "b": "Bob"}
    assert list(report.remarked.values()) == [2]
    assert "new id" in next(iter(report.remarks))


async def test_a_named_source_is_one_source_in_all_its_folders(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    await load(write("a/p.json", PATIENT), source="north")
    await load(write("b/o.json", observation("Patient/1", "x", id="o")), source="north")
    await load(write("c/p.json", {**PATIENT, "name": [{"family": "Anne"}]}), source="north")
    assert await subjects(stored) == {"x": "Anne"}


async def test_what_the_gateway_already_has_is_never_written_over(
    write: WriteFile, load: Importer, stored: StoredOf, store: Store
) -> None:
    await store.commit(Write("Patient", "1", {**PATIENT, "name": [{"family": "Here"}]}, "api"))
    await load(write("p.json", PATIENT))
    assert families(await stored("Patient")) == {"Here", "Ann"}


async def test_results_find_the_patient_whom_the_gateway_already_has(
    write: WriteFile, load: Importer, stored: StoredOf, store: Store
) -> None:
    await store.commit(Write("Patient", "1", PATIENT, "api"))
    await load(write("o.json", observation("Patient/1", "x", id="o")))
    assert await subjects(stored) == {"x": "Ann"}


async def test_a_reference_never_leads_to_the_patient_of_another_source(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    await load(write("a/p.json", PATIENT))
    base = "http://b.example/fhir"
    await load(write("b.json", bundle("searchset", entry(f"{base}/Observation/1", observation("Patient/1", id="1")))))
    (result,) = await stored("Observation")
    assert result["subject"]["reference"] != "Patient/1"
    await load(write("c.json", bundle("searchset", entry(f"{base}/Patient/1", {**PATIENT, "name": [{"family": "B"}]}))))
    assert await subjects(stored) == {"v": "B"}


async def test_two_files_of_a_folder_that_contradict_each_other_keep_both_people(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf
) -> None:
    """Nobody can say whose result the third file holds."""
    write("ann.json", PATIENT)
    write("bob.json", {**PATIENT, "name": [{"family": "Bob"}]})
    report = await load(write("result.json", observation("Patient/1", id="o")).parent)
    assert families(await stored("Patient")) == {"Ann", "Bob"}
    assert await stored("Observation") == []
    assert (report.stored, report.refused) == (2, 1)
    assert [letter.reason for letter in await letters()] == ["ambiguous reference"]


async def test_the_same_uuid_means_the_same_resource_but_not_another_person(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    def report(family: str, birth_date: str, value: str, **more: Any) -> Resource:
        patient = {"resourceType": "Patient", "name": [{"family": family}], "birthDate": birth_date, **more}
        return bundle("collection", entry(URN, patient), entry(OTHER, observation(URN, value)))

    await load(write("1.json", report("Ann", "1980-01-01", "first")))
    await load(write("2.json", report("Anne", "1980-01-01", "second")))
    await load(write("3.json", report("Bob", "1990-12-31", "third")))
    assert await subjects(stored) == {"second": "Anne", "third": "Bob"}
    assert URN[9:] in {patient["id"] for patient in await stored("Patient")}


async def test_own_ids_come_before_full_urls_and_relative_references_find_them(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    file = bundle("collection", entry(URN, PATIENT), entry(OTHER, observation("Patient/1", id="o")))
    await load(write("c.json", file))
    assert [one["id"] for one in await stored("Patient") + await stored("Observation")] == ["1", "o"]
    assert await subjects(stored) == {"v": "Ann"}


@pytest.mark.parametrize(
    ("full_url", "reference"),
    [
        ("resource:0", "resource:0"),
        ("urn:oid:2.16.840.1.113883.19", "urn:oid:2.16.840.1.113883.19"),
        ("http://a.example/fhir/Patient/9", "http://a.example/fhir/Patient/9"),
        ("http://a.example/fhir/Patient/9", "Patient/9/_history/3"),
        ("http://a.example/docs/patient.json", "http://a.example/docs/patient.json"),
        ("http://a.example/fhir/Patient/9/", "Patient/9"),
        ("http://a.example/fhir/Patient/9", "http://a.example/fhir/Patient/9/"),
        (URN, f"{URN}/_history/2"),
        (URN, f"urn:uuid:{URN[9:].upper()}"),
        (f"urn:uuid:{URN[9:].upper()}", URN),
    ],
)
async def test_a_reference_equal_to_a_full_url_is_followed(
    write: WriteFile, load: Importer, stored: StoredOf, full_url: str, reference: str
) -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Ann"}]}
    result = entry("http://a.example/fhir/Observation/1", observation(reference))
    await load(write("c.json", bundle("collection", entry(full_url, patient), result)))
    assert await subjects(stored) == {"v": "Ann"}


async def test_a_full_url_that_does_not_show_the_id_is_followed_by_its_server(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    """https://hl7.org/fhir/R4/bundle.html#references: first the fullUrls, below the root of the entry's own."""
    root, bob = "http://a.example/fhir", {**PATIENT, "id": "2", "name": [{"family": "Bob"}]}
    results = [
        entry(f"{root}/Observation/a", observation("Patient/2", "relative")),
        entry(f"{root}/Observation/b", observation(f"{root}/Patient/2/_history/4", "absolute")),
        entry(f"{root}/Observation/c", observation("http://A.example:80/fhir/Patient/8", "spelled otherwise")),
        entry("urn:uuid:transient-1", observation("Patient/8", "without a server")),
        entry("urn:uuid:transient-2", observation("Patient/2", "by id")),
    ]
    file = bundle("collection", entry(f"{root}/Patient/2", PATIENT), entry(f"{root}/Patient/8", bob), *results)
    await load(write("c.json", file))
    told = {"relative": "Ann", "absolute": "Ann", "spelled otherwise": "Bob", "without a server": "Bob", "by id": "Bob"}
    assert await subjects(stored) == told


async def test_an_id_of_several_entries_never_means_somebody_who_is_here(
    write: WriteFile, load: Importer, stored: StoredOf, store: Store
) -> None:
    await store.commit(Write("Patient", "1", {**PATIENT, "name": [{"family": "Somebody"}]}, "api"))
    bob = {**PATIENT, "name": [{"family": "Bob"}]}
    file = bundle("collection", entry("urn:oid:1.2.3", PATIENT), entry("urn:oid:1.2.4", bob))
    file["entry"].append({"resource": observation("Patient/1")})
    await load(write("c.json", file))
    (kept,) = await stored("Observation")
    assert kept["subject"]["reference"] not in {f"Patient/{patient['id']}" for patient in await stored("Patient")}


async def test_references_inside_contained_resources_and_to_them(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "x"},
        "contained": [observation("urn:uuid:transient-1", id="in")],
        "result": [{"reference": "#in"}],
    }
    patient = {"resourceType": "Patient", "name": [{"family": "Ann"}]}
    await load(
        write("c.json", bundle("collection", entry("urn:uuid:transient-1", patient), entry("urn:uuid:r", report)))
    )
    ((kept,), (ann,)) = await stored("DiagnosticReport"), await stored("Patient")
    assert kept["contained"][0]["subject"]["reference"] == f"Patient/{ann['id']}"
    assert kept["result"] == [{"reference": "#in"}]


async def test_addresses_of_code_systems_and_extensions_stay_what_they_are(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    base = "http://h.example/fhir"
    extension = {"url": f"{base}/StructureDefinition/x", "valueString": "kept"}
    patient = {**PATIENT, "extension": [extension], "identifier": [{"system": f"{base}/Patient/9", "value": "1"}]}
    definition = {
        "resourceType": "CodeSystem",
        "id": "x",
        "url": f"{base}/CodeSystem/x",
        "status": "draft",
        "content": "not-present",
    }
    file = bundle("collection", entry(f"{base}/Patient/1", patient), entry(f"{base}/CodeSystem/x", definition))
    await load(write("c.json", file))
    (kept,) = await stored("Patient")
    assert (kept["extension"], kept["identifier"]) == (patient["extension"], patient["identifier"])


async def test_attachments_follow_their_binary(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    base = "http://h.example/fhir"
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "aGFsbG8="}
    reference = {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "content": [
            {"attachment": {"url": "Binary/b"}},
            {"attachment": {"url": f"{base}/Binary/b"}},
            {"attachment": {"url": f"{base}/Binary/elsewhere"}},
        ],
    }
    other = bundle("searchset", entry("http://other.example/Binary/b", {**binary, "data": "b3RoZXI="}))
    await load(write("other.json", other))
    file = bundle("searchset", entry(f"{base}/Binary/b", binary), entry(f"{base}/DocumentReference/d", reference))
    await load(write("d.json", file))
    (kept,) = await stored("DocumentReference")
    (ours,) = [one["id"] for one in await stored("Binary") if one["data"] == "aGFsbG8="]
    urls = [content["attachment"]["url"] for content in kept["content"]]
    assert ours != "b"
    assert urls == [f"Binary/{ours}", f"Binary/{ours}", f"{base}/Binary/elsewhere"]


async def test_a_document_is_kept_whole_beside_its_resources(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    file = document(1, "Ann", "negative") | {
        "signature": {"type": [{"code": "x"}], "when": "2024-05-01T10:00:00Z", "who": {"display": "Dr"}}
    }
    await load(write("d.json", file))
    (kept,) = await stored("Bundle")
    assert {name: value for name, value in kept.items() if name not in ("id", "meta")} == file


async def test_entries_of_one_bundle_with_one_id_are_told_apart_by_their_full_urls(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    bob = {**PATIENT, "name": [{"family": "Bob"}]}
    file = bundle("collection", entry(URN, PATIENT), entry(OTHER, bob), entry("urn:uuid:o", observation(OTHER)))
    await load(write("c.json", file))
    assert families(await stored("Patient")) == {"Ann", "Bob"}
    assert await subjects(stored) == {"v": "Bob"}


@pytest.mark.parametrize("as_lines", [True, False])
async def test_one_id_for_two_things_in_one_file_is_refused(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, as_lines: bool
) -> None:
    bob = {**PATIENT, "name": [{"family": "Bob"}]}
    if as_lines:
        report = await load(write("p.ndjson", [PATIENT, bob]))
    else:
        report = await load(write("p.json", bundle("collection", {"resource": PATIENT}, {"resource": bob})))
    assert families(await stored("Patient")) == {"Ann"}
    assert (report.stored, report.refused, [one.reason for one in await letters()]) == (1, 1, ["duplicate"])


async def test_an_id_that_is_not_valid_is_told(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    file = bundle(
        "collection", {"resource": {**PATIENT, "id": "a_b"}}, {"resource": observation("Patient/a_b", id="o")}
    )
    path = write("c.json", file)
    report = await load(path)
    assert await subjects(stored) == {"v": "Ann"}
    assert report.remarks == {"an id that is not valid was replaced": [f"{path}#Bundle.entry[0]"]}


async def test_a_history_ends_with_its_newest_version(write: WriteFile, load: Importer, store: Store) -> None:
    path = write("h.json", bundle("history", version("New", 3), version("Mid", 2), version("Old", 1, "POST")))
    await load(path)
    kept = await store.resources.history("Patient", "h")
    assert [b'"New"' in one.stored.body for one in kept.entries] == [True, False, False]
    assert b'"Old"' in kept.entries[2].stored.body
    report = await load(path)
    assert (report.stored, report.skipped, (await store.resources.history("Patient", "h")).total) == (0, 3, 3)


@pytest.mark.parametrize("stamped", [True, False])
async def test_a_history_deletes_and_nothing_older_revives(
    write: WriteFile, load: Importer, store: Store, stamped: bool
) -> None:
    versions = [version("", 3, "DELETE"), version("Two", 2), version("One", 1)]
    for one in [] if stamped else versions:
        one["response"].pop("lastModified")
        one.get("resource", {}).pop("meta", None)
    history = bundle("history", *versions)
    report = await load(write("h.json", history))
    assert (report.stored, report.deleted) == (2, 1)
    await load(write("h.json", history))
    await load(write("old.json", bundle("searchset", versions[1])))
    kept = await store.resources.read("Patient", "h")
    assert kept is not None and (kept.deleted, kept.version) == (True, 3)


async def test_what_came_back_after_a_deletion_is_there(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    await load(write("h.json", bundle("history", version("Back", 3), version("", 2, "DELETE"), version("One", 1))))
    assert families(await stored("Patient")) == {"Back"}


async def test_an_older_page_or_export_does_not_replace_a_newer_version(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    await load(write("page1.json", bundle("history", version("New", 3))))
    await load(write("page2.json", bundle("history", version("Old", 1))))
    report = await load(write("export.json", bundle("searchset", version("Mid", 2))))
    assert families(await stored("Patient")) == {"New"}
    assert report.skips == {"older than the version that is here": 1}


async def test_a_shortened_resource_is_a_letter_where_the_complete_one_is(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf
) -> None:
    short = bundle("searchset", entry("http://a.example/fhir/Patient/1", {**PATIENT, "name": [], "meta": SHORTENED}))
    short["entry"][0]["resource"].pop("name")
    full = bundle("searchset", entry("http://a.example/fhir/Patient/1", PATIENT))
    report = await load(write("a_short.json", short), write("b_full.json", full))
    assert (report.stored, report.refused) == (1, 1)
    assert [letter.reason for letter in await letters()] == ["SUBSETTED"]
    (kept,) = await stored("Patient")
    assert kept["name"] == PATIENT["name"]


@pytest.mark.parametrize("short_first", [True, False])
@pytest.mark.parametrize("form", ["files", "lines", "bundle", "history"])
async def test_the_complete_resource_beside_a_shortened_one_is_kept_whichever_comes_first(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, form: str, short_first: bool
) -> None:
    pair = [{"resourceType": "Patient", "id": "1", "meta": SHORTENED}, PATIENT]
    ordered = pair if short_first else pair[::-1]
    if form == "files":
        report = await load(*(write(f"{number}.json", one) for number, one in enumerate(ordered)))
    elif form == "lines":
        report = await load(write("p.ndjson", ordered))
    else:
        told = {"request": {"method": "PUT", "url": "Patient/1"}} if form == "history" else {}
        file = bundle(form if told else "collection", *({"resource": one} | told for one in ordered))
        report = await load(write("b.json", file))
    assert (report.stored, report.refused) == (1, 1)
    (kept,) = await stored("Patient")
    assert (kept["id"], kept["name"]) == ("1", PATIENT["name"])
    assert [letter.reason for letter in await letters()] == ["SUBSETTED"]


async def test_a_complete_resource_replaces_a_shortened_one(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    short = {"resourceType": "Patient", "id": "1", "meta": SHORTENED}
    await load(write("p.json", short))
    assert len(await stored("Patient")) == 1
    await load(write("p.json", PATIENT))
    (kept,) = await stored("Patient")
    assert kept["name"] == PATIENT["name"]


async def test_answers_of_servers_are_skipped_and_counted(write: WriteFile, load: Importer) -> None:
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    path = write("s.json", bundle("searchset", outcome, {"resource": PATIENT}))
    report = await load(path)
    assert (report.stored, report.skipped, report.files[str(path)].skipped) == (1, 1, 1)


async def test_letters_name_the_entry_of_the_file(write: WriteFile, load: Importer, letters: LettersOf) -> None:
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    wrong = {"resource": {**PATIENT, "gender": "xx"}}
    path = write("s.json", bundle("searchset", outcome, {}, wrong))
    await load(path)
    (letter,) = await letters()
    assert (letter.key, "Patient.gender" in letter.detail) == (f"{path}#Bundle.entry[2]", True)


async def test_a_corrected_file_takes_its_letters_back(write: WriteFile, load: Importer, letters: LettersOf) -> None:
    await load(write("p.json", {**PATIENT, "gender": "xx"}))
    assert len(await letters()) == 1
    await load(write("p.json", {**PATIENT, "gender": "female"}))
    assert await letters() == []


async def test_a_transaction_that_needs_a_later_file_is_tried_again(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    needs = {"participant": [{"individual": {"reference": "Practitioner?identifier=a|1"}}]}
    encounter = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, **needs}
    first = bundle("transaction", entry(URN, encounter, request={"method": "POST", "url": "Encounter"}))
    doctor = {"resourceType": "Practitioner", "identifier": [{"system": "a", "value": "1"}]}
    second = bundle("transaction", entry(OTHER, doctor, request={"method": "POST", "url": "Practitioner"}))
    report = await load(write("1/a.json", first), write("2/b.json", second))
    assert (report.stored, report.refused) == (2, 0)
    (kept,) = await stored("Encounter")
    assert kept["participant"][0]["individual"]["reference"] == f"Practitioner/{OTHER[9:]}"


async def test_a_posted_resource_is_the_same_each_time_and_nobody_elses(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    def posted(family: str) -> Resource:
        patient = {"resourceType": "Patient", "id": "1", "name": [{"family": family}]}
        return bundle(
            "transaction",
            entry("urn:uuid:p", patient, request={"method": "POST", "url": "Patient"}),
            entry("urn:uuid:o", observation("Patient/1", family), request={"method": "POST", "url": "Observation"}),
        )

    await load(write("p.json", {**PATIENT, "name": [{"family": "First"}]}))
    files = write("ann.json", posted("Ann")), write("bob.json", posted("Bob"))
    await load(*files)
    report = await load(*files)
    assert (report.stored, report.unchanged) == (0, 4)
    assert families(await stored("Patient")) == {"First", "Ann", "Bob"}
    assert await subjects(stored) == {"Ann": "Ann", "Bob": "Bob"}


async def test_entries_of_a_batch_find_each_other(write: WriteFile, load: Importer, stored: StoredOf) -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Ann"}]}
    file = bundle(
        "batch",
        entry("urn:uuid:p", patient, request={"method": "POST", "url": "Patient"}),
        entry(URN, observation("urn:uuid:p"), request={"method": "POST", "url": "Observation"}),
    )
    await load(write("b.json", file))
    assert await subjects(stored) == {"v": "Ann"}


@pytest.mark.parametrize("type_", ["transaction", "batch"])
async def test_a_put_of_a_file_does_not_write_over_another_source(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, again: Any, type_: str
) -> None:
    await load(write("a/p.json", PATIENT))
    put = {
        "resource": {**PATIENT, "name": [{"family": "Bob"}]},
        "request": {"method": "PUT", "url": "Patient/1"},
    }
    other = {
        "resource": {**PATIENT, "id": "2", "name": [{"family": "Two"}]},
        "request": {"method": "PUT", "url": "Patient/2"},
    }
    report = await load(write("b/tx.json", bundle(type_, put, other)))
    whole = type_ == "transaction"
    assert families(await stored("Patient")) == ({"Ann"} if whole else {"Ann", "Two"})
    assert (report.stored, report.refused) == ((0, 2) if whole else (1, 1))
    await again()
    (letter,) = await letters()
    assert (letter.reason, letter.attempts) == ("conflict", 2)
    assert families(await stored("Patient")) == ({"Ann"} if whole else {"Ann", "Two"})


@pytest.mark.parametrize("type_", ["transaction", "batch"])
async def test_puts_of_two_servers_do_not_write_over_each_other(
    write: WriteFile, load: Importer, stored: StoredOf, letters: LettersOf, type_: str
) -> None:
    def put(family: str, server: str) -> Path:
        patient, request = {**PATIENT, "name": [{"family": family}]}, {"method": "PUT", "url": "Patient/1"}
        return write(f"{family}/tx.json", bundle(type_, entry(f"{server}/Patient/1", patient, request=request)))

    await load(put("Ann", "http://a.example/fhir"))
    report = await load(put("Bob", "http://b.example/fhir"))
    assert (report.refused, families(await stored("Patient"))) == (1, {"Ann"})
    (letter,) = await letters()
    assert "Patient/1 belongs to another source, http://a.example/fhir" in letter.detail
    await load(put("Ann2", "http://a.example/fhir"))
    await load(write("c/o.json", observation("Patient/1", id="o")))
    assert await subjects(stored) == {"v": "Ann2"}
    exported = bundle("searchset", entry("http://a.example/fhir/Patient/1", {**PATIENT, "name": [{"family": "Ann3"}]}))
    await load(write("d/s.json", exported))
    assert families(await stored("Patient")) == {"Ann3"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_transaction_refers_to_the_patient_of_its_own_server(
    write: WriteFile, load: Importer, stored: StoredOf, order: tuple[int, ...]
) -> None:
    def exported(family: str, server: str) -> Resource:
        return bundle("searchset", entry(f"{server}/Patient/1", {**PATIENT, "name": [{"family": family}]}))

    post = {"request": {"method": "POST", "url": "Observation"}}
    result = entry("http://b.example/fhir/Observation/9", observation("Patient/1"), **post)
    files = [exported("Ann", "http://a.example/fhir"), exported("Bob", "http://b.example/fhir")]
    files.append(bundle("transaction", result))
    for number in order:
        await load(write(f"{number}/f.json", files[number]))
    assert await subjects(stored) == {"v": "Bob"}


async def test_a_transaction_of_a_server_finds_what_an_api_client_brought(
    write: WriteFile, load: Importer, stored: StoredOf, store: Store
) -> None:
    await store.commit(Write("Patient", "1", PATIENT, "api"))
    post = {"request": {"method": "POST", "url": "Observation"}}
    result = entry("http://b.example/Observation/9", observation("Patient/1"), **post)
    await load(write("tx.json", bundle("transaction", result)))
    assert await subjects(stored) == {"v": "Ann"}


async def test_a_put_finds_what_files_beside_it_refer_to_or_hold(
    write: WriteFile, load: Importer, stored: StoredOf
) -> None:
    put = entry("http://a.example/fhir/Patient/1", PATIENT, request={"method": "PUT", "url": "Patient/1"})
    files = write("a/tx.json", bundle("transaction", put)), write("a/p.json", PATIENT)
    await load(write("b/o.json", observation("Patient/1", id="o")))
    assert (await load(*files)).refused == 0
    assert (await load(*files)).refused == 0
    assert await subjects(stored) == {"v": "Ann"}


async def test_counts_by_file_type_and_reason_add_up(write: WriteFile, load: Importer) -> None:
    good = write("good.ndjson", [PATIENT, {**PATIENT, "id": "2"}])
    bad = write("bad.ndjson", [{"resourceType": "Alien"}, {**PATIENT, "id": "3", "gender": "xx"}])
    report = await load(good, bad)
    assert report.files[str(good)].json == {"stored": 2}
    assert report.files[str(bad)].json == {"refused": 2}
    assert (report.types, sum(report.reasons.values())) == ({"Patient": 2}, 2)

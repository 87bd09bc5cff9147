"""Sentences of https://hl7.org/fhir/R4/search.html that are easily overlooked, each with a search that hangs on it."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.store import Store
from tests.store.searching import Resource, found, ids, observation, patient, put

ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


def canonical(id_: str, url: str, version: str = "1.0", **content: Any) -> Resource:
    return {"resourceType": "ValueSet", "id": id_, "url": url, "version": version, "status": "draft", **content}


async def test_texts_sort_before_what_they_begin(store: Store) -> None:
    names = {"1": "Smithson", "2": "smith", "3": "Smith-Jones", "4": "Smith Adams", "5": "Şmiths"}
    await put(store, *(patient(id_, name=[{"family": name}]) for id_, name in names.items()))
    assert ids(await found(store, "Patient", "_sort=family")) == ["2", "4", "3", "5", "1"]
    assert ids(await found(store, "Patient", "_sort=-family")) == ["1", "5", "3", "4", "2"]


async def test_names_that_differ_in_case_alone_are_ordered_by_the_next_key(store: Store) -> None:
    await put(
        store,
        patient("1", name=[{"family": "Smith"}], birthDate="2001"),
        patient("2", name=[{"family": "SMITH"}], birthDate="2002"),
        patient("3", name=[{"family": "smith"}], birthDate="2000"),
    )
    assert ids(await found(store, "Patient", "_sort=family,birthdate")) == ["3", "1", "2"]


async def test_codes_are_sorted_by_themselves_whatever_parameter_keeps_them(store: Store) -> None:
    component = {"code": {"coding": [{"code": "b"}]}}
    plain = observation("2", "Patient/x", code="z")
    await put(store, observation("1", "Patient/x", code="c"), {**plain, "component": [component]})
    assert ids(await found(store, "Observation", "_sort=combo-code")) == ["2", "1"]


async def test_dates_are_sorted_by_their_beginning_both_ways(store: Store) -> None:
    for id_, period in (("1", {"start": "2020-01-01"}), ("2", {"start": "2021", "end": "2021-02"})):
        await put(store, {"resourceType": "Patient", "id": id_, "address": [], "deceasedDateTime": period["start"]})
        await put(store, {"resourceType": "EpisodeOfCare", "id": id_, "period": period})
    assert ids(await found(store, "EpisodeOfCare", "_sort=-date")) == ["2", "1"]
    assert ids(await found(store, "Patient", "_sort=-death-date")) == ["2", "1"]


async def test_a_number_of_any_length_equals_itself(store: Store) -> None:
    ucum = {"system": "http://unitsofmeasure.org", "code": "mg/dL"}
    await put(store, observation("1", "Patient/x", valueQuantity={"value": Decimal("80.51835611253527"), **ucum}))
    for value in ("80.51835611253527", "80.51835611253527|http://unitsofmeasure.org|mg/dL"):
        assert ids(await found(store, "Observation", f"value-quantity={value}")) == ["1"], value
        assert ids(await found(store, "Observation", f"value-quantity=ne{value}")) == [], value


async def test_tokens_that_are_strings_are_not_case_sensitive(store: Store) -> None:
    await put(store, canonical("1", "http://a/1", "1.0-Beta"), canonical("2", "http://a/2", "2"))
    for version in ("1.0-beta", "1.0-Beta", "1.0-BETA"):
        assert ids(await found(store, "ValueSet", f"version={version}")) == ["1"], version
        assert ids(await found(store, "ValueSet", f"version:not={version}")) == ["2"], version


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("url=http://a/one|1.0", ["1"]),
        ("url=http://a/one|2.0", ["2"]),
        ("url=http://a/one|3.0", []),
        ("url=http://a/one", ["1", "2"]),
        ("url=http://a/one|1.0,http://b/x", ["1", "3"]),
        ("url:below=http://a/o", ["1", "2"]),
        ("url:below=http://a/", ["1", "2"]),
        ("url:above=http://b/x/y/z", ["3"]),
        ("url:below=urn:oid:1.2", ["4"]),
        ("url:above=urn:oid:1.2.3", ["5"]),
    ],
)
async def test_addresses_with_versions_and_in_part(store: Store, query: str, expected: list[str]) -> None:
    await put(
        store,
        canonical("1", "http://a/one", "1.0"),
        canonical("2", "http://a/one", "2.0"),
        canonical("3", "http://b/x"),
        canonical("4", "urn:oid:1.2"),
        canonical("5", "urn:oid:1.2.3"),
    )
    assert sorted(ids(await found(store, "ValueSet", query))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("http://a/q", ["1", "2", "3", "4"]), ("http://a/q|1", ["2", "3"]), ("http://a/q|1.1", ["3"]), ("http://a", [])],
)
async def test_below_a_canonical_reference_are_its_versions(store: Store, value: str, expected: list[str]) -> None:
    for id_, version in (("1", ""), ("2", "|1.0"), ("3", "|1.1"), ("4", "|10")):
        answers = {"resourceType": "QuestionnaireResponse", "id": id_, "status": "completed"}
        await put(store, {**answers, "questionnaire": f"http://a/q{version}"})
    assert sorted(ids(await found(store, "QuestionnaireResponse", f"questionnaire:below={value}"))) == expected


async def test_below_a_mime_type_are_those_with_parameters(store: Store) -> None:
    for id_, type_ in (("1", "text/xml"), ("2", "text/xml; charset=UTF-8"), ("3", "text/xml-other")):
        content = [{"attachment": {"contentType": type_}}]
        await put(store, {"resourceType": "DocumentReference", "id": id_, "status": "current", "content": content})
    assert ids(await found(store, "DocumentReference", "contenttype=text/xml")) == ["1"]
    assert ids(await found(store, "DocumentReference", "contenttype:below=text/xml&_sort=_id")) == ["1", "2"]


async def test_codes_and_flags_have_the_system_that_they_imply(store: Store) -> None:
    await put(store, patient("1", gender="male", active=True), patient("2", active=False))
    gender, special = "http://hl7.org/fhir/administrative-gender", "http://hl7.org/fhir/special-values"
    assert ids(await found(store, "Patient", f"gender={gender}|male")) == ["1"]
    assert ids(await found(store, "Patient", f"gender={gender}|")) == ["1"]
    assert ids(await found(store, "Patient", f"active={special}|true")) == ["1"]
    assert ids(await found(store, "Patient", "active=http://other|true")) == []


async def test_a_timing_reaches_from_its_first_to_its_last_moment(store: Store) -> None:
    timing = {"event": ["2013-01-31", "2013-03-24"]}
    request = {"resourceType": "ServiceRequest", "id": "1", "status": "active", "intent": "order"}
    await put(store, {**request, "subject": {"reference": "Patient/x"}, "occurrenceTiming": timing})
    assert ids(await found(store, "ServiceRequest", "occurrence=eq2013")) == ["1"]
    assert ids(await found(store, "ServiceRequest", "occurrence=ap2013-02-01")) == ["1"]
    assert ids(await found(store, "ServiceRequest", "occurrence=2013-01")) == []


async def test_what_only_says_why_it_is_absent_is_missing(store: Store) -> None:
    await put(store, patient("1", name=[ABSENT], _birthDate=ABSENT, managingOrganization=ABSENT))
    await put(store, patient("2", name=[{"family": "F"}], birthDate="2000", managingOrganization={"display": "here"}))
    for name in ("name", "birthdate", "organization"):
        assert ids(await found(store, "Patient", f"{name}:missing=true")) == ["1"], name
        assert ids(await found(store, "Patient", f"{name}:missing=false")) == ["2"], name


async def test_a_contained_patient_is_a_patient(store: Store) -> None:
    contained = [{"resourceType": "Patient", "id": "p"}, {"resourceType": "Group", "id": "g"}]
    await put(store, {**observation("1", "#p"), "contained": contained[:1]})
    await put(store, {**observation("2", "#g"), "contained": contained[1:]})
    assert ids(await found(store, "Observation", "patient:missing=false")) == ["1"]
    assert ids(await found(store, "Observation", "patient:missing=true")) == ["2"]


async def test_a_patient_known_by_an_identifier_alone_is_not_missing(store: Store) -> None:
    identifier = {"identifier": {"system": "http://a", "value": "1"}}
    subjects: dict[str, Any] = {
        "1": identifier,
        "2": {**identifier, "type": "Patient"},
        "3": {**identifier, "type": "http://hl7.org/fhir/StructureDefinition/Patient"},
        "4": {**identifier, "type": "Group"},
        "5": {**identifier, "reference": "Group/1"},
        "6": {"display": "somebody"},
    }
    await put(store, *({**observation(id_, ""), "subject": one} for id_, one in subjects.items()))
    assert sorted(ids(await found(store, "Observation", "patient:missing=false"))) == ["1", "2", "3"]
    assert sorted(ids(await found(store, "Observation", "patient:missing=true"))) == ["4", "5", "6"]
    assert sorted(ids(await found(store, "Observation", "subject:missing=true"))) == []


async def test_a_canonical_reference_means_the_version_it_names(store: Store) -> None:
    for id_, version in (("a", "1"), ("b", "2-X")):
        await put(store, {"resourceType": "Questionnaire", "id": id_, "url": "http://a/q", "version": version})
    for id_, pointer in (("1", "http://a/q|1"), ("2", "http://a/q|2-X"), ("any", "http://a/q"), ("9", "http://a/q|9")):
        await put(store, {"resourceType": "QuestionnaireResponse", "id": id_, "questionnaire": pointer})
    kind, include = "QuestionnaireResponse", "_include=QuestionnaireResponse:questionnaire"
    for id_, names in (("1", ["a"]), ("2", ["b"]), ("any", ["a", "b"]), ("9", [])):
        page = await found(store, kind, f"_id={id_}&{include}")
        assert sorted(one.id for one in page.included) == names, id_
    for id_, pointing in (("a", ["1", "any"]), ("b", ["2", "any"])):
        page = await found(store, "Questionnaire", f"_id={id_}&_revinclude=QuestionnaireResponse:questionnaire")
        assert sorted(one.id for one in page.included) == pointing
        chained = await found(store, kind, f"questionnaire:Questionnaire._id={id_}")
        assert sorted(ids(chained)) == pointing
    for id_, names in (("1", ["a"]), ("any", ["a", "b"]), ("9", [])):
        page = await found(store, "Questionnaire", f"_has:QuestionnaireResponse:questionnaire:_id={id_}")
        assert sorted(ids(page)) == names, id_


async def test_of_a_versioned_reference_that_version_is_included(store: Store) -> None:
    for family in ("Before", "Now"):
        await put(store, {"resourceType": "Practitioner", "id": "d", "name": [{"family": family}]})
    for id_, version in (("1", "/_history/1"), ("2", "/_history/2"), ("3", "/_history/77"), ("4", "")):
        await put(store, patient(id_, generalPractitioner=[{"reference": f"Practitioner/d{version}"}]))
    for id_, names in (("1", [1]), ("2", [2]), ("3", [2]), ("4", [2]), ("1,4", [1, 2])):
        page = await found(store, "Patient", f"_id={id_}&_include=Patient:general-practitioner")
        assert sorted(one.version for one in page.included) == names, id_


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("family=carreno", ["1"]),
        ("family=quinones", ["1"]),
        ("name=Quiñones", ["1"]),
        ("name=quino", ["1"]),
        ("family:exact=Quinones", []),
        ("family=de heuvel", ["2"]),
        ("family=jones", ["3"]),
        ("family=smithjones", ["3"]),
        ("family=obrien", ["4"]),
        ("family=O’Brien", ["4"]),
        ("family:contains=hjon", ["3"]),
        ("family:exact=O'Brien", ["4"]),
        ("family:exact=OBrien", []),
        ("given=anna-maria", ["4"]),
        ("given=annamaria", ["4"]),
        ("given=maria", []),
        ("family=?", ["5"]),
        ("_filter=family eq quinones", []),
    ],
)
async def test_punctuation_is_ignored_and_family_names_have_parts(
    store: Store, query: str, expected: list[str]
) -> None:
    for id_, family in (("1", "Carreno Quinones"), ("2", "van de Heuvel"), ("3", "Smith-Jones"), ("5", "?")):
        await put(store, patient(id_, name=[{"family": family}]))
    await put(store, patient("4", name=[{"family": "O'Brien", "given": ["Anna-Maria"]}]))
    assert ids(await found(store, "Patient", query)) == expected


async def test_a_canonical_with_a_fragment_points_to_the_whole(store: Store) -> None:
    """https://hl7.org/fhir/R4/references.html#canonical: `#fragment` names a part of what is pointed to."""
    for id_, version in (("a", "1.0"), ("b", "2")):
        await put(store, {"resourceType": "Questionnaire", "id": id_, "url": "http://a/q", "version": version})
    for id_, pointer in (("1", "http://a/q|1.0#part"), ("2", "http://a/q|2#part"), ("any", "http://a/q#part")):
        await put(store, {"resourceType": "QuestionnaireResponse", "id": id_, "questionnaire": pointer})
    kind, include = "QuestionnaireResponse", "_include=QuestionnaireResponse:questionnaire"
    for value, expected in (
        ("http://a/q|1.0", ["1"]),
        ("http://a/q", ["1", "2", "any"]),
        ("http://a/q|1.0#part", ["1"]),
        ("http://a/q#part", ["any"]),
        ("http://a/q|1", []),
    ):
        assert sorted(ids(await found(store, kind, f"questionnaire={value}"))) == expected, value
    assert sorted(ids(await found(store, kind, "questionnaire:below=http://a/q|1"))) == ["1"]
    assert sorted(ids(await found(store, kind, "questionnaire.version=1.0"))) == ["1", "any"]
    for id_, names in (("1", ["a"]), ("2", ["b"]), ("any", ["a", "b"])):
        page = await found(store, kind, f"_id={id_}&{include}")
        assert sorted(one.id for one in page.included) == names, id_
        assert sorted(ids(await found(store, "Questionnaire", f"_has:{kind}:questionnaire:_id={id_}"))) == names

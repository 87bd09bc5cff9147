"""One code of several, and what follows from it."""

import itertools
from typing import Any

from gateway.mapping.quality.category import category
from gateway.mapping.quality.measure import observed
from gateway.mapping.quality.preferred import AS_SENT, Codes
from gateway.mapping.types.observation_views import types
from tests.mapping.quality.support import LOINC, concept, observation, read


def coding(code: str, system: str = LOINC, **more: Any) -> dict[str, Any]:
    return {"system": system, "code": code, **more}


def preferred(*codings: dict[str, Any]) -> str:
    """The same for every order of the codings."""
    found = {AS_SENT.preferred({"coding": list(order)}) for order in itertools.permutations(codings)}
    (only,) = found
    assert only is not None
    return f"{only.system}|{only.code}"


def test_loinc_goes_first_also_under_its_oid_and_repeated() -> None:
    local = coding("BUN", "urn:lab", userSelected=True)
    snomed = coding("105011006", "http://snomed.info/sct")
    oid = coding("3094-0", "urn:oid:2.16.840.1.113883.6.1", display="BUN SerPl-mCnc")
    assert preferred(local, snomed, oid, coding("3094-0", display="Urea nitrogen")) == f"{LOINC}|3094-0"
    assert preferred(local, snomed) == "http://snomed.info/sct|105011006"
    assert preferred(coding("A", "urn:b"), coding("B", "urn:a"), {"code": "C"}) == "urn:a|B"


def test_the_specific_code_goes_before_the_panel_and_the_vital_sign_before_its_variants() -> None:
    assert preferred(coding("8716-3"), coding("8867-4")) == f"{LOINC}|8867-4"
    assert preferred(coding("59408-5"), coding("2708-6")) == f"{LOINC}|2708-6"
    assert preferred(coding("3141-9"), coding("29463-7")) == f"{LOINC}|29463-7"
    assert preferred(coding("3141-9", userSelected=True), coding("29463-7")) == f"{LOINC}|3141-9"


def test_a_wrong_check_digit_is_no_loinc() -> None:
    assert preferred(coding("718-8"), coding("38082009", "http://snomed.info/sct")) == "http://snomed.info/sct|38082009"


def test_a_concept_without_codings_has_none() -> None:
    assert AS_SENT.preferred({"text": "K"}) is None and AS_SENT.preferred({"coding": [{"display": "K"}]}) is None


def test_a_map_of_local_codes_speaks_where_no_loinc_was_sent() -> None:
    codes = Codes({"urn:lab|K": "2823-3", "urn:lab|X": "not loinc", "urn:lab|Na": "2951-2"})
    found = codes.preferred(concept("K", system="urn:lab"))
    assert found is not None and (found.system, found.code, found.mapped) == (LOINC, "2823-3", True)
    sent = codes.preferred({"coding": [coding("K", "urn:lab"), coding("6298-4")]})
    assert sent is not None and sent.code == "6298-4" and not sent.mapped
    for unclear in (concept("X", system="urn:lab"), concept("K", "Na", system="urn:lab")):
        kept = codes.preferred(unclear)
        assert kept is not None and kept.system == "urn:lab"


def test_the_map_of_local_codes_reaches_every_view() -> None:
    with_map = types({"urn:lab|K": "2823-3"})
    bound = {type_.name: {name: lens.get for name, lens in type_.lenses.items()} for type_ in with_map}
    node = {
        **observation("0", "2.1", "mmol/L"),
        "code": concept("K", system="urn:lab"),
        "subject": {"reference": "a/b"},
    }
    node["effectiveDateTime"] = "2026-01-01T10:00:00Z"
    coded = {**node, "code": concept("2823-3")}
    assert bound["preferred"]["CodeableConcept"](node["code"], []) == {
        "system": LOINC,
        "code": "2823-3",
        "mapped": True,
    }
    assert bound["label"]["Observation"](node, [])["level"] == "critical-low"
    assert bound["measured"]["Observation"](node, [])["plausible"] is True
    assert bound["category"]["Observation"](node, []) == {"codes": ["laboratory"], "inferred": True}
    assert bound["fingerprint"]["Observation"](node, [])["near"] == read("fingerprint", coded)[0]["near"]


def test_a_category_is_kept_as_sent_and_inferred_only_where_none_was_sent() -> None:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    sent = {"code": concept("8867-4"), "category": [concept("exam", system=system), concept("LAB", system="urn:x")]}
    assert category(observed(sent, AS_SENT, {})) == {"codes": ["exam"]}
    local = {"code": concept("8867-4"), "category": [concept("LAB", system="urn:x"), {"text": "laboratory"}]}
    assert category(observed(local, AS_SENT, {})) == {"codes": ["vital-signs"], "inferred": True}
    assert category(observed({"code": concept("9999-9")}, AS_SENT, {})) is None

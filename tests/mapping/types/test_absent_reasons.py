"""Why elements have no value: told wherever the resource tells it."""

from typing import Any

import pytest

from gateway import shipped
from gateway.mapping import Mappings
from gateway.mapping.types.absent_reasons import MOST, URL, read
from gateway.mapping.values.lens import Notes

MASKED = {"extension": [{"url": URL, "valueCode": "masked"}]}


def absent(resource: Any) -> list[tuple[str, str]]:
    return [(one["path"], one["reason"]) for one in read(resource, []) or []]


def test_reasons_are_found_on_every_kind_of_element_at_any_depth() -> None:
    resource = {
        "resourceType": "Observation",
        "_issued": MASKED,
        "valueQuantity": MASKED,
        "component": [{"valueQuantity": {"_value": MASKED, "unit": "kg"}}, {"code": {"coding": [MASKED]}}],
        "performer": [{"display": "x"}, {"_reference": MASKED}],
        "note": [{"_text": MASKED}],
    }
    assert absent(resource) == [
        ("issued", "masked"),
        ("valueQuantity", "masked"),
        ("component[0].valueQuantity.value", "masked"),
        ("component[1].code.coding[0]", "masked"),
        ("performer[1].reference", "masked"),
        ("note[0].text", "masked"),
    ]


def test_items_of_a_list_of_primitives_keep_their_places() -> None:
    assert absent({"name": [{"given": [None, "Ann"], "_given": [MASKED, None]}]}) == [("name[0].given[0]", "masked")]


@pytest.mark.parametrize(
    "node",
    [
        {"valueQuantity": {"value": 1}},
        {"contained": [{"resourceType": "Patient", "_birthDate": MASKED}]},
        {"_birthDate": {"extension": [{"url": "http://example.org/other", "valueCode": "masked"}]}},
        {"_birthDate": {"extension": [{"url": URL}, "odd", {"url": URL, "valueCode": ["masked"]}]}},
    ],
)
def test_nothing_else_is_a_reason(node: dict[str, Any]) -> None:
    assert read(node, []) is None


def test_of_very_many_reasons_the_first_are_told() -> None:
    notes: Notes = []
    assert len(read({"name": [{"_family": MASKED}] * (MOST + 1)}, notes) or []) == MOST
    assert len(notes) == 1


def test_a_masked_value_reaches_the_document_and_is_no_duplicate_of_another() -> None:
    [projection] = Mappings.load(shipped.mappings()).get(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2020-01-01",
            "valueQuantity": MASKED,
        }
    )
    assert projection.document["absent_reasons"] == [{"path": "valueQuantity", "reason": "masked"}]
    assert "fingerprint" not in projection.document


def test_the_masked_value_of_an_extension_is_told_with_its_place() -> None:
    address = {"city": "x", "extension": [{"url": "urn:area", "valueQuantity": {"_value": MASKED}}]}
    resource = {"extension": [{"url": "urn:sex", "_valueCode": MASKED}], "address": [address]}
    assert absent(resource) == [
        ("extension[0].valueCode", "masked"),
        ("address[0].extension[0].valueQuantity.value", "masked"),
    ]

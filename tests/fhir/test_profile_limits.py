"""maxLength, minValue[x] and maxValue[x] on every type that can have them."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Issue
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, validate
from tests.fhir.profile_shapes import EXAMPLE, element, profile

UCUM = "http://unitsofmeasure.org"


def judged(path: str, resource: Resource, **asked: Any) -> list[Issue]:
    definition = profile("limited", resource["resourceType"], element(path, **asked))
    return validate(resource, profiles=Profiles([definition]), claimed=[EXAMPLE + "limited"])


def observed(**value: Any) -> Resource:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **value}


def mass(value: str | int, code: str = "g", **more: Any) -> dict[str, Any]:
    return {"value": Decimal(value), "system": UCUM, "code": code, **more}


def verdict(issues: list[Issue]) -> str:
    return {(): "kept", ("value",): "broken", ("not-supported",): "untold"}[tuple(one.code for one in issues)]


@pytest.mark.parametrize(
    ("limit", "value", "least", "greatest"),
    [
        (("Integer", 5), ("Integer", 4), "broken", "kept"),
        (("Integer", 5), ("Integer", 5), "kept", "kept"),
        (("Integer", 5), ("Integer", 6), "kept", "broken"),
        (("Date", "2000-01-01"), ("DateTime", "1999"), "broken", "kept"),
        (("DateTime", "2000-06-01"), ("DateTime", "2000"), "untold", "untold"),
        (("DateTime", "2000"), ("DateTime", "2000-06-01"), "kept", "kept"),
        (("DateTime", "2000-01-01"), ("DateTime", "2000-01-01T00:30:00+02:00"), "kept", "kept"),
        (("DateTime", "2000-01-01T10:00:00Z"), ("DateTime", "2000-01-01T10:30:00+01:00"), "broken", "kept"),
        (("DateTime", "2000-01-01T10:00:00Z"), ("DateTime", "2000-01-01"), "untold", "untold"),
        (("DateTime", "2000-01-01T10:00:00Z"), ("DateTime", "2000-01-02"), "kept", "broken"),
        (("Instant", "2000-01-01T10:00:00Z"), ("DateTime", "2000-01-01T09:59:59.999Z"), "broken", "kept"),
        (("Time", "10:00:00"), ("Time", "09:59:59.999"), "broken", "kept"),
        (("Time", "10:00:00.5"), ("Time", "10:00:00.50"), "kept", "kept"),
        (("Quantity", mass(1)), ("Quantity", mass(999, "mg")), "broken", "kept"),
        (("Quantity", mass(1)), ("Quantity", mass(1000, "mg")), "kept", "kept"),
        (("Quantity", mass(1)), ("Quantity", mass("1.0001", "g")), "kept", "broken"),
        (("Quantity", mass(1)), ("Quantity", mass(1, "g", comparator="<")), "broken", "kept"),
        (("Quantity", mass(1)), ("Quantity", mass(1, "g", comparator=">=")), "kept", "untold"),
        (("Quantity", mass(1)), ("Quantity", mass(1, "m")), "untold", "untold"),
        (("Quantity", mass(1)), ("Quantity", {"value": 0, "unit": "g"}), "untold", "untold"),
        (("Quantity", {"value": 1, "unit": "puffs"}), ("Quantity", {"value": 0, "unit": "puffs"}), "broken", "kept"),
        (("Quantity", mass(1)), ("Quantity", {"unit": "g"}), "kept", "kept"),
        (("Integer", 5), ("String", "4"), "untold", "untold"),
    ],
)  # fmt: skip
def test_limits_of_values(limit: tuple[str, Any], value: tuple[str, Any], least: str, greatest: str) -> None:
    resource = observed(**{"value" + value[0]: value[1]})
    assert verdict(judged("Observation.value[x]", resource, **{"minValue" + limit[0]: limit[1]})) == least
    assert verdict(judged("Observation.value[x]", resource, **{"maxValue" + limit[0]: limit[1]})) == greatest


@pytest.mark.parametrize(
    ("path", "limit", "resource", "where"),
    [
        ("Patient.birthDate", {"minValueDate": "1900-01-01"}, {"resourceType": "Patient", "birthDate": "1899-12-31"},
         "Patient.birthDate"),
        ("Patient.birthDate", {"maxValueDate": "2000"}, {"resourceType": "Patient", "birthDate": "2001"},
         "Patient.birthDate"),
        ("Patient.contact.telecom.rank", {"maxValuePositiveInt": 3},
         {"resourceType": "Patient", "contact": [{"telecom": [{"system": "fax", "value": "1", "rank": 4}]}]},
         "Patient.contact[0].telecom[0].rank"),
        ("Bundle.total", {"minValueUnsignedInt": 2}, {"resourceType": "Bundle", "type": "searchset", "total": 1},
         "Bundle.total"),
        ("Observation.valueQuantity.value", {"minValueDecimal": Decimal("0.5")}, observed(valueQuantity=mass("0.49")),
         "Observation.value.ofType(Quantity).value"),
        ("Observation.issued", {"maxValueInstant": "2000-01-01T00:00:00Z"}, observed(issued="2000-01-01T00:00:01Z"),
         "Observation.issued"),
    ],
)  # fmt: skip
def test_limits_hold_on_each_type_and_name_the_element(
    path: str, limit: dict[str, Any], resource: Resource, where: str
) -> None:
    (issue,) = judged(path, resource, **limit)
    assert (issue.severity, issue.code, issue.expression) == ("error", "value", where)


def test_a_limit_by_the_current_time_is_told() -> None:
    patient: Resource = {"resourceType": "Patient", "birthDate": "1990"}
    (issue,) = judged("Patient.birthDate", patient, minValueQuantity=mass(120, "a"))
    assert (issue.severity, issue.code) == ("warning", "not-supported")


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("Patient.name.family", lambda text: {"name": [{"family": text}]}),
        ("Patient.name.given", lambda text: {"name": [{"given": ["x", text]}]}),
        ("Patient.identifier.system", lambda text: {"identifier": [{"system": text}]}),
        ("Patient.id", lambda text: {"id": text}),
        ("Patient.language", lambda text: {"language": text}),
    ],
)
def test_characters_are_counted_in_every_kind_of_text(path: str, of: Any) -> None:
    assert judged(path, {"resourceType": "Patient", **of("abcde")}, maxLength=5) == []
    (issue,) = judged(path, {"resourceType": "Patient", **of("abcdef")}, maxLength=5)
    assert (issue.severity, issue.code) == ("error", "value")
    assert "6 characters" in issue.text


def test_characters_are_no_bytes() -> None:
    names = {"name": [{"family": "ÄÖÜ李𝔘"}]}
    assert judged("Patient.name.family", {"resourceType": "Patient", **names}, maxLength=5) == []

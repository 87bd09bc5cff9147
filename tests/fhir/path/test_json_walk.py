"""What is walked straight on the JSON gives what the general way through nodes and closures gives."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir import path, r4
from gateway.fhir.path.json_walk import walk_of
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "suites" / "fhirpath" / "inputs"

SEARCH = sorted(
    {(base, p.expression) for base, found in r4.search_parameters().items() for p in found.values() if p.expression}
)
OTHERS = [
    ("Observation", "value"),
    ("Observation", "value.ofType(Quantity).value"),
    ("Observation", "(value as Quantity).code | (value as Range).low.code | value.ofType(Range).low.code"),
    ("Observation", "value.text"),
    ("Observation", "value.coding.code.value"),
    ("Observation", "(value as Element)"),
    ("Observation", "extension.value | extension.extension.value.ofType(code)"),
    ("Observation", "extension('u').value.ofType(string) | component.extension('u')"),
    ("Observation", "effective | issued | effective.ofType(Period).start"),
    ("Observation", "subject.where(resolve() is Patient) | performer.where(resolve() is Practitioner)"),
    ("Observation", "contained | contained.id"),
    ("Observation", "component.value | value"),
    ("Observation", "(component.code | code) | (code | component.code)"),
    ("Observation", "status.id | status.extension | id.extension.url"),
    ("Observation", "$this | Observation | Resource | DomainResource.text"),
    ("Patient", "birthDate.extension('u').value | name.given | name.given.extension | name.family"),
    ("Patient", "Patient.deceased | deceased.ofType(boolean) | multipleBirth"),
    ("Patient", "generalPractitioner.where(resolve() is Organization)"),
    ("Bundle", "entry.resource | entry.resource.id | entry.fullUrl"),
    ("Location", "Location.position.longitude | position.latitude"),
]
SCALARS = {
    "boolean": st.booleans(),
    "decimal": st.sampled_from([1, Decimal("1.0"), Decimal("1.00"), 1.5]),
    "integer": st.integers(-2, 2),
    "positiveInt": st.integers(1, 3),
    "unsignedInt": st.integers(0, 3),
    "dateTime": st.sampled_from(["2020", "2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00"]),
}
TEXTS = st.sampled_from(["u", "g", "mg", "http://unitsofmeasure.org", "Patient/1", "Organization/1", "#a", "#"])
ODD = st.sampled_from([None, True, 1, 1.0, "x", [], {}, [[{}]], [None], {"resourceType": "Patient", "id": "a"}])


@st.composite
def elements(draw: st.DrawFn, type_: str, words: frozenset[str], depth: int = 4) -> Any:
    """JSON of a type in which the elements named by `words` are likely, and now and then not what they should be."""
    definition = r4.types()[type_]
    if depth == 0 or draw(st.integers(0, 25)) == 0:
        return draw(ODD)
    if definition.kind == "primitive":
        return draw(SCALARS.get(type_, TEXTS))
    found: dict[str, Any] = {}
    names = [name for name in definition.elements if name in words] + [draw(st.sampled_from(list(definition.elements)))]
    for name in dict.fromkeys(names):
        element = definition.elements[name]
        places = fields(type_, name)
        for place in draw(st.lists(st.sampled_from(places), max_size=2, unique_by=str) if places else st.just(())):
            inner = elements(place.type, words, depth - 1) if not place.resource else resources(words, depth - 1)
            found[place.key] = draw(st.lists(inner, max_size=3) if element.many else inner)
            if place.primitive and not draw(st.integers(0, 4)):
                found["_" + place.key] = draw(st.sampled_from([{"id": "i", "extension": [{"url": "u"}]}, [None, {}]]))
    return found


@st.composite
def resources(draw: st.DrawFn, words: frozenset[str], depth: int) -> Any:
    type_ = draw(st.sampled_from(["Patient", "Organization"]))
    body = draw(elements(type_, words, depth))
    return {"resourceType": type_, "id": "a", **body} if isinstance(body, dict) else body


def by_the_general_way(expression: path.Expression, resource: Any) -> list[tuple[str, Any]]:
    """A variable, even one that the expression does not read, is nothing for the straight way."""
    return expression.typed(resource, unread=1)


def shown(found: list[tuple[str, Any]]) -> str:
    """1, True and 1.0 are equal in Python."""
    return repr(found)


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize(("type_", "expression"), OTHERS)
def test_both_ways_give_the_same(type_: str, expression: str, data: st.DataObject) -> None:
    _compare(type_, expression, data)


@given(st.data(), st.sampled_from(SEARCH))
def test_both_ways_give_the_same_of_every_search_parameter(data: st.DataObject, search: tuple[str, str]) -> None:
    _compare(*search, data)


def _compare(type_: str, expression: str, data: st.DataObject) -> None:
    words = frozenset(re.findall(r"\w+", expression))
    body = data.draw(elements(type_, words))
    resource = {**body, "resourceType": type_} if isinstance(body, dict) else body
    compiled = path.compile(expression)
    expected = by_the_general_way(compiled, resource)
    assert shown(compiled.typed(resource)) == shown(expected)
    assert compiled(resource) == [value for _, value in expected]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the FHIRPath suite is not beside the project")
def test_both_ways_give_the_same_on_the_examples_of_hl7() -> None:
    for file in sorted(EXAMPLES.glob("*.json")):
        resource = json.loads(file.read_text(), parse_float=Decimal)
        for base, text in SEARCH:
            if base in (resource["resourceType"], "Resource", "DomainResource"):
                expression = path.compile(text, resource["resourceType"])
                found = expression.typed(resource)
                assert shown(found) == shown(by_the_general_way(expression, resource))
                assert expression.yields is None or {kind for kind, _ in found} <= expression.yields


def test_an_element_is_walked_from_the_type_the_caller_says() -> None:
    name = {"family": "Chalmers", "given": ["Peter"]}
    assert path.compile("family", "HumanName")(name) == ["Chalmers"]
    assert path.compile("given").typed(name, type="HumanName") == [("string", "Peter")]
    assert path.compile("family", "HumanName")(name, type="Address") == []


def test_a_resource_names_its_type_itself() -> None:
    expression = path.compile("Patient.active", "Patient")
    assert expression({"resourceType": "Patient", "active": True}, type="Group") == [True]
    assert expression({"resourceType": "Group", "active": True}) == []
    assert expression({"resourceType": ["Patient"], "active": True}) == [True]


def test_nearly_all_search_parameters_are_walked_straight() -> None:
    straight = [walk_of(parse(text), base) for base, text in SEARCH if base not in ("Resource", "DomainResource")]
    assert sum(walk is not None for walk in straight) > 0.95 * len(straight)

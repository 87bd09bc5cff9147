import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.fhir import r4
from gateway.fhir.references import Ref, parse_reference, references, rewrite, searched_type, target_type


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Patient/1", Ref("Patient", "1")),
        ("Patient/a.b-C/_history/2", Ref("Patient", "a.b-C", "2")),
        ("http://x.org/fhir/Patient/1", Ref("Patient", "1", None, "http://x.org/fhir")),
        ("https://x.org:443/Patient/1/_history/v2", Ref("Patient", "1", "v2", "https://x.org:443")),
        ("#p1", None),
        ("urn:uuid:0b4f1b4e-0000-4000-8000-000000000000", None),
        ("Patient?identifier=1", None),
        ("Patient/", None),
        ("Patient", None),
        ("Unknown/1", None),
        ("Resource/1", None),
        ("Patient/a_b", None),
        ("Patient/1/", None),
        ("Patient/1#x", None),
        ("/Patient/1", None),
        ("Patient/1\n", None),
        ("Patient/" + "1" * 65, None),
    ],
)
def test_a_literal_reference_is_taken_apart(text: str, parts: Ref | None) -> None:
    assert parse_reference(text) == parts


@pytest.mark.parametrize(
    ("reference", "searched", "told"),
    [
        ("Patient?identifier=1", "Patient", "Patient"),
        ("Patient?identifier=http://a.example/Group/1|2", "Patient", "Patient"),
        ("Patient/1", None, "Patient"),
        ("http://a.example/fhir/Patient/1", None, "Patient"),
        ("Foo?x=1", None, None),
        ("http://a.example/?x=1", None, None),
        ("Patient?", None, None),
        ("urn:uuid:0b4f1b4e-0000-4000-8000-000000000000", None, None),
    ],
)
def test_a_reference_tells_its_type_by_id_or_by_search(reference: str, searched: str | None, told: str | None) -> None:
    assert (searched_type(reference), target_type(reference)) == (searched, told)


RESOURCE = {
    "resourceType": "CarePlan",
    "text": {"div": '<div><a href="urn:uuid:1">x</a><img alt="a" src=\'urn:uuid:2\'/><p>urn:uuid:1</p></div>'},
    "contained": [{"resourceType": "Observation", "id": "o", "subject": {"reference": "urn:uuid:1"}}],
    "extension": [
        {"url": "urn:uuid:9", "valueReference": {"reference": "urn:uuid:2"}},
        {"url": "x", "valueUri": "urn:uuid:1"},
    ],
    "identifier": [{"system": "urn:uuid:1", "value": "urn:uuid:1"}],
    "instantiatesCanonical": ["urn:uuid:1"],
    "instantiatesUri": ["urn:uuid:1", "urn:uuid:3"],
    "_status": {"extension": [{"url": "x", "valueReference": {"reference": "urn:uuid:1"}}]},
    "subject": {"reference": "urn:uuid:1", "display": "urn:uuid:1"},
    "activity": [{"reference": {"reference": "urn:uuid:2"}}, {"detail": {"description": "urn:uuid:1"}}],
    "unknown": {"reference": "urn:uuid:1"},
}


def test_every_reference_is_found_with_its_path() -> None:
    assert dict(references(RESOURCE)) == {
        "CarePlan.contained[0].subject.reference": "urn:uuid:1",
        "CarePlan.extension[0].valueReference.reference": "urn:uuid:2",
        "CarePlan._status.extension[0].valueReference.reference": "urn:uuid:1",
        "CarePlan.subject.reference": "urn:uuid:1",
        "CarePlan.activity[0].reference.reference": "urn:uuid:2",
    }


def test_links_are_rewritten_where_the_transaction_rules_say_and_nowhere_else() -> None:
    before = copy.deepcopy(RESOURCE)
    after = rewrite(RESOURCE, {"urn:uuid:1": "Patient/1", "urn:uuid:2": "Group/2"}.get)
    assert before == RESOURCE
    assert after == RESOURCE | {
        "text": {"div": '<div><a href="Patient/1">x</a><img alt="a" src="Group/2"/><p>urn:uuid:1</p></div>'},
        "contained": [{"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/1"}}],
        "extension": [
            {"url": "urn:uuid:9", "valueReference": {"reference": "Group/2"}},
            {"url": "x", "valueUri": "Patient/1"},
        ],
        "identifier": [{"system": "Patient/1", "value": "urn:uuid:1"}],
        "instantiatesUri": ["Patient/1", "urn:uuid:3"],
        "_status": {"extension": [{"url": "x", "valueReference": {"reference": "Patient/1"}}]},
        "subject": {"reference": "Patient/1", "display": "urn:uuid:1"},
        "activity": [{"reference": {"reference": "Group/2"}}, {"detail": {"description": "urn:uuid:1"}}],
    }


def test_a_link_in_the_narrative_is_read_and_written_escaped() -> None:
    seen: list[str] = []
    div = '<div><a href="Patient?a=1&amp;b=2">x</a></div>'
    after = rewrite({"resourceType": "Patient", "text": {"div": div}}, lambda link: seen.append(link) or "x?a&b")
    assert seen == ["Patient?a=1&b=2"]
    assert after["text"]["div"] == '<div><a href="x?a&amp;b">x</a></div>'


def test_the_entries_of_a_bundle_are_walked() -> None:
    group = {"resourceType": "Group", "managingEntity": {"reference": "a"}}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": group}]}
    assert list(references(bundle)) == [("Bundle.entry[0].resource.managingEntity.reference", "a")]


@pytest.mark.parametrize("resource", [{}, {"resourceType": 1}, {"resourceType": "Nope", "subject": {"reference": "x"}}])
def test_what_is_no_known_resource_has_no_references(resource: dict[str, object]) -> None:
    assert list(references(resource)) == []
    assert rewrite(resource, lambda _: "y") == resource


@pytest.mark.parametrize("subject", ["text", 1, None, [], {"reference": 5}, [{"reference": "Patient/1"}]])
def test_invalid_shapes_are_passed_over(subject: object) -> None:
    resource = {"resourceType": "Observation", "subject": subject}
    list(references(resource))
    assert rewrite(resource, lambda _: None) == resource


def test_what_holds_no_replaced_link_is_shared_and_all_the_rest_is_new() -> None:
    resource = {"resourceType": "Patient", "name": [{"family": "x"}], "link": [{"other": {"reference": "Patient/1"}}]}
    assert rewrite(resource, lambda _: None) is resource
    after = rewrite(resource, lambda _: "Patient/2")
    assert after["name"] is resource["name"]
    assert after["link"] is not resource["link"]
    assert list(after) == list(resource)


LINKS = re.compile(r'((?:href|src)=")([^"]*)')


def plainly(value: Any, type_: str, known: dict[str, str]) -> Any:
    """The oracle: rewrite() as the definitions spell it, every element looked up and everything copied."""
    if isinstance(value, list):
        return [plainly(item, type_, known) for item in value]
    if isinstance(value, str):
        if type_ in ("uri", "url", "reference"):
            return known.get(value, value)
        return LINKS.sub(lambda one: one[1] + known.get(one[2], one[2]), value) if type_ == "xhtml" else value
    if not isinstance(value, dict):
        return value
    type_ = str(value.get("resourceType")) if type_ in ("Resource", "") else type_
    return {key: plainly(child, type_below(type_, key), known) for key, child in value.items()}


def type_below(type_: str, key: str) -> str:
    if (type_, key) == ("Reference", "reference"):
        return "reference"
    for name, element in r4.types()[type_].elements.items() if type_ in r4.types() else ():
        for code in element.types:
            written = name + code[0].upper() + code[1:] if element.choice else name
            if key == written:
                return code
            if key == "_" + written and r4.types()[code].kind == "primitive":
                return "Element"
    return "nothing"


TEXTS = some.sampled_from(["a", "b", "urn:uuid:1", "http://loinc.org", '<p>a</p><a href="a">b</a><img src="c"/>'])
SHAPES = some.sampled_from(sorted(name for name, type_ in r4.types().items() if type_.kind == "resource"))


@some.composite
def objects(draw: Any, type_: str, depth: int = 0) -> dict[str, Any]:
    """Some elements of a type, their extensions, and now and then a value of the wrong shape."""
    elements = r4.types()[type_].elements
    names = draw(some.lists(some.sampled_from(sorted(elements)), max_size=5 if depth < 4 else 1, unique=True))
    value: dict[str, Any] = {"resourceType": type_} if r4.types()[type_].kind == "resource" else {}
    for name in names:
        code = draw(some.sampled_from(elements[name].types))
        key = name + code[0].upper() + code[1:] if elements[name].choice else name
        one = draw(values(code, depth))
        value[key] = [one, draw(values(code, depth))] if elements[name].many else one
        if r4.types()[code].kind == "primitive" and draw(some.integers(0, 3)) == 0:
            value["_" + key] = draw(objects("Element", depth + 1))
    return value


@some.composite
def values(draw: Any, code: str, depth: int) -> Any:
    kind = r4.types()[code].kind
    if kind == "primitive" or depth > 6 or draw(some.integers(0, 30)) == 0:
        return draw(TEXTS | some.none() | some.integers()) if draw(some.integers(0, 9)) == 0 else draw(TEXTS)
    return draw(objects(draw(SHAPES) if kind == "resource" else code, depth + 1))


@given(SHAPES.flatmap(objects), some.dictionaries(TEXTS, some.sampled_from(["x", "y", ""]), max_size=3))
def test_rewriting_gives_what_a_plain_walk_over_the_definitions_gives(resource: Any, known: dict[str, str]) -> None:
    before = copy.deepcopy(resource)
    assert rewrite(resource, known.get) == plainly(resource, "Resource", known)
    assert resource == before

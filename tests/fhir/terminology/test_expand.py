"""What a value set has: all of it (members) and one code (find) must say the same."""

import itertools
from typing import Any

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.fhir.terminology import ValueSet, base
from tests.fhir.terminology.made import ANIMALS, animals, concept, filtered, include, system, value_set

Json = dict[str, Any]
ALL = ["animal", "mammal", "dog", "cat", "bat", "bird", "eagle", "dodo", "flier"]
OTHER = "http://example.org/CodeSystem/other"


def codes(wanted: Json, *known: Json) -> list[str]:
    """The codes of `wanted`, after both ways of telling were compared for every code of the animals."""
    terminology = base().extended([animals(), *known])
    made = ValueSet.of(wanted)
    found = [one.code for one in terminology.expand(made)]
    for code in ALL:
        assert (terminology.find(made, ANIMALS, code) is not None) == (code in found), code
    return found


def test_a_whole_system_and_the_concepts_named() -> None:
    assert codes(value_set(include())) == ALL
    assert codes(value_set(include(ANIMALS, "cat", "dog"))) == ["cat", "dog"]
    assert codes(value_set(include(ANIMALS, "cat"), include(ANIMALS, "cat", "dog"))) == ["cat", "dog"]


UNICORN = value_set(include(ANIMALS, "unicorn", "dog", "DOG"))


def is_member(wanted: Json, code: str, *known: Json) -> bool:
    terminology = base().extended(known)
    made = ValueSet.of(wanted)
    found = terminology.find(made, ANIMALS, code) is not None
    assert found == (code in [one.code for one in terminology.expand(made)])
    return found


def test_a_listed_code_that_a_complete_system_lacks_is_no_member() -> None:
    assert [is_member(UNICORN, code, animals()) for code in ("unicorn", "dog", "DOG")] == [False, True, False]
    nested = value_set({"valueSet": [UNICORN["url"]]}, name="nested")
    assert [is_member(nested, code, animals(), UNICORN) for code in ("unicorn", "dog")] == [False, True]
    assert is_member(UNICORN, "DOG", animals(caseSensitive=False))


@pytest.mark.parametrize("content", ["fragment", "example", "not-present"])
def test_a_listed_code_of_a_system_that_is_not_known_in_full_is_a_member(content: str) -> None:
    assert is_member(UNICORN, "unicorn", animals(content=content))
    assert is_member(UNICORN, "unicorn")  # of a system of which nothing is known


def test_the_version_that_the_value_set_names_decides_which_codes_exist() -> None:
    both = animals(version="1"), system(concept("unicorn"), version="2")
    for version, expected in (("1", [False, True]), ("2", [True, False]), ("3", [True, True])):
        of_version = value_set(include(ANIMALS, "unicorn", "dog", version=version))
        assert [is_member(of_version, code, *both) for code in ("unicorn", "dog")] == expected


@pytest.mark.parametrize(
    ("property_", "op", "value", "expected"),
    [
        ("concept", "is-a", "mammal", ["mammal", "dog", "cat", "bat"]),
        ("concept", "is-a", "flier", ["bat", "flier"]),
        ("concept", "descendent-of", "mammal", ["dog", "cat", "bat"]),
        ("concept", "is-not-a", "animal", ["flier"]),
        ("concept", "generalizes", "bat", ["animal", "mammal", "bat", "flier"]),
        ("code", "regex", "[a-d]o?.", ["dog"]),
        ("code", "regex", "[cd]at|d.*", ["dog", "cat", "dodo"]),
        ("display", "=", "Eagle", ["eagle"]),
        ("concept", "in", "cat, eagle,unicorn", ["cat", "eagle"]),
        ("concept", "not-in", "animal,mammal,bird,flier,dodo,bat", ["dog", "cat", "eagle"]),
        ("parent", "=", "bird", ["eagle", "dodo"]),
        ("child", "=", "bat", ["mammal", "flier"]),
        ("legs", "=", "4", ["dog"]),
        ("legs", "exists", "true", ["dog"]),
        ("wings", "exists", "true", []),
        ("parent", "exists", "false", ["animal", "flier"]),
        ("inactive", "=", "true", ["dodo"]),
    ],
)
def test_the_filters_of_r4(property_: str, op: str, value: str, expected: list[str]) -> None:
    assert codes(value_set(filtered(property_, op, value))) == expected


def test_all_filters_of_an_include_hold_and_what_is_excluded_is_never_in() -> None:
    two = [{"property": "concept", "op": "is-a", "value": one} for one in ("mammal", "flier")]
    assert codes(value_set(include(filter=two))) == ["bat"]
    assert codes(value_set(include(), exclude=[filtered("concept", "is-a", "animal")])) == ["flier"]


def test_codes_must_be_in_all_value_sets_of_an_include() -> None:
    mammals = value_set(filtered("concept", "is-a", "mammal"), name="mammals")
    fliers = value_set(filtered("concept", "is-a", "flier"), name="fliers")
    both = {"valueSet": [mammals["url"], fliers["url"]]}
    assert codes(value_set(both), mammals, fliers) == ["bat"]
    assert codes(value_set(include(ANIMALS, "dog", "eagle", valueSet=[mammals["url"]])), mammals) == ["dog"]
    assert codes(value_set({"valueSet": [mammals["url"]]}, {"valueSet": [fliers["url"]]}), mammals, fliers) == [
        "mammal",
        "dog",
        "cat",
        "bat",
        "flier",
    ]


def test_inactive_codes_are_left_out_only_where_the_value_set_says_so() -> None:
    assert "dodo" not in codes(value_set(include(), inactive=False))
    assert "dodo" in codes(value_set(include(), inactive=True))


def test_a_value_set_that_includes_itself_is_refused() -> None:
    one = value_set({"valueSet": ["http://example.org/ValueSet/two"]}, name="one")
    two = value_set({"valueSet": ["http://example.org/ValueSet/one"]}, name="two")
    terminology = base().extended([one, two])
    with pytest.raises(BadRequest, match="includes itself"):
        terminology.members(one["url"])
    with pytest.raises(BadRequest, match="includes itself"):
        terminology.find(terminology.needed(one["url"]), ANIMALS, "dog")


def test_named_codes_of_a_system_that_is_not_known_are_members_its_whole_is_not_told() -> None:
    snomed = "http://snomed.info/sct"
    named = ValueSet.of(value_set(include(snomed, "73211009")))
    assert [one.key for one in base().expand(named)] == [(snomed, "73211009")]
    whole = ValueSet.of(value_set(include(snomed), include(snomed, "73211009")))
    with pytest.raises(NotSupported, match=r"http://snomed\.info/sct"):
        base().expand(whole)
    assert base().find(whole, snomed, "73211009")
    assert base().find(whole, "http://loinc.org", "73211009") is None
    with pytest.raises(NotSupported):
        base().find(whole, snomed, "1")


@pytest.mark.parametrize("content", ["fragment", "example", "not-present"])
def test_a_part_of_a_code_system_is_not_taken_for_all_of_it(content: str) -> None:
    terminology = base().extended([system(concept("a"), url=OTHER, content=content)])
    with pytest.raises(NotSupported, match=content):
        terminology.expand(ValueSet.of(value_set(include(OTHER))))
    assert terminology.find(ValueSet.of(value_set(include(OTHER))), OTHER, "a")
    with pytest.raises(NotSupported):
        terminology.find(ValueSet.of(value_set(include(OTHER))), OTHER, "b")


def test_contained_resources_are_known_within_the_value_set() -> None:
    contained = [system(concept("x"), url=OTHER, id="o"), value_set(include(OTHER), id="s", name="inner")]
    by_address, by_id = value_set(include(OTHER), contained=contained), value_set(include("#o"), contained=contained)
    for one in (by_address, by_id, value_set({"valueSet": ["#s"]}, contained=contained)):
        assert [member.key for member in base().expand(ValueSet.of(one))] == [(OTHER, "x")]
        assert base().find(ValueSet.of(one), OTHER, "x")
    with pytest.raises(NotSupported):
        base().members(OTHER)


def test_the_expansion_that_a_resource_carries_serves_where_its_definition_cannot_be_followed() -> None:
    carried = {"contains": [{"system": "http://loinc.org", "code": "1-8", "display": "One"}]}
    wanted = ValueSet.of(value_set(include("http://loinc.org"), expansion=carried))
    assert [one.display for one in base().expand(wanted)] == ["One"]
    part = ValueSet.of(value_set(include("http://loinc.org"), expansion={**carried, "total": 2}))
    with pytest.raises(NotSupported):
        base().expand(part)


def test_a_pattern_that_would_take_for_ever_is_refused() -> None:
    slow = system(concept("a" * 200 + "!"), url=OTHER)
    wanted = value_set(include(OTHER, filter=[{"property": "code", "op": "regex", "value": "(a|aa|a?)+$"}]))
    with pytest.raises(NotSupported, match="too long"):
        base().extended([slow]).expand(ValueSet.of(wanted))


@pytest.mark.parametrize(
    ("property_", "op", "value"),
    [
        ("concept", "child-of", "x"),
        ("colour", "=", "red"),
        ("legs", "is-a", "dog"),
        ("concept", "regex", "("),
        ("legs", "exists", "4"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(property_: str, op: str, value: str) -> None:
    with pytest.raises(BadRequest):
        base().extended([animals()]).expand(ValueSet.of(value_set(filtered(property_, op, value))))


@pytest.mark.parametrize(
    "compose",
    [
        [],
        "all",
        {"include": {}},
        {"include": [{"system": 1}]},
        {"include": [{"system": "x", "concept": [{}]}]},
        {"include": [{"system": "x", "concept": [None]}]},
        {"include": [{"concept": [{"code": "x"}]}]},
        {"include": [{}]},
        {"include": [{"valueSet": "x"}]},
        {"include": [{"system": None}]},
        {"include": [{"system": "x", "filter": [{"property": "concept", "op": "="}]}]},
    ],
)
def test_what_has_not_the_shape_of_a_value_set_is_refused(compose: Any) -> None:
    with pytest.raises(BadRequest):
        base().expand(ValueSet.of({"resourceType": "ValueSet", "compose": compose}))


def test_systems_with_a_grammar_have_members_but_no_list() -> None:
    ucum, units = "http://unitsofmeasure.org", ValueSet.of(value_set(include("http://unitsofmeasure.org")))
    assert base().find(units, ucum, "mg/dL")
    assert base().find(units, ucum, "apples") is None
    with pytest.raises(NotSupported, match="unitsofmeasure"):
        base().expand(units)
    languages = base().needed("http://hl7.org/fhir/ValueSet/all-languages")
    assert base().find(languages, "urn:ietf:bcp:47", "de-CH")
    assert base().find(languages, "urn:ietf:bcp:47", "not a language") is None


def test_value_sets_that_all_include_the_next_twice_are_looked_at_once_each() -> None:
    names = [f"n{number}" for number in range(60)]
    address = "http://example.org/ValueSet/"
    chain = [
        value_set(*[{"valueSet": [address + below, address + below]}] * 2, name=name)
        for name, below in itertools.pairwise(names)
    ]
    terminology = base().extended([*chain, value_set(include(), name=names[-1]), animals()])
    first = terminology.needed(address + names[0])
    assert len(terminology.expand(first)) == len(ALL)
    assert terminology.find(first, ANIMALS, "dog")
    assert terminology.find(first, ANIMALS, "unicorn") is None


def test_value_sets_are_not_followed_endlessly() -> None:
    names = [f"n{number}" for number in range(2_000)]
    chain = [
        value_set({"valueSet": [f"http://example.org/ValueSet/{below}"]}, name=name)
        for name, below in itertools.pairwise(names)
    ]
    terminology = base().extended(chain)
    first = terminology.needed("http://example.org/ValueSet/n0")
    with pytest.raises(BadRequest, match="levels deep"):
        terminology.expand(first)
    with pytest.raises(BadRequest, match="levels deep"):
        terminology.find(first, ANIMALS, "dog")


def test_all_codes_of_a_system_that_is_not_known_can_be_excluded() -> None:
    snomed = "http://snomed.info/sct"
    named = [include(), include(snomed, "73211009")]
    without = ValueSet.of(value_set(*named, exclude=[include(snomed)]))
    terminology = base().extended([animals()])
    assert [one.code for one in terminology.expand(without)] == ALL
    assert terminology.find(without, snomed, "73211009") is None
    assert codes(value_set(include(), exclude=[include(snomed), include("http://loinc.org", "1-8")])) == ALL

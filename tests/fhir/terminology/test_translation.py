"""$translate (https://hl7.org/fhir/R4/conceptmap-operation-translate.html)."""

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.fhir.terminology.conceptmap import Also, ConceptMap
from gateway.fhir.terminology.translation import Match, Wish, translated
from gateway.fhir.terminology.verdicts import Coded

LOCAL, STANDARD = "http://example.org/local", "http://example.org/standard"


def concept_map(*targets: dict[str, Any], unmapped: Any = None, url: str = "http://example.org/map") -> ConceptMap:
    element = [{"code": "a", "target": [{"code": "A", "equivalence": "wider", **target} for target in targets]}]
    group = {"source": LOCAL, "target": STANDARD, "element": element, **({"unmapped": unmapped} if unmapped else {})}
    return ConceptMap.of({"resourceType": "ConceptMap", "url": url, "group": [group]})


def matches(map_: ConceptMap, coded: Coded, **wish: Any) -> list[Match]:
    return list(translated(map_, coded, Wish(**wish)))


def test_a_code_becomes_its_targets() -> None:
    [match] = matches(concept_map({}), Coded("a", LOCAL))
    assert (match.equivalence, match.coded.code, match.coded.system) == ("wider", "A", STANDARD)
    assert match.source == "http://example.org/map" and match.translates
    assert matches(concept_map({}), Coded("b", LOCAL)) == matches(concept_map({}), Coded("a", STANDARD)) == []


def test_the_other_direction_turns_the_equivalence_round() -> None:
    [match] = matches(concept_map({}), Coded("A", STANDARD), reverse=True)
    assert (match.equivalence, match.coded.code) == ("narrower", "a")


def test_a_target_system_limits_the_result() -> None:
    assert len(matches(concept_map({}), Coded("a", LOCAL), target=STANDARD)) == 1
    assert matches(concept_map({}), Coded("a", LOCAL), target="http://example.org/other") == []


@pytest.mark.parametrize("equivalence", ["unmatched", "disjoint"])
def test_an_unmatched_code_has_no_translation(equivalence: str) -> None:
    [match] = matches(concept_map({"equivalence": equivalence}), Coded("a", LOCAL))
    assert not match.translates


def test_a_pair_that_depends_on_another_code_needs_it() -> None:
    map_ = concept_map({"dependsOn": [{"property": "sex", "value": "f", "system": LOCAL}]})
    [match] = matches(map_, Coded("a", LOCAL))
    assert match.untold and not match.translates
    [match] = matches(map_, Coded("a", LOCAL), known=[Also("sex", Coded("f", LOCAL))])
    assert match.translates


@pytest.mark.parametrize(
    ("unmapped", "code", "equivalence"),
    [({"mode": "provided"}, "b", "equal"), ({"mode": "fixed", "code": "other"}, "other", "inexact")],
)
def test_a_code_without_a_pair_follows_the_rule_for_the_rest(unmapped: Any, code: str, equivalence: str) -> None:
    [match] = matches(concept_map({}, unmapped=unmapped), Coded("b", LOCAL))
    assert (match.coded.code, match.coded.system, match.equivalence) == (code, STANDARD, equivalence)
    assert len(matches(concept_map({}, unmapped=unmapped), Coded("a", LOCAL))) == 1


def test_the_rest_may_be_in_another_map_and_a_circle_of_maps_ends() -> None:
    first = concept_map({}, unmapped={"mode": "other-map", "url": "http://example.org/second|1"})
    second = concept_map({}, unmapped={"mode": "provided"}, url="http://example.org/second")
    [match] = matches(first, Coded("b", LOCAL), others={"http://example.org/second": second})
    assert (match.coded.code, match.source) == ("b", "http://example.org/second")
    assert matches(first, Coded("b", LOCAL)) == []
    assert matches(first, Coded("b", LOCAL), others={"http://example.org/second": first}) == []


def test_a_malformed_map_is_refused() -> None:
    for group in ({"unmapped": {}}, {"element": {}}, {"element": [{"target": [{"dependsOn": [{"value": "a"}]}]}]}):
        with pytest.raises(BadRequest, match="a malformed ConceptMap"):
            ConceptMap.of({"resourceType": "ConceptMap", "group": [group]})

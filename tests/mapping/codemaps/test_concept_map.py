"""ConceptMap JSON as rows of a code map."""

import json
from typing import Any

import pytest

from gateway.mapping.codemaps.code_rows import Fault, Row
from gateway.mapping.codemaps.concept_map import EQUIVALENCES, read


def text(*elements: Any, **group: Any) -> str:
    return json.dumps({"resourceType": "ConceptMap", "group": [{"element": list(elements), **group}]}, indent=1)


def target(code: str | None = "M", equivalence: str = "equivalent", **more: Any) -> dict[str, Any]:
    return {"equivalence": equivalence, **({"code": code} if code else {}), **more}


def test_an_element_is_a_row_with_its_line_and_relation() -> None:
    content = read(text({"code": "male", "target": [target()]}, {"code": "x", "target": [target(None, "unmatched")]}))
    assert content.rows == (Row("male", "M", 6, "equivalent"), Row("x", None, 15, "unmatched"))
    assert content.faults == ()


@pytest.mark.parametrize("equivalence", sorted(EQUIVALENCES))
def test_unmatched_and_disjoint_targets_give_no_code(equivalence: str) -> None:
    [row] = read(text({"code": "a", "target": [target("b", equivalence)]})).rows
    assert row.target_code == (None if equivalence in ("unmatched", "disjoint") else "b")


def test_an_element_without_a_target_corresponds_to_nothing() -> None:
    assert read(text({"code": "a"})).rows[0][:2] == ("a", None)


@pytest.mark.parametrize(
    ("unmapped", "uncovered", "fixed"),
    [({"mode": "provided"}, "keep", None), ({"mode": "fixed", "code": "U"}, "default", "U")],
)
def test_unmapped_is_the_policy_for_other_codes(unmapped: Any, uncovered: str, fixed: str | None) -> None:
    content = read(text(unmapped=unmapped))
    assert (content.uncovered, content.fixed, content.faults) == (uncovered, fixed, ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "JSON"),
        (json.dumps({"resourceType": "ValueSet"}), "expected a ConceptMap, not 'ValueSet'"),
        (json.dumps({"resourceType": "ConceptMap", "group": {}}), "`group` must be a list"),
        (json.dumps({"resourceType": "ConceptMap", "group": [1]}), "an item of `group` must be an object"),
        (text({"target": [target()]}), "expected a `code`, found None"),
        (text({"code": "a", "target": [target(), target("F")]}), "code 'a' has several targets: 'M', 'F'"),
        (text({"code": "a", "target": [target("b", "same")]}), "equivalence 'same' must be one of relatedto"),
        (text({"code": "a", "target": [target(dependsOn=[{}])]}), "`dependsOn` depends on more than the code"),
        (text(unmapped={"mode": "other-map"}), "unmapped.mode 'other-map' is not supported: write provided or fixed"),
        (text(unmapped={"mode": "fixed"}), "unmapped.mode fixed needs a `code`"),
    ],
)
def test_a_fault_says_what_to_write(content: str, reason: str) -> None:
    [fault] = read(content).faults
    assert isinstance(fault, Fault) and reason in fault.text and fault.line >= 1


def test_groups_that_disagree_about_other_codes_are_a_fault() -> None:
    groups = [{"unmapped": {"mode": "provided"}}, {"unmapped": {"mode": "fixed", "code": "U"}}]
    [fault] = read(json.dumps({"resourceType": "ConceptMap", "group": groups})).faults
    assert fault.text == "the groups disagree about unmapped codes: write the same `unmapped` in each"

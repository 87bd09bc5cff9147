"""Shortcuts may only say of a rule what its evaluation says as well."""

from collections import Counter
from typing import Any

import pytest

from gateway.demo.hospital import bundles
from gateway.fhir.validate import invariants
from gateway.fhir.validate.invariants import Roots, broken
from gateway.fhir.validate.shortcuts import shortcut
from tests.fhir.test_validate_invariants import BREACHES


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """Evaluates every rule also where the shortcut has told; counts how often it did."""
    counts, failed = Counter[bool](), invariants._failed

    def both(tests: tuple[Any, ...], value: Any, roots: Roots) -> list[Any]:
        for test in tests:
            at_sight = test.holds is not None and isinstance(value, dict) and test.holds(value)
            assert not (at_sight and failed((test._replace(holds=None),), value, roots)), test.expression
            counts[at_sight] += 1
        return failed(tests, value, roots)

    monkeypatch.setattr(invariants, "_failed", both)
    return counts


@pytest.mark.parametrize(("resource"), [pytest.param(one[2], id=one[0]) for one in BREACHES])
def test_no_shortcut_hides_a_breach(told: Counter[bool], resource: dict[str, Any]) -> None:
    broken(resource)
    assert told[False]


def test_nearly_all_rules_of_a_hospital_s_resources_hold_at_sight(told: Counter[bool]) -> None:
    for bundle in bundles(1, patients=3, observations=300, site="sight"):
        for entry in bundle["entry"]:
            assert broken(entry["resource"]) == []
    assert told[True] > 10 * told[False]


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ("code.empty() or system.exists()", {}, True),
        ("code.empty() or system.exists()", {"code": "g"}, False),
        ("code.empty() or system.exists()", {"_code": {"id": "x"}}, False),
        ("code.empty() or system.exists()", {"code": "g", "system": "urn:x"}, True),
        ("code.empty() or system.exists()", {"code": "g", "system": None, "_system": {"id": "x"}}, False),
        ("unit.empty() or (code.exists() and system.exists())", {"unit": "g", "code": "g"}, False),
        ("code.where($this = 'x').first().empty()", {"unit": "g"}, True),
    ],
)
def test_what_the_keys_tell(rule: str, value: dict[str, Any], holds: bool) -> None:
    told = shortcut(rule, "Quantity")
    assert told is not None and told(value) is holds


@pytest.mark.parametrize("rule", ["value > 0", "code.exists() and unit.exists()", "code.count() = 1", "true"])
def test_rules_of_another_form_have_none(rule: str) -> None:
    assert shortcut(rule, "Quantity") is None

"""What an expression of a client may cost, where its result does not show it."""

from typing import Any

import pytest

from gateway.budget import Budget, Limits, use
from gateway.errors import TooCostly
from gateway.fhir import path
from gateway.fhir.path import PathError


def patient(names: int) -> dict[str, Any]:
    return {"resourceType": "Patient", "name": [{"family": f"F{n}"} for n in range(names)]}


@pytest.mark.parametrize(
    "expression",
    [
        "name.where($this in %resource.name).count()",
        "name.where(%resource.name contains $this).count()",
        "defineVariable('all', name).name.where($this in %all).count()",
        "name ~ name.select(iif(true, %resource.name[9999 - $index]))",
        "name.aggregate(iif(true, $total | $this), {}).count()",
        "name.aggregate($total & $this.family & 'xxxxxxxxxxxxxxxx', '').length()",
    ],
)
def test_comparing_each_with_each_is_too_much(expression: str) -> None:
    with pytest.raises(PathError, match="too much work"):
        path.compile(expression)(patient(10_000))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("name ~ name", True),
        ("name ~ name.tail().combine(name.first())", True),
        ("name.first() in name", True),
        ("name.sort(family).last().family", "F999"),
    ],
)
def test_what_is_nearly_alike_costs_little(expression: str, value: Any) -> None:
    assert path.compile(expression)(patient(1_000)) == [value]


def test_an_expression_has_a_length() -> None:
    with pytest.raises(PathError, match="at most 50000 are accepted"):
        path.compile("1" + " + 1" * 20_000)


def test_patterns_look_at_the_time_of_the_request() -> None:
    slow = path.compile("name.family.select(matches('(F|FF|F0*|0*)+$x')).count()")
    names = {"resourceType": "Patient", "name": [{"family": "F0" * 2_000}] * 50}
    with use(Budget(Limits(seconds=0.0))), pytest.raises(TooCostly):
        slow(names)

"""An expression of a client is refused before it costs too much, and whatever goes wrong in it is a PathError."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.fhir import path, quantities
from gateway.fhir.path.functions import FUNCTIONS
from gateway.fhir.path.operators import BINARY

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "contact": [{"name": {"family": f"f{place}", "given": ["a", "b"]}} for place in range(300)],
}


@pytest.mark.parametrize(
    "expression",
    [
        "descendants().select(%resource.descendants().select(%resource.descendants()))",
        "contact.where(%resource.contact.where(%resource.contact.where(name.exists()).exists()).exists())",
        "contact.all(%resource.contact.all(%resource.contact.name.given.count() > 0))",
        "contact.aggregate($total.combine($total), 1)",
        "contact.aggregate($total & $total, 'abcdefgh')",
        "contact.aggregate($total + $total, 'abcdefgh')",
        "contact.aggregate($total.replace('a', $total), 'aa')",
        "contact.aggregate($total.replaceMatches('a', $total), 'aa')",
        "contact.aggregate(($total | $total & 'a').join($total), 'aa')",
        "contact.select(%resource.contact.aggregate($total & 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', ''))"
        ".select($this.toChars())",
        "1.repeat($this + 1)",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('(a|aa)+$')",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matchesFull('(a|aa)+')",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.replaceMatches('(a|aa)+$', 'x')",
        "contact.where('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('(a|aa)+$').not())",
    ],
)
def test_endless_work_is_refused(expression: str) -> None:
    started = time.process_time()
    with pytest.raises(path.PathError, match=r"too much work|more than|too long|does not end") as caught:
        path.compile(expression)(PATIENT)
    assert caught.value.at >= 0
    assert time.process_time() - started < 10


def test_a_large_resource_is_no_endless_work() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": PATIENT} for _ in range(100)]}
    assert path.compile("descendants().count()")(bundle)[0] > 100_000
    assert path.compile("entry.resource.contact.where(name.family.matches('^f1')).count()")(bundle) == [11_100]


def test_patterns_are_those_of_pcre() -> None:
    for expression in (
        "'a1'.matches('^(?=.*[0-9])[a-z0-9]+$')",
        "'abab'.matches('^(ab)\\\\1$')",
        "'Äb'.matches('^\\\\p{Lu}')",
        "'ABC'.matches('abc', 'i')",
        "'abc'.matchesFull('a(?<rest>.*)')",
    ):
        assert path.compile(expression)({}) == [True], expression
    assert path.compile("'a'.matches('b') or 'a'.matchesFull('')")({}) == [False]


@pytest.mark.parametrize("code", ["kg", "Cel", "[degF]", "%", "nonsense"])
@pytest.mark.parametrize("value", ["1E+999999", "-1E-999999", "0E+999999", "1E+5000", "NaN", "Infinity"])
def test_a_quantity_out_of_this_world_is_not_converted(value: str, code: str) -> None:
    started = time.process_time()
    assert quantities.canonical(Decimal(value), code) is None
    assert quantities.convert(Decimal(value), code, "g") is None
    assert quantities.combined(Decimal(value), code, Decimal(1), "g", "/") is None
    assert time.process_time() - started < 0.5


# --- Whatever is given to a function ------------------------------------------------------------------------------

VALUES: list[tuple[str, Any]] = [
    *[("integer", value) for value in (0, 1, -1, 31, 2**31 - 1, 2**63, 10**40)],
    *[("decimal", Decimal(text)) for text in ("0", "1.50", "-0.001", "1E+400", "1E+999999", "1E-999999", "9" * 60)],
    *[("boolean", value) for value in (True, False)],
    *[("string", text) for text in ("", "a", "1", "9" * 5000, "1.5 'mg'", "2020", "(", "$1", "\\", "html", "base64")],
    *[("string", text) for text in ("hex", "json", "é\ud800", "1.0", "true", "http://hl7.org/fhir/ValueSet/x")],
    *[("date", text) for text in ("2020", "0001-01-01", "9999-12-31", "x", "2020-02-30")],
    *[("dateTime", text) for text in ("2020-01-01T23:59:60Z", "0001-01-01T00:00:00+14:00")],
    ("dateTime", "9999-12-31T23:59:59-12:00"),
    ("string", "4 days"),
    *[("time", text) for text in ("10:00", "23:59:60", "x")],
    *[("Quantity", {"value": Decimal(value), "unit": unit}) for value in ("1", "1E+999999", "1E+40") for unit in
      ("mg", "years", "day", "nonsense")],
    ("Quantity", {"value": Decimal("1E+400"), "system": "http://unitsofmeasure.org", "code": "kg"}),
    ("Quantity", {"value": "x", "unit": {"a": []}}),
    ("CodeableConcept", {"coding": [{"code": "a", "system": {}}]}),
    ("Coding", {"code": ["a"]}),
    ("Reference", {"reference": "Patient/1", "type": []}),
    ("Patient", {"resourceType": "Patient", "id": 5}),
    ("Extension", {"url": [], "valueInteger": 1}),
]  # fmt: skip
_COLLECTIONS = st.lists(st.sampled_from(VALUES), max_size=2)
_CALLS = sorted((name, count) for name, f in FUNCTIONS.items() for count in range(f.least, min(f.most, 3) + 1))


def _fails_as_path_error(expression: str, **values: Any) -> None:
    try:
        path.compile(expression).typed({}, **values)
    except path.PathError as error:
        assert error.status == 400, expression


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(_CALLS), _COLLECTIONS, _COLLECTIONS, _COLLECTIONS, _COLLECTIONS)
def test_a_function_of_anything_gives_results_or_a_path_error(
    call: tuple[str, int], on: Any, a: Any, b: Any, c: Any
) -> None:
    name, count = call
    arguments = ["%a", "%b", "%c"][:count]
    _fails_as_path_error(f"%on.{name}({', '.join(arguments)})", on=on, a=a, b=b, c=c)


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(sorted([*BINARY, "and", "or", "implies"])), _COLLECTIONS, _COLLECTIONS)
@example("~", [("decimal", Decimal("1E+40"))], [("decimal", Decimal("1.5"))])
def test_an_operator_on_anything_gives_results_or_a_path_error(operator: str, left: Any, right: Any) -> None:
    _fails_as_path_error(f"%left {operator} %right", left=left, right=right)


@pytest.mark.parametrize("expression", ["9" * 5000, "1." + "9" * 5000, "-" + "9" * 5000, "%a[" + "9" * 5000 + "]"])
def test_endless_digits_are_no_number_or_a_long_one(expression: str) -> None:
    _fails_as_path_error(expression, a=1)

"""What the functions and operators give, beside what the suite of HL7 asks."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import path

CASES: list[tuple[str, list[Any]]] = [
    # Existence and subsetting
    ("{}.exists() or {}.empty().not()", [False]),
    ("{}.all($this > 1)", [True]),
    ("(1 | 2).all($this > 1)", [False]),
    ("(1 | 2 | 3).where($index > 0)", [2, 3]),
    ("(1 | 2 | 3).select($this * 2)", [2, 4, 6]),
    ("(3 | 1 | 2).sort()", [1, 2, 3]),
    ("(3 | 1 | 2).sort($this desc)", [3, 2, 1]),
    ("1.repeat(iif($this < 5, $this + 1))", [2, 3, 4, 5]),
    ("coalesce({}, 2, 1)", [2]),
    # Equality and equivalence
    ("1 = 1.0", [True]),
    ("'a' = 1", [False]),
    ("(1 | 2) ~ (2 | 1)", [True]),
    ("'A  b' ~ 'a B'", [True]),
    ("@2020 = @2020-01", []),
    ("@2020 ~ @2020-01", [False]),
    ("@2020-01-01 < @2020-01-02T00:00:00", [True]),
    ("@2020-01-01T10:00:00+01:00 = @2020-01-01T09:00:00Z", [True]),
    ("@2020-01-01T10:00:00Z < @2020-01-01T11:00:00", []),
    ("@2020-01-01T10:00:00Z < @2020-01-03T11:00:00", [True]),
    ("@T10:00 < @T10:00:30", []),
    # Arithmetic
    ("7 div 2", [3]),
    ("-7 div 2", [-3]),
    ("7 mod -2", [1]),
    ("1 / 3 * 3 > 0.999", [True]),
    ("2147483647 + 1", []),
    ("1.0 / 0", []),
    ("2.power(10)", [1024]),
    ("2.power(-1)", [Decimal("0.5")]),
    ("16.log(2)", [4]),
    ("2.5.round()", [3]),
    ("(-2.5).truncate()", [-2]),
    ("1 'kg' + 1 'g' = 1001 'g'", [True]),
    ("1 'kg' - 1 'm'", []),
    ("6 'mg' / 2 = 3 'mg'", [True]),
    ("10 'm' / 2 's' = 5 'm/s'", [True]),
    ("1 year = 12 months", [True]),
    ("1 year = 1 'a'", []),
    ("1 year ~ 1 'a'", [True]),
    ("1 day = 24 hours", [True]),
    ("1 'cm' < 1 'kg'", []),
    ("1000 'mg'.toQuantity('g') = 1 'g'", [True]),
    # Dates
    ("@2020-01-31 + 1 month", ["2020-02-29"]),
    ("@2019-02-28 + 1 year", ["2020-02-28"]),
    ("@2020-02-29 + 1 year", ["2021-02-28"]),
    ("@2020 + 24 months", ["2022"]),
    ("@2020-05 - 1 year", ["2019-05"]),
    ("@2020-01-01 - 1 day", ["2019-12-31"]),
    ("@2020-01-01T23:59:59Z + 1 second", ["2020-01-02T00:00:00Z"]),
    ("@2020-01-01T10:00:00.500+02:00 + 600 'ms'", ["2020-01-01T10:00:01.100+02:00"]),
    ("@2020-01-01T10 + 90 minutes", ["2020-01-01T11"]),
    ("@T23:30 + 1 hour", ["00:30"]),
    ("@9999-12-31 + 1 day", []),
    ("@2020-03-04T05:06:07.089Z.yearOf()", [2020]),
    ("@2020-03-04T05:06:07.089Z.millisecondOf()", [89]),
    ("@2020-03-04T05:06:07+05:30.timezoneOffsetOf()", [Decimal("5.5")]),
    ("@2020-03-04T05:06:07Z.dateOf()", ["2020-03-04"]),
    ("@2020-03-04T05:06:07Z.timeOf()", ["05:06:07"]),
    ("@2020-02.highBoundary()", ["2020-02-29"]),
    ("@2020-01-01T10:00:30Z.highBoundary()", ["2020-01-01T10:00:30.999Z"]),
    ("@T10.lowBoundary()", ["10:00:00.000"]),
    ("1.0.lowBoundary()", [Decimal("0.95")]),
    ("@2020-01-01T10:00:00.5Z.precision()", [17]),
    # Conversion
    ("'2020-01-01T10:00:00Z'.toDate()", []),
    ("@2020-01-01T10:00:00Z.toDate()", ["2020-01-01"]),
    ("'10:30'.toTime()", ["10:30"]),
    ("'yes'.toBoolean()", [True]),
    ("2.toBoolean()", []),
    ("'99999999999'.toInteger()", []),
    ("'4 days'.toQuantity().unit", ["days"]),
    ("1.50.toString()", ["1.50"]),
    # Strings
    ("'abc'.substring(1, 1)", ["b"]),
    ("'abcabc'.lastIndexOf('b')", [4]),
    ("'a,b'.split(',')", ["a", "b"]),
    ("('a' | 'b').join('-')", ["a-b"]),
    ("{}.join(',')", []),
    ("'x1y2'.replaceMatches('([a-z])(\\\\d)', '$2$1')", ["1x2y"]),
    ("'x1'.replaceMatches('(?<letter>[a-z])', '${letter}${letter}')", ["xx1"]),
    ("'a\\nb'.matches('a.b')", [True]),
    ("'zz'.decode('hex')", []),
    ("'a' & {} & 'b'", ["ab"]),
    ("'a' + {}", []),
    # Variables and scope
    ("defineVariable('x', 2).select(%x + 1)", [3]),
    ("(1 | 2).select(defineVariable('y', $this).select(%y * 10))", [10, 20]),
    ("%`ext-patient-birthTime`", ["http://hl7.org/fhir/StructureDefinition/patient-birthTime"]),
    ("%sct", ["http://snomed.info/sct"]),
    ("now() = now()", [True]),
    ("today() <= now()", []),
    # FHIR
    ("'male'.memberOf(%`vs-administrative-gender`)", [True]),
    ("'x'.memberOf(%`vs-administrative-gender`)", [False]),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[expression for expression, _ in CASES])
def test_an_expression_gives(expression: str, expected: list[Any]) -> None:
    assert path.compile(expression)({"resourceType": "Patient"}) == expected


def test_a_variable_does_not_leave_the_operand_that_defines_it() -> None:
    with pytest.raises(path.PathError, match="%x is not defined"):
        path.compile("defineVariable('x', 1).select(%x) | %x")({})


@pytest.mark.parametrize(
    ("div", "expected"),
    [
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p>a &nbsp; b</p></div>', [True]),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><script>a</script></div>', [False]),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">a</p></div>', [False]),
        ('<div xmlns="http://www.w3.org/1999/xhtml"> </div>', [False]),
        ("<div>no namespace</div>", [False]),
        ('<!DOCTYPE x [<!ENTITY a "b">]><div xmlns="http://www.w3.org/1999/xhtml">&a;</div>', [False]),
        ("<div", [False]),
    ],
)
def test_a_narrative_holds_only_harmless_xhtml(div: str, expected: list[bool]) -> None:
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    assert path.compile("text.div.htmlChecks()")(patient) == expected


def test_a_reference_key_is_the_key_of_the_resource_it_names() -> None:
    patient = {"resourceType": "Patient", "id": "1", "link": [{"other": {"reference": "Patient/1/_history/3"}}]}
    assert path.compile("getResourceKey() = link.other.getReferenceKey(Patient)")(patient) == [True]
    assert path.compile("link.other.getReferenceKey(Group)")(patient) == []


def test_value_sets_check_the_system_of_a_coding() -> None:
    system = "http://hl7.org/fhir/administrative-gender"
    for coding, expected in (
        ({"system": system, "code": "male"}, True),
        ({"system": "http://x", "code": "male"}, False),
    ):
        concept = {"coding": [coding]}
        expression = path.compile("$this.memberOf(%`vs-administrative-gender`)", "CodeableConcept")
        assert expression(concept) == [expected]


def test_a_code_subsumes_itself_and_of_others_nothing_is_known() -> None:
    one, other = {"system": "http://x", "code": "a"}, {"system": "http://x", "code": "b"}
    concept = ("CodeableConcept", {"coding": [other, one]})
    for function in ("subsumes", "subsumedBy"):
        expression = path.compile(f"%left.{function}(%right)")
        assert expression({}, left=("Coding", one), right=("Coding", one)) == [True]
        assert expression({}, left=("Coding", one), right=concept) == [True]
        assert expression({}, left=[], right=concept) == []
        with pytest.raises(path.PathError, match="hierarchy"):
            expression({}, left=("Coding", one), right=("Coding", other))


def test_the_hierarchies_of_r4_are_known() -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActMood"
    upper, lower = ({"system": system, "code": code} for code in ("_ActMoodPredicate", "GOL"))
    for function, expected in (("subsumes", True), ("subsumedBy", False)):
        expression = path.compile(f"%upper.{function}(%lower)")
        assert expression({}, upper=("Coding", upper), lower=("Coding", lower)) == [expected]
    predicates = path.compile("$this.memberOf('http://hl7.org/fhir/ValueSet/inactive')", "Coding")
    assert (predicates(lower), predicates(upper)) == ([True], [False])
    assert (
        path.compile("$this.memberOf('http://hl7.org/fhir/ValueSet/body-site')", "Coding")(
            {"system": "http://snomed.info/sct", "code": "1"}
        )
        == []
    )


_CODE = {"system": "http://x", "code": "a"}


@pytest.mark.parametrize(
    ("type_", "left", "right", "expected"),
    [
        ("Coding", {**_CODE, "display": "A", "version": "1"}, {**_CODE, "userSelected": True}, True),
        ("Coding", _CODE, {**_CODE, "code": "b"}, False),
        ("Coding", _CODE, {"code": "a"}, False),
        (
            "CodeableConcept",
            {"text": "one", "coding": [{"code": "z"}, _CODE]},
            {"text": "two", "coding": [_CODE]},
            True,
        ),
        ("CodeableConcept", {"text": "one", "coding": [_CODE]}, {"text": "one", "coding": [{"code": "z"}]}, False),
        ("CodeableConcept", {"text": "one"}, {"text": "one"}, False),
        ("HumanName", {"id": "1", "family": "Smith"}, {"id": "2", "family": "smith"}, True),
        ("HumanName", {"family": "Smith"}, {"family": "Smith", "given": ["A"]}, False),
    ],
)
def test_what_is_equivalent_in_fhir(type_: str, left: Any, right: Any, expected: bool) -> None:
    expression = path.compile("(%left ~ %right) and (%right ~ %left)")
    assert expression({}, left=(type_, left), right=(type_, right)) == [expected]
    assert path.compile("%left !~ %right")({}, left=(type_, left), right=(type_, right)) == [not expected]


_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=3)


@given(_NUMBERS, _NUMBERS)
def test_numbers_have_one_order(a: Decimal, b: Decimal) -> None:
    expression = path.compile("(%a < %b) | (%a = %b) | (%a > %b)")
    assert sorted(expression({}, a=a, b=b)) == [False, True]


@given(st.lists(st.integers(-5, 5), max_size=12))
def test_distinct_keeps_the_first_of_each(values: list[int]) -> None:
    assert path.compile("%v.distinct()")({}, v=values) == list(dict.fromkeys(values))


@given(st.dates(), st.integers(0, 1000))
def test_days_added_and_taken_away_lead_back(moment: date, days: int) -> None:
    day = ("date", moment.isoformat())
    result = path.compile("%d + %n - %n")({}, d=day, n=("Quantity", {"value": days, "unit": "days"}))
    assert result in ([], [day[1]])


@given(_NUMBERS)
def test_a_number_lies_between_its_boundaries(value: Decimal) -> None:
    assert path.compile("%v.lowBoundary() <= %v and %v <= %v.highBoundary()")({}, v=value) == [True]

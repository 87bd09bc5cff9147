"""The HL7 FHIRPath cases for R4 (FHIR/fhir-test-cases), read from the shared folder beside the project."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.fhir import path
from gateway.fhir.path.errors import PathError

SUITE = Path(__file__).parents[3].parent / "shared" / "suites" / "fhirpath"

# Cases that fail, each with the reason; strict, so that one which comes right must leave the list.
KNOWN: dict[str, str] = {
    "testPlusDate19": "N1 drops decimals only of units above seconds; R5's suite wants .100",
    "LowBoundaryDecimal15": "-0.0 is no lower bound of -0.00345; elsewhere the suite rounds outwards, as we do",
    "HighBoundaryDecimal15": "0.0 is no upper bound of 0.00345; elsewhere the suite rounds outwards, as we do",
    "HighBoundaryDecimal16": "0.0 is no upper bound of 0.00345; elsewhere the suite rounds outwards, as we do",
    "HighBoundaryDateTimeMillisecond1": "the specification gives 08:59:59.999 for this very example",
    "HighBoundaryDateTimeMillisecond3": "the specification gives 08:59:59.999 for this very example",
}


@dataclass(frozen=True)
class Case:
    name: str
    expression: str
    input: str | None
    invalid: str | None
    predicate: bool
    ordered: bool
    outputs: tuple[tuple[str | None, str], ...]


def _cases() -> list[Case]:
    file = SUITE / "tests-fhir-r4.xml"
    if not file.exists():
        return []
    found, seen = [], dict[str, int]()
    for test in ElementTree.parse(file).iter("test"):
        name = test.get("name", "")
        seen[name] = seen.get(name, 0) + 1
        found.append(_case(test, name if seen[name] == 1 else f"{name}#{seen[name]}"))
    return found


def _case(test: ElementTree.Element, name: str) -> Case:
    expression = test.find("expression")
    assert expression is not None
    return Case(
        name,
        expression.text or "",
        test.get("inputfile"),
        expression.get("invalid"),
        test.get("predicate") == "true",
        test.get("ordered") != "false",
        tuple((output.get("type"), output.text or "") for output in test.findall("output")),
    )


CASES = _cases()


@cache
def _input(name: str | None) -> dict[str, Any]:
    if name is None:
        return {"resourceType": "Basic"}
    text = (SUITE / "inputs" / name.replace(".xml", ".json")).read_text()
    resource: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return resource


def _shown(value: Any, type_: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if type_ == "Quantity":
        return f"{value['value']} '{value.get('code', value['unit'])}'"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _normal(text: str, type_: str | None) -> Any:
    text = text.removeprefix("@").removeprefix("T")
    return Decimal(text) if type_ == "decimal" else text


def _run(case: Case) -> list[tuple[str, Any]]:
    resource = _input(case.input)
    return path.compile(case.expression, resource["resourceType"] if case.input else None).typed(resource)


def _param(case: Case) -> Any:
    marks = [pytest.mark.xfail(reason=KNOWN[case.name])] if case.name in KNOWN else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.skipif(not CASES, reason="the FHIRPath suite is not beside the project")
def test_every_known_failure_is_a_case_of_the_suite() -> None:
    assert len(CASES) == 935
    assert KNOWN.keys() <= {case.name for case in CASES}


@pytest.mark.skipif(not CASES, reason="the FHIRPath suite is not beside the project")
@pytest.mark.parametrize("case", [_param(case) for case in CASES])
def test_the_suite_of_hl7(case: Case) -> None:
    if case.invalid:
        with pytest.raises(PathError):
            _run(case)
        return
    found = _run(case)
    if case.predicate:
        assert bool(found) == (case.outputs[0][1] == "true")
        return
    assert len(found) == len(case.outputs)
    got = [
        _normal(_shown(value, type_), wanted) for (type_, value), (wanted, _) in zip(found, case.outputs, strict=True)
    ]
    wanted = [_normal(text, type_) for type_, text in case.outputs]
    assert got == wanted if case.ordered else sorted(got) == sorted(wanted)
    for (type_, _), (expected, _) in zip(found, case.outputs, strict=True):
        assert expected in (None, type_)

"""Run test files in the format of SQL on FHIR (https://sql-on-fhir.org/ig/latest/index.html#testing).

This is in the package, because users run the files of their own views with it (`gateway view`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.errors import GatewayError
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.view.view import compile as compiled


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a file. `expected` are the rows, None if the view must be refused."""

    title: str
    view: Resource
    resources: list[Resource]
    expected: list[dict[str, Any]] | None
    columns: list[str] | None


def cases(file: Resource) -> Iterator[Case]:
    """Return the cases of the suite."""
    for test in file.get("tests", []):
        expected = None if test.get("expectError") else test.get("expect", [])
        yield Case(
            test.get("title", ""), test.get("view", {}), file.get("resources", []), expected, test.get("expectColumns")
        )


def fault(case: Case) -> str:
    """Run a test, and return why it fails, "" if it passes. The rows may come in any order."""
    try:
        view = compiled(case.view)
        rows = list(view.rows(case.resources))
    except GatewayError as error:
        return "" if case.expected is None else error.text
    if case.expected is None:
        return "an error was expected"
    if case.columns is not None and [column.name for column in view.columns] != case.columns:
        return "other columns"
    return "" if _bag(rows) == _bag(case.expected) else f"other rows: {fhir_json.dump(rows).decode()}"


def _bag(rows: list[dict[str, Any]]) -> Counter[bytes]:
    return Counter(fhir_json.dump(_comparable(row)) for row in rows)


def _comparable(value: Any) -> Any:
    """Return a value with sorted keys, and numbers that are equal if their values are, however written."""
    if isinstance(value, dict):
        return {key: _comparable(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return value

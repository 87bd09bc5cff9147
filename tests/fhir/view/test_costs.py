"""What a view of a client may make of one resource."""

from typing import Any

import pytest

from gateway.budget import Budget, Limits, use
from gateway.errors import TooCostly
from gateway.fhir import view
from gateway.fhir.view import selection


def patient(names: int) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", "name": [{"family": f"F{n}"} for n in range(names)]}


def each(path: str, column: str, *selects: dict[str, Any]) -> dict[str, Any]:
    inner = {"select": list(selects)} if selects else {}
    return {"forEach": path, "column": [{"name": column, "path": "family"}], **inner}


def rows(*selects: dict[str, Any], names: int) -> list[dict[str, Any]]:
    return list(view.compile({"resource": "Patient", "select": list(selects)}).rows([patient(names)]))


def test_selects_inside_one_another_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "_MAX_ROWS", 100)
    nested = each("name", "a", {"forEach": "%resource.name", "column": [{"name": "b", "path": "family"}]})
    assert len(rows(nested, names=10)) == 100
    with pytest.raises(view.ViewError, match="more than 100 rows of one resource"):
        rows(nested, names=11)


def test_for_each_or_null_has_the_same_rows_and_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "_MAX_ROWS", 3)
    select = {"forEachOrNull": "name", "column": [{"name": "a", "path": "family"}, {"name": "n", "path": "%rowIndex"}]}
    assert rows(select, names=3) == [{"a": f"F{n}", "n": n} for n in range(3)]
    assert rows(select, names=0) == [{"a": None, "n": 0}]
    with pytest.raises(view.ViewError, match="more than 3 rows"):
        rows(select, names=4)


def test_rows_end_with_the_time_of_the_request() -> None:
    with use(Budget(Limits(seconds=0.0))), pytest.raises(TooCostly):
        rows(each("name", "a"), names=1)

"""What rows a view gives, beyond what the public suite asks."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.fhir import fhir_json
from gateway.fhir.view import ViewError, compile  # noqa: A004

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "_birthDate": {"extension": [{"url": "http://x", "valueCode": "unknown"}]},
    "name": [{"family": "Muster", "given": ["Eva", "Maria"]}, {"text": "E. M."}],
    "contact": [],
}


def rows(*selects: dict[str, Any], resource: str = "Patient", data: Any = PATIENT, **more: Any) -> list[dict[str, Any]]:
    return list(compile({"resource": resource, "select": list(selects), **more}).rows([data]))


def column(name: str, path: str, **more: Any) -> dict[str, Any]:
    return {"column": [{"name": name, "path": path, **more}]}


def test_resources_of_other_types_are_passed_over() -> None:
    assert rows(column("id", "id"), data={"resourceType": "Observation", "id": "o"}) == []


def test_a_decimal_keeps_its_precision() -> None:
    observation = fhir_json.parse(b'{"resourceType":"Observation","valueQuantity":{"value":1.00}}')
    found = rows(column("v", "value.ofType(Quantity).value"), resource="Observation", data=observation)
    assert fhir_json.dump(found) == b'[{"v":1.00}]'


def test_an_element_that_has_only_extensions_is_null_and_its_extension_can_be_read() -> None:
    assert rows(column("d", "birthDate"), column("e", "birthDate.extension('http://x').value.ofType(code)")) == [
        {"d": None, "e": "unknown"}
    ]


def test_a_primitive_can_be_iterated_and_keeps_its_extensions() -> None:
    each = {"forEach": "birthDate", **column("e", "extension.url")}
    assert rows(each) == [{"e": "http://x"}]


def test_resource_and_context_are_the_resource_also_inside_an_iteration() -> None:
    each = {"forEach": "name", "column": [{"name": "id", "path": "%resource.id"}, {"name": "t", "path": "text"}]}
    assert rows(each) == [{"id": "p", "t": None}, {"id": "p", "t": "E. M."}]


def test_the_blank_row_is_null_everywhere_but_in_row_index() -> None:
    select = {
        "forEachOrNull": "contact",
        "column": [{"name": "i", "path": "%rowIndex"}, {"name": "a", "path": "'literal'"}],
        "select": [{"forEach": "telecom", **column("t", "value")}],
        "unionAll": [column("u", "gender"), column("u", "'x'")],
    }
    assert rows(column("id", "id"), select) == [{"id": "p", "i": 0, "a": None, "t": None, "u": None}]


def test_a_collection_is_a_list_also_of_nothing() -> None:
    assert rows(column("g", "name.given", collection=True), column("n", "telecom", collection=True)) == [
        {"g": ["Eva", "Maria"], "n": []}
    ]


def test_several_values_need_a_collection() -> None:
    with pytest.raises(ViewError, match="column g has 2 values") as caught:
        rows(column("g", "name.given"))
    assert caught.value.at == "ViewDefinition.select[0].column[0].path"


@pytest.mark.parametrize("type_", [None, "string"])
def test_an_object_needs_a_column_of_its_type(type_: str | None) -> None:
    with pytest.raises(ViewError, match="an object found"):
        rows(column("n", "name.first()", **({"type": type_} if type_ else {})))
    assert rows(column("n", "name[1]", type="HumanName")) == [{"n": {"text": "E. M."}}]


def test_a_condition_on_nothing_is_not_true() -> None:
    assert rows(column("id", "id"), where=[{"path": "active"}]) == []
    assert rows(column("id", "id"), where=[{"path": "active.empty()"}]) == [{"id": "p"}]


def test_all_conditions_must_hold() -> None:
    where = [{"path": "name.exists()"}, {"path": "telecom.exists()"}]
    assert rows(column("id", "id"), where=where) == []


def test_constants_have_the_type_they_are_given() -> None:
    constants = [{"name": "limit", "valueDecimal": Decimal("1.5")}, {"name": "day", "valueDate": "2020-01-01"}]
    select = {"column": [{"name": "a", "path": "2.0 > %limit"}, {"name": "b", "path": "@2021 > %day"}]}
    assert rows(select, constant=constants) == [{"a": True, "b": True}]


def test_selects_that_multiply_beyond_measure_are_refused() -> None:
    many = {**PATIENT, "name": [{"text": str(n)} for n in range(400)]}
    select = [{"forEach": "name", **column(f"n{k}", "text")} for k in range(2)]
    with pytest.raises(ViewError, match="rows of one resource"):
        rows(*select, data=many)


def test_a_repetition_without_end_is_refused() -> None:
    with pytest.raises(ViewError, match="does not end"):
        rows({"repeat": ["$this"], **column("id", "id")})
    with pytest.raises(ViewError, match="does not end"):
        rows({"repeat": ["$this | $this", "%resource"], **column("id", "id")})


def test_an_error_in_evaluation_names_its_path() -> None:
    with pytest.raises(ViewError) as caught:
        rows({"forEach": "name", **column("x", "given.single()")})
    assert caught.value.at == "ViewDefinition.select[0].column[0].path"


@pytest.mark.parametrize("odd", [{"name": "x"}, {"name": [None, 1]}, {"name": {"given": 3}}, {"id": 7}])
def test_malformed_resources_give_nulls_not_crashes(odd: dict[str, Any]) -> None:
    found = rows(
        column("f", "name.family"), column("g", "name.given", collection=True), data={"resourceType": "Patient", **odd}
    )
    assert [row["f"] for row in found] == [None]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "given", "_given", "item", "reference", "value"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.dictionaries(st.sampled_from(["id", "name", "_name", "contact", "birthDate", "managingOrganization"]), _json))
def test_nothing_but_an_error_of_ours_comes_out_of_odd_resources(odd: dict[str, Any]) -> None:
    selects = [
        column("k", "getResourceKey()", collection=True),
        column("o", "managingOrganization.getReferenceKey(Organization)", collection=True),
        {"forEachOrNull": "name", **column("g", "given.first()")},
        {"repeat": ["contact"], **column("c", "name", type="HumanName", collection=True)},
    ]
    with suppress(ViewError):
        for row in rows(*selects, data={"resourceType": "Patient", **odd}):
            assert list(row) == ["k", "o", "g", "c"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.dictionaries(st.sampled_from(["resource", "select", "where", "constant", "name"]), _json))
def test_nothing_but_an_error_of_ours_comes_out_of_odd_views(odd: dict[str, Any]) -> None:
    with suppress(ViewError):
        compile({"resource": "Patient", **odd})

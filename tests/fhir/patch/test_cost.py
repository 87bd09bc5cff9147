"""What patches cost: each operation its own work, not a walk through the whole resource."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.budget import Budget, Limits, use
from gateway.errors import Invalid, TooCostly
from gateway.fhir.patch import APPLY
from gateway.fhir.patch.working_copy import ElementPlaces

Json = dict[str, Any]
PATH = APPLY["application/fhir+json"]


def operation(type_: str, path: str, **more: Any) -> Json:
    kinds = {"index": "valueInteger", "source": "valueInteger", "destination": "valueInteger", "value": "valueString"}
    parts = [{"name": "type", "valueCode": type_}, {"name": "path", "valueString": path}]
    if "name" in more:
        parts.append({"name": "name", "valueString": more.pop("name")})
    return {"name": "operation", "part": [*parts, *({"name": key, kinds[key]: value} for key, value in more.items())]}


def patch(*operations: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(operations)}


def patient(names: int) -> Json:
    return {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": f"F{n}", "given": ["a", "b"]} for n in range(names)],
    }


@pytest.mark.parametrize("count", [1, 10, 200])
def test_a_resource_is_walked_through_once_however_many_operations(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[int] = []
    walk = ElementPlaces._walk_key

    def counted(self: ElementPlaces, *arguments: Any) -> None:
        walked.append(1)
        walk(self, *arguments)

    monkeypatch.setattr(ElementPlaces, "_walk_key", counted)
    changes = [operation("replace", f"Patient.name[{n}].family", value=f"N{n}") for n in range(count)]
    changed = PATH(patient(200), patch(*changes))
    assert [name["family"] for name in changed["name"]] == [f"N{n}" if n < count else f"F{n}" for n in range(200)]
    assert len(walked) < 3_000 + 10 * count


NUMBERS, ENDS = st.integers(0, 3), st.integers(0, 1)
STEPS = st.one_of(
    st.builds(lambda n: operation("replace", f"Patient.name[{n}].family", value="R"), NUMBERS),
    st.builds(lambda n: operation("insert", "Patient.name[0].given", index=n, value="I"), st.integers(0, 2)),
    st.builds(lambda a, b: operation("move", "Patient.name", source=a, destination=b), NUMBERS, NUMBERS),
    st.builds(lambda a, b: operation("move", "Patient.name[1].given", source=a, destination=b), ENDS, ENDS),
    st.builds(lambda n: operation("delete", f"Patient.name[{n}].given[0]"), NUMBERS),
    st.builds(lambda n: operation("delete", f"Patient.name[{n}]"), st.integers(4, 6)),
    st.just(operation("add", "Patient.name[2]", name="given", value="A")),
    st.just(operation("replace", "Patient.name.where(family = 'F2').given.first()", value="W")),
)


@settings(deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=8))
def test_operations_of_one_patch_do_what_they_do_one_after_another(steps: list[Json]) -> None:
    """The places of elements are kept from one operation to the next: they must be those of a fresh look."""
    one_by_one: Json | None = patient(7)
    for step in steps:
        try:
            one_by_one = PATH(one_by_one, patch(step)) if one_by_one else None
        except Invalid:
            one_by_one = None
    try:
        together: Json | None = PATH(patient(7), patch(*steps))
    except Invalid:
        together = None
    assert together == one_by_one


@pytest.mark.parametrize(
    ("media", "operations"),
    [
        ("application/fhir+json", patch(*[operation("delete", "Patient.name[9]")] * 101)),
        ("application/json-patch+json", [{"op": "test", "path": "/id", "value": "p"}] * 101),
    ],
)
def test_operations_are_values_of_the_request(media: str, operations: Any) -> None:
    with use(Budget(Limits(values=100))), pytest.raises(TooCostly, match="100 values"):
        APPLY[media](patient(1), operations)


def test_a_patch_ends_with_the_time_of_its_request() -> None:
    endless = "Patient.name.select(%resource.name.where(%resource.name.family.exists())).family.first()"
    with use(Budget(Limits(seconds=0.0))), pytest.raises(TooCostly, match="seconds"):
        PATH(patient(2_000), patch(operation("replace", endless, value="x")))

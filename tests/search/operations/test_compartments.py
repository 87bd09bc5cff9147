"""Compartments: https://hl7.org/fhir/R4/compartmentdefinition.html"""

import pytest

from gateway.errors import NotFound
from gateway.search.context import NO_CONTEXT, Context
from gateway.search.operations.compartments import compartment, members

US = "https://us/fhir"


def test_a_resource_belongs_to_the_compartment_that_its_parameters_point_to() -> None:
    clause = compartment("Patient", "1", ["Observation"], NO_CONTEXT)
    assert clause.filters == ({"k": {"$in": ["performer|Patient/1", "subject|Patient/1"]}},)
    assert clause.rank == 2


def test_an_address_of_this_server_points_to_it_too() -> None:
    clause = compartment("Patient", "1", ["Condition"], Context(US))
    tokens = [f"{name}|{root}Patient/1" for root in ("", f"{US}/") for name in ("asserter", "subject")]
    assert clause.filters == ({"k": {"$in": tokens}},)


def test_the_owner_is_in_its_own_compartment() -> None:
    [filter_] = compartment("Patient", "1", ["Patient"], NO_CONTEXT).filters
    itself, linked = filter_["$or"]
    assert itself == {"_id": "Patient/1"}
    assert linked == {"k": "link|Patient/1"}
    assert compartment("Practitioner", "1", ["Practitioner"], NO_CONTEXT).filters == ({"_id": "Practitioner/1"},)


def test_types_of_the_same_parameters_share_a_filter() -> None:
    clause = compartment("Patient", "1", ["Observation", "Condition", "Procedure", "CarePlan"], NO_CONTEXT)
    assert sorted(type_ for filter_ in clause.filters for type_ in filter_["t"]["$in"]) == [
        *("CarePlan", "Condition", "Observation", "Procedure")
    ]
    assert len(clause.filters) < 4


def test_without_an_id_any_owner_is_meant() -> None:
    [filter_] = compartment("Encounter", None, ["Procedure"], NO_CONTEXT).filters
    assert filter_["t"] == {"$in": ["Procedure"]}
    assert [one["k"]["$elemMatch"]["$gte"] for one in filter_["$or"]] == ["encounter|Encounter/"]
    [everyone] = compartment("Patient", None, ["Patient"], NO_CONTEXT).filters
    assert everyone == {"t": {"$in": ["Patient"]}}


def test_types_that_are_in_no_compartment_of_this_kind_are_left_out() -> None:
    clause = compartment("Patient", "1", ["Observation", "ValueSet"], NO_CONTEXT)
    assert clause == compartment("Patient", "1", ["Observation"], NO_CONTEXT)


@pytest.mark.parametrize(
    ("owner", "types", "message"),
    [("Patient", ["ValueSet"], "holds nothing of this type"), ("Observation", ["Patient"], "defines no compartment")],
)
def test_what_r4_does_not_define_is_not_found(owner: str, types: list[str], message: str) -> None:
    with pytest.raises(NotFound, match=message):
        compartment(owner, "1", types, NO_CONTEXT)


def test_the_members_begin_with_the_owner() -> None:
    assert members("Encounter")[0] == "Encounter"
    assert {"Observation", "Condition", "Procedure"} <= {*members("Encounter")}
    assert "ValueSet" not in members("Patient")

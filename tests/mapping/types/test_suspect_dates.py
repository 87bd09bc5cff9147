"""Every resource type can list its elements with impossible dates."""

from typing import Any

import pytest

from gateway.fhir import r4
from gateway.mapping.types.suspect_dates import TYPES
from gateway.mapping.values.lens import Notes, Unreadable

[TYPE] = TYPES


@pytest.mark.parametrize(
    ("type_", "resource", "paths"),
    [
        ("Patient", {"birthDate": "1970"}, None),
        ("Patient", {"birthDate": "2099"}, ["birthDate"]),
        ("Patient", {"birthDate": "1970", "deceasedDateTime": "1960"}, ["deceased"]),
        ("Observation", {"issued": "2020-01-01T00:00:00Z", "effectiveDateTime": "2020-01-05"}, ["effective"]),
        ("Encounter", {"period": {"start": "2020", "end": "2019"}}, ["period.end"]),
        ("Condition", {"recordedDate": "0001-01-01"}, ["recordedDate"]),
    ],
)
def test_the_elements_are_listed_by_their_paths(type_: str, resource: dict[str, Any], paths: list[str] | None) -> None:
    notes: Notes = []
    assert TYPE.lenses[type_].get(resource, notes) == paths
    assert [note[0] for note in notes] == (paths or [])


def test_all_resource_types_are_read_and_nothing_else() -> None:
    assert set(TYPE.lenses) == set(r4.resource_types())
    with pytest.raises(Unreadable, match="not an object"):
        TYPE.lenses["Patient"].get("text", [])

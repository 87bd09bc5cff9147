"""Records become stored documents and come back unchanged."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping import Projection
from gateway.store.layout.records import Stored
from gateway.store.layout.stored import internal_document, mapped_to, stored, superseded_document, version_fields

AT = datetime(2026, 1, 31, 12, 0, 0, 5_000, tzinfo=UTC)
LIVE = Stored("Patient", "p", 3, AT, False, b'{"resourceType":"Patient"}', "partner:north")
DELETED = Stored("Patient", "p", 4, AT, True, b"", "api")


def test_a_live_version_is_stored_with_its_body() -> None:
    assert version_fields(LIVE) == {
        "t": "Patient",
        "i": "p",
        "v": 3,
        "u": AT,
        "x": False,
        "o": "partner:north",
        "b": b'{"resourceType":"Patient"}',
    }


def test_a_deletion_is_stored_without_a_body() -> None:
    assert version_fields(DELETED) == {"t": "Patient", "i": "p", "v": 4, "u": AT, "x": True, "o": "api"}


@given(
    st.builds(
        Stored,
        type=st.sampled_from(["Patient", "Basic"]),
        id=st.text(min_size=1, max_size=5),
        version=st.integers(1, 2**31),
        updated=st.datetimes(timezones=st.just(UTC)),
        deleted=st.just(False),
        body=st.binary(min_size=1, max_size=20),
        origin=st.sampled_from(["api", "internal", "risk:news2"]),
    )
)
def test_what_is_stored_is_read_back(version: Stored) -> None:
    assert stored(version_fields(version)) == version


def test_a_deletion_is_read_back_with_an_empty_body() -> None:
    assert stored(version_fields(DELETED)) == DELETED


@pytest.mark.parametrize(
    ("current", "collections"),
    [
        (None, []),
        ({"_id": "Patient/p"}, []),
        ({"m": ["patients"]}, ["patients"]),
        ({"m": ["patients", "flat"]}, ["patients", "flat"]),
        ({"m": "patients"}, ["patients"]),
    ],
)
def test_a_resource_tells_the_collections_of_its_internal_documents(
    current: dict[str, Any] | None, collections: list[str]
) -> None:
    assert mapped_to(current) == collections


def test_a_superseded_version_is_kept_under_its_number() -> None:
    current = {"_id": "Patient/p", **version_fields(LIVE), "m": ["patients"]}
    assert superseded_document(current) == {"_id": "Patient/p/3", **version_fields(LIVE)}
    assert current["m"] == ["patients"]


def test_an_internal_document_names_the_version_and_the_mapping() -> None:
    projection = Projection("patients", {"sex": "female"}, "0f3a")
    assert internal_document(projection, LIVE) == {
        "_id": "p",
        "sex": "female",
        "fhir": {"type": "Patient", "version": 3, "updated": AT, "origin": "partner:north", "mapping": "0f3a"},
    }

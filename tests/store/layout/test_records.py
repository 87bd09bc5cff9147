"""The records have keys, and cannot be changed."""

from dataclasses import FrozenInstanceError

import pytest

from gateway.errors import Conflict
from gateway.store import Change, Condition, ConditionChanged, Letter, Link, Linked, Result, Stored, Write
from gateway.store.layout.records import HistoryEntry, HistoryPage, Imported, Version


def test_a_write_and_a_claim_are_known_by_type_and_id() -> None:
    assert Write("Patient", "a", None, "api").key == ("Patient", "a")
    assert Imported("Patient", "a", "source", "id at the source").key == ("Patient", "a")


@pytest.mark.parametrize(
    "kind",
    [Change, Condition, HistoryEntry, HistoryPage, Imported, Letter, Link, Linked, Result, Stored, Version, Write],
)
def test_every_record_is_frozen(kind: type) -> None:
    record = object.__new__(kind)
    with pytest.raises((FrozenInstanceError, TypeError)):
        record.type = "x"


def test_a_changed_condition_is_a_conflict() -> None:
    assert isinstance(ConditionChanged("changed"), Conflict)

"""Which versions may be stored over which."""

import pytest

from gateway.intake.guard import DELETED, OLDER, REPEATED, obstacle
from gateway.intake.items import ImportStep
from gateway.store.layout.records import Imported, Version

ONE, TWO = Version(1, "1", "a"), Version(2, "2", "b")
GONE = Version(2, "2", deleted=True)


def step(version: Version, **more: object) -> ImportStep:
    resource = None if version.deleted else {"resourceType": "Patient"}
    return ImportStep("f.json", "f.json", ("Patient", "1"), resource, version, "1", **more)  # type: ignore[arg-type]


def record(stored: Version | None, **more: object) -> Imported:
    return Imported("Patient", "1", "s", "1", stored=stored, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("new", "before", "result"),
    [
        (ONE, None, ""),
        (ONE, TWO, OLDER),
        (TWO, ONE, ""),
        (TWO, TWO, ""),
        (Version(None, "10", "c"), Version(None, "9", "b"), ""),
        (Version(None, "9", "c"), Version(None, "10", "b"), OLDER),
        (Version(5, "1", "c"), Version(5, "2", "b"), OLDER),
        (Version(None, "x", "c"), Version(None, "y", "b"), ""),
        (Version(digest="c"), TWO, ""),
        (Version(digest="c"), GONE, DELETED),
        (Version(3, "3", "c"), GONE, ""),
        (ONE, GONE, OLDER),
        (GONE, GONE, ""),
    ],
)
def test_time_then_number_decide(new: Version, before: Version | None, result: str) -> None:
    assert obstacle(step(new), record(before)) == result


def test_what_gave_way_to_another_file_is_not_stored_again() -> None:
    mine = step(Version(digest="a"))
    seen = {mine.place_in_file: "a"}
    assert obstacle(mine, record(Version(digest="b"), place="other", seen=seen)) == REPEATED
    assert obstacle(mine, record(Version(digest="b"), place=mine.place_in_file, seen=seen)) == ""
    assert obstacle(step(Version(digest="c")), record(Version(digest="b"), place="other", seen=seen)) == ""


def test_a_history_without_stamps_goes_on_where_it_stopped() -> None:
    history = {"a": 0, "b": 1, "deleted": 2}
    versions = [Version(digest="a"), Version(digest="b"), Version(deleted=True)]
    steps = [step(version, history=history, place=place) for place, version in enumerate(versions)]
    assert [obstacle(one, record(Version(digest="b"))) for one in steps] == [REPEATED, REPEATED, ""]
    assert [obstacle(one, record(Version(deleted=True))) for one in steps] == [REPEATED] * 3
    assert [obstacle(one, record(Version(digest="elsewhere"))) for one in steps] == [""] * 3

"""tools/compare.py: finds every difference between two databases, and stores the same on every run."""

import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from bson import Decimal128

ROOT = Path(__file__).parents[2]


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("compare", ROOT / "tools" / "compare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


compare = _load()
ASSIGNED = "00000000-0000-4000-8000-00000000000{}"


def _differences(before: Any, after: Any, *excepted: str) -> list[tuple[str, str, str]]:
    found = compare.differences({"resources": {"1": before}}, {"resources": {"1": after}}, frozenset(excepted))
    return [(each.kind, each.id, each.path) for each in found]


@pytest.mark.parametrize(
    ("before", "after", "kind", "path"),
    [
        ({"k": ["a", "b"]}, {"k": ["a", "c"]}, "resources.k", "k[1]"),
        ({"k": ["a", "b"]}, {"k": ["a"]}, "resources.k", "k"),
        ({"d": [{"p": "date", "lo": 1}]}, {"d": [{"p": "date", "lo": 2}]}, "resources.d.lo", "d[0].lo"),
        ({"b": b'{"a":1.00}'}, {"b": b'{"a":1.0}'}, "resources.b", "b"),
        ({"v": Decimal128("1.00")}, {"v": Decimal128("1.0")}, "resources.v", "v"),
        ({"v": 1}, {"v": True}, "resources.v", "v"),
        ({"a": 1, "c": 2}, {"c": 2, "a": 1}, "resources.", ""),
        ({"a": 1}, {"a": 1, "c": 2}, "resources.c", "c"),
    ],
)
def test_each_kind_of_difference_is_found_with_its_place(before: Any, after: Any, kind: str, path: str) -> None:
    assert _differences(before, after) == [(kind, "1", path)]
    assert _differences(before, before) == []


def test_fields_can_be_excepted_with_all_that_is_below_them() -> None:
    before, after = {"d": [{"lo": 1}], "detail": "a"}, {"d": [{"lo": 2}], "detail": "b"}
    assert _differences(before, after, "resources.d") == [("resources.detail", "1", "detail")]


def test_a_document_that_only_one_side_has_is_a_difference_and_leases_are_not_looked_at() -> None:
    found = list(compare.differences({"feed": {"1": {}}, "writers": {"a": {}}}, {"feed": {}, "links": {"2": {}}}))
    assert [(each.kind, each.id, each.before, each.after) for each in found] == [
        ("feed", "1", "there", "missing"),
        ("links", "2", "missing", "there"),
    ]


def test_assigned_ids_and_times_and_the_order_of_a_batch_are_no_difference() -> None:
    def database(ids: tuple[str, str], millisecond: int, first: str = "A") -> Any:
        at = compare.NOW.replace(microsecond=millisecond * 1000)
        feed = {str(seq): {"_id": seq, "i": id_, "t": "Patient", "v": 1, "u": at} for seq, id_ in enumerate(ids)}
        resources = {}
        for id_, family in zip(sorted(ids), "AB" if ids == tuple(sorted(ids)) else "BA", strict=True):
            later = f"{millisecond + (family == first):03}"
            body = f'{{"id":"{id_}","lastUpdated":"2026-01-02T03:04:05.{later}Z","family":"{family}"}}'
            resources[f"Patient/{id_}"] = {"t": "Patient", "i": id_, "b": body.encode(), "u": at}
        return {"feed": feed, "resources": resources}

    one, two = ASSIGNED.format(1), ASSIGNED.format(2)
    steady = compare.steady(database((one, two), 7))
    assert steady == compare.steady(database((two, one), 12, "B"))
    first = steady["resources"][f"Patient/assigned-{0:027}"]
    assert first["u"] == compare.NOW and b'"family":"A"' in first["b"]
    changed = database((one, two), 7)
    changed["resources"][f"Patient/{one}"]["b"] = b"{}"
    assert list(compare.differences(steady, compare.steady(changed)))


def test_a_long_text_is_shown_where_it_differs() -> None:
    (found,) = compare.differences({"c": {"1": {"b": "x" * 900 + "old"}}}, {"c": {"1": {"b": "x" * 900 + "new"}}})
    assert "old" in found.before and "new" in found.after and len(str(found)) < 400


def test_of_each_folder_as_many_files_are_taken_as_are_asked_for(tmp_path: Path) -> None:
    for folder, files in (("a", 10), ("b", 2)):
        (tmp_path / folder).mkdir()
        for number in range(files):
            (tmp_path / folder / f"{number}.json").write_text("{}")
    names = [f"{file.parent.name}/{file.name}" for file in compare.chosen([tmp_path], 4)]
    assert names == ["a/0.json", "a/3.json", "a/6.json", "a/9.json", "b/0.json", "b/1.json"]


def test_modules_get_a_clock_that_stands_still_and_ids_that_are_counted() -> None:
    module = SimpleNamespace(datetime=datetime, uuid4=uuid4)
    compare._fix(module)
    assert module.datetime.now(UTC) == compare.NOW and type(module.datetime.now(UTC)) is datetime
    assert module.datetime(2026, 1, 1) == datetime(2026, 1, 1) and isinstance(datetime(2026, 1, 1), module.datetime)
    ids = [str(module.uuid4()) for _ in range(2)]
    assert ids[0] != ids[1] and all(compare._ASSIGNED.fullmatch(id_) for id_ in ids)


async def test_an_import_stores_all_with_the_same_time(mongo: str, tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "birthDate": "1970-01-01", "name": [{"family": "Sato"}]}
    (tmp_path / "patient.json").write_text(json.dumps(patient))
    database = await compare.stored(ROOT, [tmp_path / "patient.json"], mongo, "test_compare")
    (stored,) = database["resources"].values()
    assert b'"lastUpdated":"2026-01-02T03:04:05.' in stored["b"]
    assert [entry["a"] for entry in database["feed"].values()] == ["create"]
    assert [document["birth_date"] for document in database["patients"].values()] == ["1970-01-01"]

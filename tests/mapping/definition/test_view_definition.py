"""ViewDefinitions beside the YAML files: flat documents of any number of views per type."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping import Mappings
from gateway.mapping.definition.claims import is_reserved
from gateway.store.layout.schema import NAMES
from tests.mapping.support import load

COLUMNS = [{"name": "id", "path": "id"}, {"name": "sex", "path": "gender"}, {"name": "born", "path": "birthDate"}]
NAMES_OF = {"forEach": "name", "column": [{"name": "family", "path": "family"}]}


def view(folder: Path, *selects: dict[str, Any], file: str = "flat.json", **more: Any) -> Mappings:
    definition = {"resourceType": "ViewDefinition", "name": "flat", "resource": "Patient", "select": selects, **more}
    (folder / file).write_text(json.dumps(definition, indent=2), "utf-8")
    return Mappings.load(folder)


def documents(mappings: Mappings, type_: str = "Patient", **resource: Any) -> dict[str, dict[str, Any]]:
    made = mappings.get({"resourceType": type_, "id": "p1", **resource})
    return {projection.collection: projection.document for projection in made}


def test_one_row_becomes_a_flat_document_without_nulls(tmp_path: Path) -> None:
    mappings = view(tmp_path, {"column": COLUMNS})
    assert documents(mappings, gender="male") == {"flat": {"_id": "p1", "id": "p1", "sex": "male"}}


@pytest.mark.parametrize(
    "select",
    [
        NAMES_OF,
        {"forEachOrNull": "name", "column": NAMES_OF["column"]},
        {"select": [NAMES_OF]},
        {
            "unionAll": [
                {"column": [{"name": "family", "path": "name[0].family"}]},
                {"column": [{"name": "family", "path": "name[1].family"}]},
            ]
        },
    ],
)
def test_several_rows_become_a_list(tmp_path: Path, select: dict[str, Any]) -> None:
    found = documents(view(tmp_path, select), name=[{"family": "A"}, {"family": "B"}])
    assert found == {"flat": {"_id": "p1", "rows": [{"family": "A"}, {"family": "B"}]}}


def test_no_row_is_no_document(tmp_path: Path) -> None:
    mappings = view(tmp_path, NAMES_OF, where=[{"path": "active"}])
    assert documents(mappings, name=[{"family": "A"}]) == documents(mappings, active=True) == {}
    assert documents(mappings, name=[{"family": "A"}], active=True)


def test_any_number_of_views_reads_beside_the_mapping(tmp_path: Path) -> None:
    load(tmp_path, "sex: {path: gender, type: code}")
    view(tmp_path, {"column": COLUMNS})
    mappings = view(tmp_path, {"column": COLUMNS[:1]}, file="more.json", name="more")
    assert [*documents(mappings, gender="male")] == ["things", "flat", "more"]
    assert mappings.collections == {"things": "Patient", "flat": "Patient", "more": "Patient"}
    assert [mapping.writable for mapping in mappings.by_collection.values()] == [True, False, False]
    assert mappings.trace({"resourceType": "Patient", "gender": "male"})[0].field == "sex"


def test_decimals_keep_their_precision_and_dates_are_text(tmp_path: Path) -> None:
    columns = [
        {"name": "value", "path": "value.ofType(Quantity).value"},
        {"name": "at", "path": "effective.ofType(dateTime)"},
    ]
    mappings = view(tmp_path, {"column": columns}, resource="Observation")
    found = documents(mappings, "Observation", valueQuantity={"value": Decimal("1.50")}, effectiveDateTime="2026-01-02")
    assert str(found["flat"]["value"]) == "1.50" and found["flat"]["at"] == "2026-01-02"


def test_a_resource_that_gives_what_the_view_does_not_allow_has_a_document_saying_so(tmp_path: Path) -> None:
    found = documents(
        view(tmp_path, {"column": [{"name": "family", "path": "name.family"}]}), name=[{"family": "A"}, {"family": "B"}]
    )
    assert found == {
        "flat": {
            "_id": "p1",
            "unmapped": [
                {
                    "field": "",
                    "path": "ViewDefinition.select[0].column[0].path",
                    "reason": "column family has 2 values and is not a collection",
                }
            ],
        }
    }


def test_rows_too_large_for_a_document_are_left_out_as_a_whole(tmp_path: Path) -> None:
    every = {"forEach": "name", "select": [{"forEach": "%resource.name", "column": NAMES_OF["column"]}]}
    found = documents(view(tmp_path, every), name=[{"family": "x" * 100}] * 200)
    [note] = found["flat"].pop("unmapped")
    assert "40000 rows" in note["reason"] and found == {"flat": {"_id": "p1"}}


@pytest.mark.parametrize(
    ("definition", "line", "said"),
    [
        (
            {"select": [{"column": [{"name": "a", "path": "id"}, {"name": "b", "path": "gendr"}]}]},
            14,
            "ViewDefinition.select[0].column[1].path: ",
        ),
        ({"select": [{"column": [{"name": "a b", "path": "id"}]}]}, 9, "ViewDefinition.select[0].column[0].name: "),
        ({"resource": "Patiant"}, 4, "ViewDefinition.resource: "),
        (
            {"where": [{"path": "name.family.frist()"}], "select": [{"column": [{"name": "a", "path": "id"}]}]},
            17,
            "where[0]",
        ),
        ({"name": None, "select": [{"column": [{"name": "a", "path": "id"}]}]}, 3, "needs a name"),
        ({"name": "feed", "select": [{"column": [{"name": "a", "path": "id"}]}]}, 3, "belongs to the gateway"),
        ({"select": [{"column": [{"name": "quality", "path": "id"}]}]}, 5, "belongs to the gateway itself"),
    ],
)
def test_a_fault_is_told_with_file_line_and_place(
    tmp_path: Path, definition: dict[str, Any], line: int, said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        view(tmp_path, **definition)
    assert refused.value.text.startswith(f"{tmp_path}/flat.json:{line}: ") and said in refused.value.text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"select": [],\n "resource": }', ":2: Not valid JSON"),
        ('{"select": [],\n "resource": "Patient",\n "select": []}', ":1: The key 'select' occurs twice"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "flat.json").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        Mappings.load(tmp_path)
    assert f"flat.json{place}" in refused.value.text


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"resourceType": "ConceptMap"}', '{"resourceType": "ConceptMap", "select": 1}', "{"]
)
def test_other_json_beside_the_mappings_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "codes.json").write_text(text, "utf-8")
    assert Mappings.load(tmp_path).collections == {}


def test_a_collection_claimed_twice_names_both_files(tmp_path: Path) -> None:
    load(tmp_path, "sex: {path: gender, type: code}")
    with pytest.raises(ConfigurationError, match=r"things\.yaml:2: things is mapped in .*flat\.json already"):
        view(tmp_path, {"column": COLUMNS}, name="things")


def test_a_view_may_be_called_like_a_resource_type(tmp_path: Path) -> None:
    load(tmp_path, "sex: {path: gender, type: code}")
    assert "Patient" in documents(view(tmp_path, {"column": COLUMNS}, name="Patient"))


def test_no_mapping_may_have_a_collection_of_the_store() -> None:
    assert [name for name in NAMES if not is_reserved(name)] == []
